"""Datasets over HTTP: planned, tried, written as a job, looked through, decided on, published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.kinds import JOB_KINDS
from tests.core.generation.kit import served
from tests.llm_server.running import fake_server
from tests.service_kit import app_in, until_ended


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    """One service for all tests here: a job is a process, and takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "PIPELINE_JOB_ID"):
            patch.delenv(name, raising=False)
        with TestClient(app_in(folder, JOB_KINDS)) as client:
            yield client


@pytest.fixture(scope="module")
def job(client: TestClient) -> dict[str, Any]:
    """A finished job of six records."""
    return made(client)


def body(**changes: Any) -> dict[str, Any]:
    return {"topic": "physics", "num_examples": 6, "mock": True, **changes}


def made(client: TestClient, path: str = "/datasets/generate", **changes: Any) -> dict[str, Any]:
    """An ended job."""
    answer = client.post(path, json=body(**changes))
    assert answer.status_code == 202, answer.text
    return until_ended(client, answer.json()["job_id"], 60)


def rows(client: TestClient, job: dict[str, Any], **query: Any) -> dict[str, Any]:
    answer = client.get(f"/jobs/{job['job_id']}/rows", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_job_writes_a_dataset_that_is_listed_and_can_be_trained_on(
    client: TestClient, job: dict[str, Any], folder: Path
) -> None:
    assert (job["status"], job["kind"], job["name"], job["error"]) == ("succeeded", "generate", "physics", None)
    assert job["progress"]["step"] == job["progress"]["total_steps"] == 6
    name = job["result"]["dataset"]
    assert client.get(f"/datasets/{name}/preview").json()["total"] == 6
    assert name in [entry["name"] for entry in client.get("/datasets").json()["datasets"]]
    assert (folder / "data" / "runs" / job["result"]["run"] / "CARD.md").exists()


def test_a_plan_needs_no_key_and_says_that_the_run_would(client: TestClient) -> None:
    plan = client.post("/datasets/generate/plan", json=body(mock=False)).json()
    assert plan["leaves"]
    assert [sentence.split(" is not set")[0] for sentence in plan["warnings"]] == ["OPENAI_API_KEY"]
    assert client.post("/datasets/generate/plan", json=body()).json()["warnings"] == []


def test_the_plan_is_shown_with_its_estimate_and_nothing_is_made(client: TestClient, folder: Path) -> None:
    before = sorted((folder / "data").rglob("*")), client.get("/jobs").json()["total"]
    answer = client.post("/datasets/generate/plan", json=body(num_examples=40, mock=False, quality_min=6))
    assert answer.status_code == 200, answer.text
    plan = answer.json()
    assert (plan["records"], plan["origin"]) == (40, "grid")
    assert sum(leaf["count"] for leaf in plan["leaves"]) == 40
    assert sum(plan["difficulties"].values()) == sum(plan["forms"].values()) == 40
    estimate = plan["estimate"]
    assert estimate["calls"] == sum(estimate["calls_by_kind"].values()) == 1 + len(plan["leaves"]) + 40 + 3
    assert estimate["cost"] > 0
    assert estimate["basis"]
    assert (sorted((folder / "data").rglob("*")), client.get("/jobs").json()["total"]) == before


def test_a_sample_is_three_rows_and_no_dataset(client: TestClient) -> None:
    before = client.get("/datasets").json()
    job = made(client, "/datasets/generate/sample", num_examples=50)
    assert job["status"] == "succeeded"
    assert job["result"]["sample"] is True
    found = rows(client, job)["rows"]
    assert len(found) == 3
    assert len({row["subtopic"] for row in found}) == 3
    assert client.get("/datasets").json() == before


def test_rows_come_in_pieces_from_a_cursor_on(client: TestClient, job: dict[str, Any]) -> None:
    whole = rows(client, job)
    assert [row["status"] for row in whole["rows"]] == ["accepted"] * 6
    assert whole["behind"] is False
    first = rows(client, job, limit=4)
    assert first["behind"] is True
    rest = rows(client, job, cursor=first["next"])
    assert first["rows"] + rest["rows"] == whole["rows"]
    assert rows(client, job, cursor=whole["next"]) == {"rows": [], "next": whole["next"], "behind": False}
    assert rows(client, job, cursor=10**9)["rows"] == whole["rows"]


def test_decisions_are_kept_shown_and_published(client: TestClient, folder: Path) -> None:
    job = made(client)
    ids = [row["id"] for row in rows(client, job)["rows"]]
    where = f"/jobs/{job['job_id']}/rows"
    assert client.put(f"{where}/{ids[0]}", json={"decision": "reject"}).json()["decision"] == "reject"
    changed = client.put(f"{where}/{ids[1]}", json={"decision": "edit", "output": " Better. "}).json()
    assert changed["edited"]["output"] == "Better."
    client.put(f"{where}/{ids[2]}", json={"decision": "reject"})
    client.put(f"{where}/{ids[2]}", json={"decision": "accept"})
    shown = {row["id"]: row["decision"] for row in rows(client, job)["rows"]}
    assert [shown[one] for one in ids[:4]] == ["reject", "edit", "accept", None]
    answer = client.post(f"/jobs/{job['job_id']}/publish", json={"name": "mine"})
    assert (answer.status_code, answer.json()) == (201, {"dataset": "mine.json", "records": 5})
    published = json.loads((folder / "data" / "mine.json").read_text())
    assert len(published) == 5
    assert "Better." in [record["output"] for record in published]
    again = client.post(f"/jobs/{job['job_id']}/publish", json={"name": "mine"})
    assert again.status_code == 409
    assert client.post(f"/jobs/{job['job_id']}/publish").status_code == 201


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"decision": "edit"}, "new input or output"),
        ({"decision": "edit", "output": " "}, "is empty"),
        ({"decision": "accept", "output": "x"}, "decision edit"),
        ({"decision": "maybe"}, "decision"),
        ({"decision": "accept", "extra": 1}, "extra"),
        ({}, "decision"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(
    client: TestClient, job: dict[str, Any], decision: dict[str, Any], words: str
) -> None:
    answer = client.put(f"/jobs/{job['job_id']}/rows/r000001", json=decision)
    assert answer.status_code == 422
    assert words in answer.text


def test_rows_that_are_not_there_are_not_found(client: TestClient, job: dict[str, Any]) -> None:
    assert client.put(f"/jobs/{job['job_id']}/rows/r999999", json={"decision": "accept"}).status_code == 404
    assert client.put(f"/jobs/{job['job_id']}/rows/..%2Fx", json={"decision": "accept"}).status_code in (404, 422)
    assert client.get("/jobs/none/rows").status_code == 404
    assert client.post("/jobs/none/publish").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"topic": " "}, "topic is empty"),
        ({"num_examples": 0}, "greater than or equal to 1"),
        ({"format_type": "poem"}, "instruction"),
        ({"documents": ["/etc/passwd"]}, "must lie in documents/"),
        ({"documents": ["nothing.md"]}, "no such file in documents/"),
        ({"against": ["../secret.json"]}, "must lie in data/"),
        ({"seeds": "nothing.json"}, "nothing.json"),
        ({"openai_api_base": "http://evil.example"}, "OPENAI_API_BASE"),
        ({"api_key_env": "OTHER_API_KEY"}, "OPENAI_API_KEY"),
        ({"prices_file": "/etc/passwd"}, "command line only"),
        ({"output_path": "/tmp/x.json"}, "data folder"),
        ({"resume": "x"}, "/resume"),
        ({"dry_run": True}, "/datasets/generate/plan"),
        ({"sample": True}, "/datasets/generate/sample"),
        ({"name": "../x"}, "pattern"),
    ],
)
def test_what_a_request_may_not_ask_for(client: TestClient, changes: dict[str, Any], words: str) -> None:
    before = client.get("/jobs").json()["total"]
    answer = client.post("/datasets/generate", json=body(**changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert client.get("/jobs").json()["total"] == before


def test_a_job_without_a_key_fails_with_the_reason(client: TestClient) -> None:
    job = made(client, mock=False)
    assert job["status"] == "failed"
    assert "OPENAI_API_KEY is not set" in job["error"]


def test_the_form_of_the_kind_leaves_out_what_a_job_may_not_set(client: TestClient) -> None:
    kinds = {kind["kind"]: kind for kind in client.get("/job-kinds").json()["job_kinds"]}
    fields = kinds["generate"]["schema"]["properties"]
    assert {"topic", "num_examples", "format_type", "max_cost"} <= set(fields)
    assert not {"openai_api_base", "api_key_env", "prices_file", "resume", "sample", "dry_run"} & set(fields)


NOTES = "# Light\n\n" + "Light is a wave that needs no medium to travel in, and it carries energy. " * 12


def test_documents_are_taken_in_listed_and_written_from(client: TestClient) -> None:
    answer = client.post("/documents?name=notes.md", content=NOTES.encode())
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told == {"name": "notes.md", "size_bytes": len(NOTES), "pieces": 1, "characters": len(NOTES.rstrip("\n"))}
    assert "notes.md" in [entry["name"] for entry in client.get("/documents").json()["documents"]]
    assert client.post("/documents?name=notes.md", content=NOTES.encode()).status_code == 409
    job = made(client, topic="", documents=["notes.md"], format_type="qa", num_examples=3)
    assert job["status"] == "succeeded", job
    assert all(row["record"]["evidence"] in " ".join(NOTES.split()) for row in rows(client, job)["rows"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.docx", b"x" * 200, ".txt, .md"),
        ("../notes.md", b"x" * 200, "name"),
        ("short.txt", b"short", "less than 80 characters"),
        ("latin.txt", b"\xff" * 200, "not UTF-8"),
        ("broken.pdf", b"%PDF-1.4 and no more" * 10, "no PDF that can be read"),
    ],
)
def test_documents_that_cannot_be_read_are_refused_and_leave_nothing(
    client: TestClient, folder: Path, name: str, content: bytes, words: str
) -> None:
    answer = client.post("/documents", params={"name": name}, content=content)
    assert answer.status_code == 422
    assert words in answer.text
    assert ".tmp_" not in answer.text
    documents = folder / "data" / "documents"
    assert not documents.exists() or {path.name for path in documents.iterdir()} <= {"notes.md"}


def test_a_cancelled_job_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_server(served("clean", latency=0.1)) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        with TestClient(app_in(tmp_path, JOB_KINDS, stop_grace_seconds=10.0)) as client:
            asked = {"topic": "physics", "num_examples": 30, "batch_size": 1, "concurrency": 2}
            job_id = client.post("/datasets/generate", json=asked).json()["job_id"]
            server.wait_for_arrivals(8)
            client.post(f"/jobs/{job_id}/cancel")
            cancelled = until_ended(client, job_id, 60)
            assert cancelled["status"] == "cancelled"
            before = rows(client, cancelled)["rows"]
            assert client.post(f"/jobs/{job_id}/resume").status_code == 202
            job = until_ended(client, job_id, 60)
            assert job["status"] == "succeeded", job
            after = rows(client, job)["rows"]
            assert after[: len(before)] == before
            assert len([row for row in after if row["status"] == "accepted"]) == 30
            assert client.get(f"/datasets/{job['result']['dataset']}/preview").json()["total"] == 30


def test_a_job_that_reached_its_budget_says_so_and_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_server(served("clean")) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        with TestClient(app_in(tmp_path, JOB_KINDS)) as client:
            asked = {"topic": "physics", "num_examples": 30, "max_calls": 3}
            job = until_ended(client, client.post("/datasets/generate", json=asked).json()["job_id"], 60)
    assert job["status"] == "interrupted"
    assert "limit of 3 requests" in job["error"]
