"""A run that cannot or must not go on ends in order: few requests more, exit code, state, nothing lost."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, InvalidInput, Stopped
from backend.core.llm import BudgetStopped, Cancelled, LLMSession, NoRoom, Reply, ServiceStopped
from backend.core.llm.lines import Lines
from backend.core.params.llm import LLMParams
from tests.core.llm.kit import Counting, answered, ask, asks, in_time, program, rows, session, state
from tests.llm_server import Plan, fake_server

C = 8


@pytest.mark.parametrize(
    ("fault", "words"),
    [("quota", "no money or quota left"), ("401", "refuses the key"), ("404", "the model or the address")],
)
def test_what_concerns_all_questions_stops_the_run(tmp_path: Path, fault: str, words: str) -> None:
    """E5: quota, 401 or 404 on request 50: at most C arrive after it, exit 4; the resumed run re-asks at most C."""
    with fake_server(Plan(script=dict.fromkeys(range(50, 50 + C), fault), latency=0.01)) as server:
        with pytest.raises(ServiceStopped, match=words) as told:
            answered(server, tmp_path, asks(100))
        assert told.value.exit_code == 4
        arrived = len(server.log())
        assert arrived <= 50 + C
        assert state(tmp_path)["status"] == "stopped"
        while len(server.log()) < 50 + C - 1:  # use the script up
            with pytest.raises(ServiceStopped):
                answered(server, tmp_path, asks(100))
        before = len(server.log())
        replies = answered(server, tmp_path, asks(100))
        assert all(reply.status == "ok" for reply in replies)
        finished_before = sum(reply.from_journal for reply in replies)
        assert finished_before >= 49 - C
        assert len(server.log()) - before <= 100 - finished_before + 1


def test_twenty_failures_in_a_row_stop_the_run(tmp_path: Path) -> None:
    with fake_server(Plan(after=(11, "prose"))) as server:
        with pytest.raises(ServiceStopped, match="questions in a row failed for good"):
            answered(server, tmp_path, asks(200))
        assert len(server.log()) <= 10 + 2 * 20 + 2 * C


def test_refusals_in_a_row_do_not(tmp_path: Path) -> None:
    with fake_server(Plan(after=(1, "refusal"))) as server:
        replies = answered(server, tmp_path, asks(30))
    assert {reply.error_class for reply in replies} == {"refusal"}


def test_web_pages_mean_a_wrong_address(tmp_path: Path) -> None:
    with fake_server(Plan(after=(1, "html"))) as server:
        with pytest.raises(ServiceStopped, match="check openai_api_base"):
            answered(server, tmp_path, asks(50))
        assert len(server.log()) <= 3 * C


def test_the_limit_of_requests_is_exact_and_holds_over_sittings(tmp_path: Path) -> None:
    with fake_server(Plan(faults={"500": 0.3}, latency=0.01)) as server:
        with pytest.raises(BudgetStopped, match="The limit of 30 requests"):
            answered(server, tmp_path, asks(100), max_calls=30)
        assert len(server.log()) == 30
        with pytest.raises(BudgetStopped):
            answered(server, tmp_path, asks(100), max_calls=30)
        assert len(server.log()) == 30
        replies = answered(server, tmp_path, asks(100), max_calls=1000)
    assert all(reply.status == "ok" for reply in replies)
    assert sum(reply.from_journal for reply in replies) >= 30 * 0.6 - 2


def test_the_limit_of_cost_is_never_exceeded_and_nearly_used(tmp_path: Path) -> None:
    with fake_server(Plan(latency=0.01)) as server, session(server, tmp_path / "all") as everything:
        everything.ask_all(asks(100, max_tokens=60))
    limit = (everything.totals.cost or 0) / 2
    with fake_server(Plan(latency=0.01)) as server:
        half = session(server, tmp_path / "half", max_cost=limit)
        with pytest.raises(BudgetStopped, match="max_cost"), half:
            half.ask_all(asks(100, max_tokens=60))
    assert half.totals.cost is not None
    assert 0.9 * limit < half.totals.cost <= limit


def test_what_is_unknown_counts_at_its_worst_over_sittings(tmp_path: Path) -> None:
    with fake_server(Plan(usage=False)) as server:
        with pytest.raises(BudgetStopped):
            answered(server, tmp_path, asks(100, max_tokens=60), max_cost=0.0005)
        before = len(server.log())
        assert 0 < before < 100
        with pytest.raises(BudgetStopped):
            answered(server, tmp_path, asks(100, max_tokens=60), max_cost=0.0005)
        assert len(server.log()) == before
    assert state(tmp_path)["cost"] == "unknown"


def test_who_catches_the_stop_inside_the_session_did_not_finish(tmp_path: Path) -> None:
    with fake_server() as server, session(server, tmp_path, max_calls=3) as running, pytest.raises(BudgetStopped):
        running.ask_all(asks(9))
    assert (state(tmp_path)["status"], state(tmp_path)["done"]) == ("stopped", 3)


def test_a_server_that_is_only_slow_is_let_be(tmp_path: Path) -> None:
    with fake_server(Plan(latency=1.2)) as server:
        assert answered(server, tmp_path, asks(1), max_wait=0.1)[0].status == "ok"


def test_a_cost_limit_needs_a_price(tmp_path: Path) -> None:
    with fake_server() as server, pytest.raises(InvalidInput, match="'nobody-knows' is not in"):
        answered(server, tmp_path, [ask(0), ask(1, model="nobody-knows")], max_cost=1.0)
    params = LLMParams(openai_api_base="http://127.0.0.1:9/v1", max_cost=1.0)
    with pytest.raises(InvalidInput, match="max_cost needs a price, and 'tiny'"):
        LLMSession(params, Settings(), tmp_path / "new", model="tiny", phase="x", total=1).__enter__()
    assert not (tmp_path / "new").exists()


def test_a_signal_ends_the_run_before_slow_answers_come(tmp_path: Path) -> None:
    """E14: SIGINT: state "cancelled", exit 130, within 3 s, though answers are slow."""
    with fake_server(Plan(after=(30, "slow:60"))) as server:
        child = program(tmp_path, 100, {"openai_api_base": server.url})
        while not (tmp_path / "journal.jsonl").exists() or len(rows(tmp_path / "journal.jsonl")) < 29:
            assert child.poll() is None
            time.sleep(0.01)
        asked = time.time()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)  # half of what the answers take: it does not wait for them
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert state(tmp_path)["status"] == "cancelled"
    # By the run's own last word: how long a busy machine takes to wind a process up is not its doing.
    assert in_time(state(tmp_path)["updated_at"] - asked, 3)
    assert len(rows(tmp_path / "journal.jsonl")) == 29
    assert sum(row["outcome"] == "abandoned" for row in rows(tmp_path / "attempts.jsonl")) == C


def test_a_source_can_cancel_its_run(tmp_path: Path) -> None:
    class Cancelling(Counting):
        def done(self, reply: Reply) -> None:
            super().done(reply)
            if self.back == 10:
                running.cancel()

    with (
        fake_server(Plan(latency=0.01)) as server,
        session(server, tmp_path) as running,
        pytest.raises(Cancelled, match="resume"),
    ):
        running.run(Cancelling(100))
    assert 10 <= len(rows(tmp_path / "journal.jsonl")) <= 10 + C


def test_a_run_can_be_cancelled_from_another_thread(tmp_path: Path) -> None:
    with fake_server(Plan(after=(1, "slow:60"))) as server, session(server, tmp_path) as running:
        waiter = threading.Thread(target=lambda: (server.wait_for_arrivals(C), running.cancel()))
        waiter.start()
        with pytest.raises(Cancelled):
            running.run(Counting(100))
        waiter.join()
    assert rows(tmp_path / "journal.jsonl") == []


def test_what_a_source_raises_ends_the_run(tmp_path: Path) -> None:
    class Failing(Counting):
        def done(self, reply: Reply) -> None:
            raise ZeroDivisionError

    with fake_server(Plan(latency=0.01)) as server, pytest.raises(ZeroDivisionError), session(server, tmp_path) as one:
        one.run(Failing(20))
    assert state(tmp_path)["status"] == "failed"
    assert all(reply.status == "ok" for reply in answered(None, tmp_path / "other", asks(3)))


def test_a_full_disk_stops_the_run_and_leaves_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """E13: the first failed write stops the run, resumable; what is on the disk is whole."""
    write, room = os.write, [12_000]

    def limited(handle: int, data: bytes) -> int:
        if os.readlink(f"/proc/self/fd/{handle}").endswith("journal.jsonl"):
            if not room[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            data = data[: room[0]]
            room[0] -= len(data)
        return write(handle, data)

    with fake_server(Plan(latency=0.01)) as server:
        with monkeypatch.context() as patched:
            patched.setattr("backend.core.llm.lines.os.write", limited)
            with pytest.raises(NoRoom, match="make room, then resume"):
                answered(server, tmp_path, asks(100))
        kept = rows(tmp_path / "journal.jsonl")
        assert 0 < len(kept) < 100
        replies = answered(server, tmp_path, asks(100))
    assert sum(reply.from_journal for reply in replies) == len(kept)
    assert NoRoom.exit_code == Stopped.exit_code == 4


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines(tmp_path / "lines.jsonl")
    lines.append({"a": 1})
    write = os.write

    def torn(handle: int, data: bytes) -> int:
        if len(data) > 5:
            return write(handle, data[:5])
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as patched:
        patched.setattr("backend.core.llm.lines.os.write", torn)
        with pytest.raises(NoRoom):
            lines.append({"b": 2})
    lines.append({"c": 3})
    lines.close()
    assert rows(tmp_path / "lines.jsonl") == [{"a": 1}, {"c": 3}]


def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    """E13: two processes on one run: the second exits 2, without a traceback, and names the first."""
    with fake_server() as server, session(server, tmp_path):
        child = program(tmp_path, 5, {"openai_api_base": server.url})
        _, errors = child.communicate(timeout=60)
        assert child.returncode == 2
        assert f"Another process ({os.getpid()}) works on" in errors
        assert "Traceback" not in errors
        with pytest.raises(Conflict):
            session(server, tmp_path).__enter__()
        assert server.log() == []


def test_signals_have_their_old_meaning_afterwards(tmp_path: Path) -> None:
    def handler(number: int, frame: Any) -> None: ...

    before = signal.signal(signal.SIGTERM, handler)
    try:
        answered(None, tmp_path, asks(3))
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_nothing_is_written_for_a_run_that_cannot_begin(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with fake_server() as server, pytest.raises(InvalidInput):
        answered(server, folder, asks(1), prices_file=str(tmp_path / "none.yaml"))
    assert not folder.exists()
    assert LLMSession.__doc__
