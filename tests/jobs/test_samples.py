"""Sample answers as the service reads them back: whatever a kill or a long run has left of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.jobs import samples
from backend.jobs.samples import samples_in
from tests.service_kit import app_in, submit, until_ended


def written(folder: Path, steps: range, answer: str = "newton") -> None:
    rows = [{"step": step, "prompt": "Unit?", "answer": answer, "reference": None, "seconds": 0.1} for step in steps]
    with (folder / "samples.jsonl").open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def test_a_torn_line_is_passed_over_and_a_step_that_was_taken_again_counts_once(tmp_path: Path) -> None:
    written(tmp_path, range(3))
    with (tmp_path / "samples.jsonl").open("a") as stream:
        stream.write('{"step": 3, "pro\nnull\n[]\n')
    written(tmp_path, range(2, 4), "joule")
    assert [(one.step, one.answer) for one in samples_in(tmp_path)] == [
        (0, "newton"), (1, "newton"), (2, "joule"), (3, "joule"),
    ]  # fmt: skip


def test_of_a_long_file_the_base_and_the_newest_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_BYTES", 2000)
    written(tmp_path, range(500))
    steps = [one.step for one in samples_in(tmp_path)]
    assert (steps[0], steps[-1]) == (0, 499)
    assert len(steps) < 40
    assert steps == sorted(steps)


def test_a_run_without_any_has_none(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        job_id = submit(client, "a")
        assert until_ended(client, job_id)["samples_bytes"] == 0
        assert client.get(f"/jobs/{job_id}/samples").json() == {"samples": []}
        written(tmp_path / "state" / "jobs" / job_id, range(2))
        assert [row["step"] for row in client.get(f"/jobs/{job_id}/samples").json()["samples"]] == [0, 1]
        assert client.get(f"/jobs/{job_id}/status").json()["samples_bytes"] > 0
        assert client.get("/jobs/nobody/samples").status_code == 404
