"""The history of jobs: searched, labelled, put in order, kept over a restart."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.test_guards import assert_problem
from tests.service_kit import app_in, status, submit, until_ended, until_status


def _waiting(client: TestClient, tmp_path: Path, *names: str) -> list[str]:
    """Jobs that wait behind one that runs."""
    first = submit(client, "first", "wait", wait_for=str(tmp_path / "go_on"))
    until_status(client, first, "starting", "running")
    return [submit(client, name) for name in names]


def _order(client: TestClient) -> list[str]:
    jobs = client.get("/jobs", params={"status": "queued"}).json()["jobs"]
    return [job["name"] for job in sorted(jobs, key=lambda job: job["queue_position"])]


def test_a_waiting_job_moves_and_the_order_outlives_the_service(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        _, _, third = _waiting(client, tmp_path, "a", "b", "c")
        moved = client.post(f"/jobs/{third}/move", json={"to": 1})
        assert moved.json() == {"job_id": third, "queue_position": 1}
        assert _order(client) == ["c", "a", "b"]
        assert client.post(f"/jobs/{third}/move", json={"to": 99}).json()["queue_position"] == 3
        assert client.post(f"/jobs/{third}/move", json={"to": 2}).json()["queue_position"] == 2
    with TestClient(app_in(tmp_path, auto_resume=False)) as again:
        ended = [until_ended(again, job_id) for job_id in _ids(again, "a", "b", "c")]
    assert [job["name"] for job in sorted(ended, key=lambda job: str(job["started_at"]))] == ["a", "c", "b"]


def _ids(client: TestClient, *names: str) -> list[str]:
    jobs = client.get("/jobs").json()["jobs"]
    return [job["job_id"] for job in jobs if job["name"] in names]


def test_what_does_not_wait_has_no_place(client: TestClient, tmp_path: Path) -> None:
    _waiting(client, tmp_path)
    (first,) = _ids(client, "first")
    answer = client.post(f"/jobs/{first}/move", json={"to": 1})
    assert_problem(answer, 409, "conflict")
    assert "only one that waits" in answer.json()["detail"]
    assert_problem(client.post("/jobs/none/move", json={"to": 1}), 404, "not_found")
    for to in (0, -1, 10**9, "x", None):
        assert_problem(client.post(f"/jobs/{first}/move", json={"to": to}), 422, "validation_error")


def test_a_name_tags_and_notes_last_and_move_no_file(client: TestClient) -> None:
    job_id = submit(client, "a")
    until_ended(client, job_id)
    before = status(client, job_id)
    given = {"name": " A better  name ", "tags": ["paper", "final", "paper"], "notes": "Why: **it** works.\n"}
    answer = client.patch(f"/jobs/{job_id}", json=given)
    assert answer.status_code == 200, answer.text
    after = status(client, job_id)
    assert (after["name"], after["tags"], after["notes"]) == ("A better name", ["paper", "final"], given["notes"])
    assert (after["params"], after["status"]) == (before["params"], before["status"])
    (listed,) = client.get("/jobs", params={"tag": "paper", "q": "better"}).json()["jobs"]
    assert (listed["has_notes"], listed["sweep"]) == (True, None)
    cleared = client.patch(f"/jobs/{job_id}", json={"tags": ["sweep:rank"], "notes": ""}).json()
    assert (cleared["name"], cleared["notes"], cleared["sweep"]) == ("A better name", "", "rank")


@pytest.mark.parametrize(
    "labels",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"name": "a\u0000b"},
        {"tags": ["a,b"]},
        {"tags": [""]},
        {"tags": ["x" * 81]},
        {"tags": [str(at) for at in range(21)]},
        {"notes": "x" * 20_001},
        {"status": "succeeded"},
    ],
)
def test_labels_have_limits(client: TestClient, labels: dict[str, Any]) -> None:
    job_id = submit(client, "a")
    assert_problem(client.patch(f"/jobs/{job_id}", json=labels), 422, "validation_error")
    assert status(client, job_id)["name"] == "a"


def test_the_list_is_searched_sorted_and_counted(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "facts.json").write_text("[]")
    for name, play, path in (("b", "succeed", "/train"), ("a", "exit_seven", "/train"), ("c", "succeed", "/side")):
        until_ended(client, submit(client, name, play, path, dataset_path="facts.json"))
    every = client.get("/jobs", params={"sort": "name"}).json()
    assert [job["name"] for job in every["jobs"]] == ["a", "b", "c"]
    assert every["counts"] == {"status": {"failed": 1, "succeeded": 2}, "kind": {"side": 1, "train": 2}, "tag": {}}
    assert every["jobs"][0]["dataset"] == "facts.json"
    some = client.get("/jobs?status=failed&status=cancelled&kind=train&q=FACTS").json()
    assert [job["name"] for job in some["jobs"]] == ["a"]
    by_loss = client.get("/jobs", params={"sort": "loss"}).json()["jobs"]
    assert {job["name"] for job in by_loss[:2]} == {"b", "c"}, "the one that told no loss comes last"
    assert_problem(client.get("/jobs?sort=secret"), 422, "validation_error")
    assert_problem(client.get("/jobs", params={"q": "x" * 201}), 422, "validation_error")


def test_a_bundle_holds_what_the_run_told_without_secrets_or_weights(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret-value")
    job_id = submit(client, "a")
    until_ended(client, job_id)
    client.patch(f"/jobs/{job_id}", json={"name": "Größe/../2", "notes": "the key is very-secret-value"})
    folder = tmp_path / "state" / "jobs" / job_id
    with (folder / "log.txt").open("a") as log:
        log.write("Authorization: very-secret-value\n")
    (folder / "elsewhere").symlink_to("/etc/passwd")
    made = tmp_path / "models" / "a"
    made.mkdir()
    (made / "README.md").write_text("# a\n")
    (made / "adapter_model.safetensors").write_bytes(b"w" * 100)
    answer = client.get(f"/jobs/{job_id}/bundle")
    root = f"Gr-e-..-2-{job_id[:8]}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{root}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        held = {name.removeprefix(f"{root}/"): archive.read(name).decode() for name in archive.namelist()}
    assert {"job.json", "params.json", "log.txt", "metrics.jsonl", "result.json", "result/README.md"} <= set(held)
    assert not {"elsewhere", "result/adapter_model.safetensors"} & set(held)
    assert json.loads(held["job.json"])["notes"] == "the key is [redacted]"
    assert "very-secret-value" not in "".join(held.values())
    assert held["log.txt"].endswith("Authorization: [redacted]\n")


def test_a_job_that_never_began_has_a_bundle_too(client: TestClient, tmp_path: Path) -> None:
    (waiting,) = _waiting(client, tmp_path, "a")
    with zipfile.ZipFile(io.BytesIO(client.get(f"/jobs/{waiting}/bundle").content)) as archive:
        assert [name.rpartition("/")[2] for name in archive.namelist()] == ["job.json"]
