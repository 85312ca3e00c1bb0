"""Predictions and what came of them, read back from records that anybody may have changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from backend.core.environment.hardware import Hardware, hardware
from backend.core.estimates import history
from backend.core.estimates.history import past_runs, summary_of
from tests.core.estimates.records import GIB, leave, record

HERE = [hardware("cpu")]


def test_the_runs_of_this_machine_are_listed_newest_first(tmp_path: Path) -> None:
    leave(tmp_path, "old", finished_at="2026-11-01T00:00:00+00:00")
    leave(tmp_path, "new", finished_at="2026-11-24T00:00:00+00:00")
    leave(tmp_path, "elsewhere", hardware=Hardware(device="cpu", name="another", cores=64).model_dump())
    runs = past_runs(tmp_path, HERE)
    assert [run.name for run in runs] == ["new", "old"]
    assert (runs[0].memory_ratio, runs[0].time_ratio) == (pytest.approx(0.9), pytest.approx(0.9))


def test_what_is_no_record_of_ours_is_passed_over(tmp_path: Path) -> None:
    leave(tmp_path, "good")
    for name, content in {
        "torn": b'{"kind": "train"',
        "list": b"[]",
        "not_text": b"\xff\xfe",
        "no_number": json.dumps(record()).replace("100000000000.0", "NaN").encode(),
        "too_large": json.dumps(record(description="x" * history.LARGEST_BYTES)).encode(),
        "older": json.dumps({"kind": "train", "name": "older", "params": {}, "result": {}}).encode(),
        "nothing_taken": json.dumps(record(result={"peak_memory_bytes": 0})).encode(),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_bytes(content)
    (tmp_path / "folder" / "run.json").mkdir(parents=True)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "run.json")
    (tmp_path / "astray").mkdir()
    (tmp_path / "astray" / "run.json").symlink_to(tmp_path / "nowhere")
    leave(tmp_path, ".partial-unfinished")
    assert [run.name for run in past_runs(tmp_path, HERE)] == ["good"]
    assert past_runs(tmp_path / "none", HERE) == []


def test_only_so_many_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_RUNS", 2)
    for age, name in enumerate(("c", "b", "a")):
        os.utime(leave(tmp_path, name), (1e9 - age, 1e9 - age))
    assert {run.name for run in past_runs(tmp_path, HERE)} == {"b", "c"}


@pytest.mark.parametrize(
    "given",
    [
        {"result": {"is_whole": False}},
        {"result": {"steps": 4}},
        {"estimate": {"seconds": None, "train_seconds": None}},
    ],
    ids=["resumed", "ended early", "not foretold"],
)
def test_a_time_is_compared_only_with_the_same_work(given: dict[str, object], tmp_path: Path) -> None:
    leave(tmp_path, "a", **given)
    (run,) = past_runs(tmp_path, HERE)
    assert run.time_ratio is None
    found = summary_of([run])
    assert found.time_ratio is None
    assert found.memory_ratio is not None
    assert "no time was predicted" in found.sentence


def test_the_summary_tells_the_range(tmp_path: Path) -> None:
    assert summary_of([]).sentence.startswith("No run has ended")
    for name, share in {"a": 0.8, "b": 1.0, "c": 1.3}.items():
        leave(tmp_path, name, estimate={"memory_bytes": round(share * GIB)})
    found = summary_of(past_runs(tmp_path, HERE))
    assert found.runs == 3
    assert found.memory_ratio is not None
    assert found.memory_ratio.model_dump() == {"lowest": 0.8, "median": 1.0, "highest": 1.3}
    assert "80% to 130% (median 100%)" in found.sentence
    assert "time at 90%" in found.sentence
