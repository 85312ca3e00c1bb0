"""The process that answers: many requests at once, and every way in which they can end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from backend.core.errors import BadModel, ContextTooLong
from backend.jobs.answering import process as worker_process
from backend.jobs.answering.process import AnswerTooSlow
from backend.jobs.answering.protocol import Delta, Done, WorkerFailed
from backend.jobs.answering.worker import OPEN_LIMIT, InferenceWorker, WorkerBusy
from tests.service_kit import until
from tests.serving_kit import STUB_WORKER, Answers, asking, told


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[InferenceWorker]:
    worker = InferenceWorker(tmp_path / "worker.log", 60.0, {}, STUB_WORKER)
    yield worker
    worker.close()


def pid_of(worker: InferenceWorker) -> int:
    return int(told(Answers(worker, asking("x")).done())["pid"])


def is_alive(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for yet does not."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def started(worker: InferenceWorker, text: str) -> Answers:
    """An answer whose first piece has come."""
    answers = Answers(worker, asking(text))
    while not isinstance(answers.next(), Delta):
        pass
    return answers


def test_requests_are_answered_side_by_side_by_one_process(worker: InferenceWorker, tmp_path: Path) -> None:
    slow = started(worker, f"wait {tmp_path / 'cue'}")
    pid = pid_of(worker)  # asked later, answered sooner
    assert slow.is_silent
    (tmp_path / "cue").touch()
    assert slow.done().text == "one two"
    assert pid_of(worker) == pid
    assert worker.count_open() == 0


def test_several_answers_of_one_request_keep_their_places(worker: InferenceWorker) -> None:
    answers = Answers(worker, *(asking("x", seed=seed) for seed in range(3)))
    seeds = {}
    while len(seeds) < 3:
        number, event = answers.next_item()
        if isinstance(event, Done):
            seeds[number] = told(event)["seed"]
    assert seeds == {0: 0, 1: 1, 2: 2}


def test_a_long_answer_comes_whole(worker: InferenceWorker) -> None:
    answers = Answers(worker, asking("words 20000"))
    pieces = []
    while not isinstance(event := answers.next(), Done):
        pieces += [event.text] if isinstance(event, Delta) else []
    assert "".join(pieces) == event.text
    assert event.usage.completion_tokens == 20_000


def test_what_the_process_reports_is_raised_as_ours(worker: InferenceWorker) -> None:
    with pytest.raises(BadModel, match="no such model"):
        Answers(worker, asking("bad")).done()
    with pytest.raises(ContextTooLong, match="9,000 tokens") as refused:
        Answers(worker, asking("too_long")).done()
    assert refused.value.field == "messages"
    assert worker.count_open() == 0


def test_a_cancelled_answer_is_ended_in_the_process_too(worker: InferenceWorker, tmp_path: Path) -> None:
    answers = started(worker, f"wait {tmp_path / 'cue'}")
    answers.cancel()
    until((tmp_path / "cue.cancelled").exists)
    until(lambda: worker.count_open() == 0)
    assert answers.is_silent
    answers.cancel()
    assert pid_of(worker)


@pytest.mark.parametrize("end", ["kill", "die", "nonsense", "leave_child"])
def test_when_the_process_ends_everybody_is_told_and_the_next_one_answers(
    worker: InferenceWorker, tmp_path: Path, end: str
) -> None:
    pid = pid_of(worker)
    waiting = [started(worker, f"wait {tmp_path / 'cue'}") for _ in range(3)]
    if end == "kill":
        os.kill(pid, signal.SIGKILL)
    else:
        # `leave_child` leaves a descendant behind that keeps the pipe open.
        waiting.append(Answers(worker, asking(f"{end} {tmp_path / 'left'}")))
    for answers in waiting:
        with pytest.raises(WorkerFailed, match=r"has ended; worker\.log says why|did not speak its protocol"):
            answers.done(seconds=2.0)
    assert pid_of(worker) != pid
    assert not psutil.pid_exists(pid)
    if end == "leave_child":
        assert not is_alive(int((tmp_path / "left").read_text()))


def test_only_so_many_wait(worker: InferenceWorker, tmp_path: Path) -> None:
    cue = tmp_path / "cue"
    many = [Answers(worker, asking(f"wait {cue}")) for _ in range(OPEN_LIMIT)]
    with pytest.raises(WorkerBusy, match=f"{OPEN_LIMIT} answers"):
        Answers(worker, asking("x")).next()
    cue.touch()
    assert {answers.done().text for answers in many} == {"one two"}
    assert pid_of(worker)


def test_an_answer_that_takes_too_long_is_given_up(
    worker: InferenceWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = pid_of(worker)
    monkeypatch.setattr(worker_process, "ANSWER_SECONDS", 0.05)
    with pytest.raises(AnswerTooSlow):
        Answers(worker, asking(f"wait {tmp_path / 'cue'}")).done()
    until((tmp_path / "cue.cancelled").exists)
    monkeypatch.undo()
    assert pid_of(worker) == pid


def test_a_process_that_does_not_even_give_up_is_killed(
    worker: InferenceWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = pid_of(worker)
    monkeypatch.setattr(worker_process, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(worker_process, "STUCK_SECONDS", 0.05)
    with pytest.raises(AnswerTooSlow):
        Answers(worker, asking("deaf")).done()
    until(lambda: not psutil.pid_exists(pid))
    monkeypatch.undo()
    assert pid_of(worker) != pid


def test_an_idle_process_leaves_and_says_so(tmp_path: Path) -> None:
    left: list[str] = []
    worker = InferenceWorker(tmp_path / "worker.log", 0.1, {}, STUB_WORKER, lambda: left.append("left"))
    pid = pid_of(worker)
    until(lambda: left)
    assert not psutil.pid_exists(pid)
    assert not worker.is_loaded
    worker.close()


def test_a_process_with_work_does_not_leave(tmp_path: Path) -> None:
    worker = InferenceWorker(tmp_path / "worker.log", 0.05, {}, STUB_WORKER)
    slow = started(worker, f"wait {tmp_path / 'cue'}")
    with pytest.raises(AssertionError, match="did not come true"):
        until(lambda: not worker.is_loaded, 0.5)
    (tmp_path / "cue").touch()
    assert slow.done().text == "one two"
    worker.close()


def test_a_process_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    worker = InferenceWorker(tmp_path / "none" / "worker.log", 60.0, {}, STUB_WORKER)
    with pytest.raises(WorkerFailed, match="could not be started"):
        Answers(worker, asking("x")).done()
    (tmp_path / "none").mkdir()
    assert pid_of(worker)
    worker.close()


def test_with_the_service_everything_ends(worker: InferenceWorker, tmp_path: Path) -> None:
    pid = pid_of(worker)
    open_one = started(worker, f"wait {tmp_path / 'cue'}")
    worker.close()
    for answers in (open_one, Answers(worker, asking("x"))):
        with pytest.raises(WorkerFailed, match="being stopped"):
            answers.next()
    assert not psutil.pid_exists(pid)
    worker.close()


def test_the_process_yields_to_the_service_and_sees_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_TOKEN", "OPENAI_API_KEY", "INFERENCE_SERVER_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.delenv("RUN_NICENESS")
    worker = InferenceWorker(tmp_path / "worker.log", 60.0, {"MODEL_OUTPUT_DIR": "there"}, STUB_WORKER)
    process = psutil.Process(pid_of(worker))
    assert process.nice() == 15
    group = Path(f"/proc/{process.pid}/autogroup")
    assert not group.exists() or group.read_text().endswith("nice 15\n")
    environ = process.environ()
    assert "secret" not in environ.values()
    assert environ["MODEL_OUTPUT_DIR"] == "there"
    worker.close()


def test_nothing_is_left_open_over_many_processes(worker: InferenceWorker) -> None:
    def handles() -> tuple[int, int]:
        own = psutil.Process()
        return own.num_fds(), own.num_threads()

    pid_of(worker)
    worker.unload()
    before = handles()
    for _ in range(5):
        pid_of(worker)
        worker.unload()
    after = handles()
    assert after[0] <= before[0]
    assert after[1] <= before[1] + 1  # a thread of the pool may be on its way out
