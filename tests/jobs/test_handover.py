"""Who has the GPU: never a job and the model that answers at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.answering.protocol import Delta
from backend.jobs.handover import GpuBusy
from backend.jobs.machine import Gpu
from backend.jobs.service import Service
from tests.service_kit import status, submit, until, until_ended, until_status
from tests.serving_kit import Answers, app_with_stub, asking, told

CARD = Gpu(index=0, name="A card", memory_total_bytes=1, memory_used_bytes=0, utilization_percent=None)


@contextmanager
def machine(
    folder: Path, monkeypatch: pytest.MonkeyPatch, policy: str, cards: int = 1, idle_seconds: float = 60.0
) -> Iterator[tuple[TestClient, Service]]:
    """A service on a machine that has a GPU, or seems to."""
    monkeypatch.setattr("backend.jobs.parts.gpus", lambda: [CARD] * cards)
    app = app_with_stub(folder, idle_seconds, inference_on_gpu_job=policy)
    with TestClient(app) as client:
        yield client, app.state.service


def ask(service: Service, text: str) -> Answers:
    return Answers(service.worker, asking(text))


def open_answer(service: Service, cue: Path) -> Answers:
    answers = ask(service, f"wait {cue}")
    while not isinstance(answers.next(), Delta):
        pass
    return answers


def log_of(client: TestClient, job_id: str) -> str:
    return str(client.get(f"/jobs/{job_id}/logs").json()["text"])


def test_wait_lets_answers_end_and_refuses_new_ones_until_the_job_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cue, go_on = tmp_path / "cue", tmp_path / "go_on"
    with machine(tmp_path, monkeypatch, "wait") as (client, service):
        answers = open_answer(service, cue)
        job_id = submit(client, "a", "wait", wait_for=str(go_on))
        until(lambda: "Waits for the answers being written to end" in log_of(client, job_id))
        assert status(client, job_id)["status"] == "starting"
        with pytest.raises(GpuBusy, match="A job has the GPU"):
            ask(service, "x").next()
        cue.touch()
        assert answers.done().text == "one two"
        until_status(client, job_id, "running")
        assert not service.worker.is_loaded
        refused = client.post("/generate", json={"prompt": "x", "model": "tiny"})
        assert (refused.status_code, refused.json()["code"]) == (503, "gpu_busy")
        assert int(refused.headers["retry-after"]) > 0
        go_on.touch()
        assert until_ended(client, job_id)["status"] == "succeeded"
        assert told(until(lambda: _answer_or_none(service)))["pid"]


def _answer_or_none(service: Service) -> Any:
    """The lane gives the GPU back a moment after its job has ended."""
    try:
        return ask(service, "x").done()
    except GpuBusy:
        return None


def test_unload_ends_answers_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(tmp_path, monkeypatch, "unload") as (client, service):
        answers = open_answer(service, tmp_path / "cue")
        job_id = submit(client, "a")
        with pytest.raises(GpuBusy, match="A job took the GPU and the answer was ended"):
            answers.next()
        assert until_ended(client, job_id)["status"] == "succeeded"


def test_refuse_keeps_the_job_queued_until_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cue = tmp_path / "cue"
    with machine(tmp_path, monkeypatch, "refuse", idle_seconds=0.2) as (client, service):
        answers = open_answer(service, cue)
        job_id = submit(client, "a")
        beside = submit(client, "b", path="/side")
        assert until_ended(client, beside)["status"] == "succeeded"
        until(lambda: "Waits until the model that answers prompts is idle and unloaded" in log_of(client, job_id))
        assert status(client, job_id)["status"] == "queued"
        cue.touch()
        assert answers.done().text == "one two"
        assert until_ended(client, job_id)["status"] == "succeeded"
        assert log_of(client, job_id).count("INFERENCE_ON_GPU_JOB=refuse") == 1


def test_a_job_that_waits_for_answers_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cue = tmp_path / "cue"
    with machine(tmp_path, monkeypatch, "wait") as (client, service):
        answers = open_answer(service, cue)
        job_id = submit(client, "a")
        until(lambda: "Waits for the answers" in log_of(client, job_id))
        client.post(f"/jobs/{job_id}/cancel")
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"]) == ("cancelled", "user_cancel")
        cue.touch()
        assert answers.done().text == "one two"
        assert told(until(lambda: _answer_or_none(service)))["pid"]


def test_without_a_gpu_prompts_are_answered_beside_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = tmp_path / "go_on"
    with machine(tmp_path, monkeypatch, "unload", cards=0) as (client, service):
        answers = open_answer(service, tmp_path / "cue")
        job_id = submit(client, "a", "wait", wait_for=str(go_on))
        until_status(client, job_id, "running")
        assert told(ask(service, "x").done())["pid"]
        (tmp_path / "cue").touch()
        assert answers.done().text == "one two"
        go_on.touch()
        assert until_ended(client, job_id)["status"] == "succeeded"


def test_a_service_that_stops_does_not_wait_for_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(tmp_path, monkeypatch, "wait") as (client, service):
        open_answer(service, tmp_path / "cue")
        job_id = submit(client, "a", "wait")
        until(lambda: "Waits for the answers" in log_of(client, job_id))
    with machine(tmp_path, monkeypatch, "wait") as (client, service):
        until_status(client, job_id, "running")  # it came back to the queue
        client.post(f"/jobs/{job_id}/cancel")
        until_ended(client, job_id)
