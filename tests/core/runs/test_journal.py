"""Answers survive a kill at any byte; a run that depends on something else starts afresh and says on what."""

from __future__ import annotations

import errno
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from backend.core.errors import Conflict, DiskFull, InvalidInput
from backend.core.params import InferenceParams
from backend.core.runs.journal import Journal, dependencies
from backend.core.storage.files import require_replaceable

SAME = {"dataset": "d" * 64, "temperature": 0.0, "stop_strings": ["x"]}


def written(folder: Path, answers: dict[int, str], depends_on: dict[str, Any] = SAME, total: int = 3) -> Path:
    """A journal with these answers, as a kill would leave it; returns its path."""
    with Journal(folder / "p.json", depends_on, total) as journal:
        for index, text in answers.items():
            journal.add(index, text)
    return journal.path


def answers_in(folder: Path, depends_on: dict[str, Any] = SAME, total: int = 3) -> dict[int, str]:
    with Journal(folder / "p.json", depends_on, total) as journal:
        return dict(journal.answers)


def test_answers_are_there_for_the_next_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = written(tmp_path, {2: "zwei\n\u2028Ω", 0: ""})
    assert path.name == "p.json.partial"
    assert answers_in(tmp_path) == {2: "zwei\n\u2028Ω", 0: ""}
    assert "2 of 3 answers are there already; continuing." in caplog.messages


def test_a_cut_at_any_byte_loses_one_answer_at_most(tmp_path: Path) -> None:
    path = written(tmp_path, {0: "one", 1: "two", 2: "three"})
    whole = path.read_bytes()
    ends = [position + 1 for position, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = max(0, sum(end <= length for end in ends) - 1)
        with Journal(tmp_path / "p.json", SAME, 3) as journal:
            assert len(journal.answers) == kept
            journal.add(2, "again")
        assert answers_in(tmp_path)[2] == "again"  # what was written behind the cut can be read
    path.unlink()


def test_garbage_that_a_power_loss_leaves_ends_the_reading(tmp_path: Path) -> None:
    path = written(tmp_path, {0: "one"})
    for garbage in (b"\0\0\0\n", b"[]\n", b'{"index": 7, "prediction": "x"}\n', b'{"index": 1}\n', b"\xff\n"):
        path.write_bytes(path.read_bytes() + garbage + b'{"index": 1, "prediction": "x"}\n')
        assert answers_in(tmp_path) == {0: "one"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"temperature": 0.5}, "temperature: 0.0 before, 0.5 now"),
        ({"dataset": "e" * 64}, "another dataset"),
        ({"stop_strings": []}, "stop_strings: ['x'] before, [] now"),
        ({"min_p": 0.1}, "min_p: None before, 0.1 now"),
    ],
)
def test_another_run_starts_afresh_and_says_why(
    changed: dict[str, Any], told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path, {0: "one"})
    other = {**SAME, **changed}
    with Journal(tmp_path / "p.json", other, 3) as journal:
        assert journal.answers == {}
        journal.add(1, "new")
    assert f"({told}): starting afresh" in caplog.text
    assert answers_in(tmp_path, other) == {1: "new"}


def test_the_finished_file_takes_the_journals_place(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text("old")
    with Journal(tmp_path / "p.json", SAME, 1) as journal:
        journal.add(0, "a")
        assert (tmp_path / "p.json").read_text() == "old"
        journal.publish([{"id": "0", "reference": "\ud800"}])
    assert json.loads((tmp_path / "p.json").read_text()) == [{"id": "0", "reference": "\ud800"}]
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


def test_a_full_disk_at_the_end_keeps_the_answers_for_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull("No room left on the disk.")

    def answer_and_publish() -> None:
        with Journal(tmp_path / "p.json", SAME, 1) as journal:
            journal.add(0, "a")
            journal.publish([{}])

    with monkeypatch.context() as patch:
        patch.setattr("backend.core.runs.journal.write_json", full)
        with pytest.raises(DiskFull):
            answer_and_publish()
    with Journal(tmp_path / "p.json", SAME, 1) as journal:
        assert journal.answers == {0: "a"}
        journal.publish([{}])
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


def test_a_run_without_an_answer_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput), Journal(tmp_path / "p.json", SAME, 1):
        raise InvalidInput("the prompt is too long")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_write_one_output(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".p.json.lock"), pytest.raises(Conflict, match="Another run is writing"):
        answers_in(tmp_path)
    assert answers_in(tmp_path) == {}


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "p.json.partial").write_text("my own notes\nof the day\n")
    with pytest.raises(Conflict, match="is no journal"):
        answers_in(tmp_path)
    assert (tmp_path / "p.json.partial").read_text() == "my own notes\nof the day\n"


def test_a_full_disk_is_told_and_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, {0: "one"})

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Journal(tmp_path / "p.json", SAME, 3) as journal:
        monkeypatch.setattr(os, "fsync", full)
        journal._synced = 0.0
        with pytest.raises(DiskFull, match="free some space"):
            journal.add(1, "two")
        monkeypatch.undo()
    assert answers_in(tmp_path)[0] == "one"


@pytest.fixture
def run_of(tmp_path: Path) -> Any:
    """The dependencies of a run with these parameters on files in `tmp_path`."""
    for folder in ("base", "adapter"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text("{}")
    (tmp_path / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (tmp_path / "questions.json").write_text("[]")

    def run_of(adapter: bool = True, template: str = "t", **params: Any) -> dict[str, Any]:
        worn = tmp_path / "adapter" if adapter else None
        given = InferenceParams.model_validate(params)
        return dependencies(given, tmp_path / "questions.json", tmp_path / "base", worn, template)

    return run_of


def test_what_answers_depend_on(run_of: Any, tmp_path: Path) -> None:
    first = run_of()
    assert run_of() == first == json.loads(json.dumps(first))
    same = {"batch_size": 3, "max_memory_gb": 1, "device": "cpu", "output_file": "x.json", "model_path": "y"}
    assert run_of(**same) == first
    for other in (
        {"seed": 1},
        {"temperature": 0},
        {"stop_strings": ["x"]},
        {"load_in_8bit": True},
        {"dtype": "float32"},
    ):
        assert run_of(**other) != first
    assert run_of(adapter=False) != first
    assert run_of(template="u") != first
    for name in ("adapter/adapter_model.safetensors", "questions.json", "base/config.json"):
        (tmp_path / name).write_bytes(b"changed" + (tmp_path / name).read_bytes())
        assert run_of() != first
        first = run_of()


def test_a_place_where_no_file_can_be_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "file" / "p.json", "is a file"),
        (tmp_path / ("x" * 300) / "p.json", "cannot be made"),
        (Path("/proc/p.json"), "cannot be made|permission"),
    ):
        with pytest.raises(InvalidInput, match=told):
            require_replaceable(path)
    require_replaceable(tmp_path / "new" / "p.json")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
