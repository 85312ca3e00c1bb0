"""Word of ended jobs, sent to a real server that takes it, refuses it, is slow or is not there."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs import webhook
from backend.jobs.folder import JobFolder
from backend.jobs.models import Job, JobStatus, now
from tests.service_kit import app_in, settings_in, submit, until, until_ended


@dataclass
class Receiver:
    """A server that keeps what it is sent.

    Args:
        answers: with which statuses it answers in turn; afterwards with 204.
        holds: if given, it answers only when this is set.
    """

    answers: list[int] = field(default_factory=list)
    holds: Event | None = None
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        self.bodies.append(body)
        self.headers.append(headers)
        if self.holds:
            self.holds.wait(20)
        return self.answers.pop(0) if self.answers else 204


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(body, dict(self.headers)))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        if receiver.holds:
            receiver.holds.set()
        server.shutdown()


def ended(name: str = "a") -> Job:
    return Job(
        id=name, kind="train", name=name, status=JobStatus.failed, reason="cuda_oom", error="Too much.", params={},
        created_at=now(), finished_at=now(),
    )  # fmt: skip


def sender(folder: Path, url: str, **changes: Any) -> webhook.Webhook:
    settings = settings_in(folder, webhook_url=url, **changes)
    return webhook.Webhook(lambda: settings, lambda _: JobFolder(folder / "job"), waits=(0.01, 0.01))


def test_every_end_is_told_with_its_figures_and_signed(tmp_path: Path, receiver: Receiver) -> None:
    with TestClient(app_in(tmp_path, webhook_url=receiver.url, webhook_secret="hush", port=8123)) as client:
        good, bad = submit(client, "good"), submit(client, "bad", "bad_dataset")
        until_ended(client, good)
        until_ended(client, bad)
        until(lambda: len(receiver.bodies) == 2)
    told = {message["name"]: message for message in receiver.told}
    assert told["good"]["event"] == "job.ended"
    assert (told["good"]["job_id"], told["good"]["status"], told["good"]["kind"]) == (good, "succeeded", "train")
    assert told["good"]["result"] == {"train_loss": 1.0, "resumed": False, "tokens_per_second": 100.0}
    assert told["good"]["url"] == f"http://localhost:8123/ui/jobs/{good}"
    assert (told["bad"]["status"], told["bad"]["reason"]) == ("failed", "bad_dataset")
    assert told["bad"]["error"].startswith("data/x.json is empty")
    for body, headers in zip(receiver.bodies, receiver.headers, strict=True):
        expected = hmac.new(b"hush", body, hashlib.sha256).hexdigest()
        assert headers["X-Signature-256"] == f"sha256={expected}"
        assert headers["X-Event"] == "job.ended"


def test_a_job_that_the_service_stops_with_itself_has_not_ended(tmp_path: Path, receiver: Receiver) -> None:
    with TestClient(app_in(tmp_path, webhook_url=receiver.url)) as client:
        job_id = submit(client, "a", "checkpoint")
        until(lambda: client.get(f"/jobs/{job_id}/status").json()["status"] == "running")
    assert receiver.told == []


def test_a_failing_receiver_is_tried_again_with_the_same_delivery_and_told_of_once(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [500, 429]
    hook = sender(tmp_path, receiver.url)
    with caplog.at_level(logging.INFO):
        hook.tell(ended())
        until(lambda: "takes messages again" in caplog.text)
    assert len({headers["X-Delivery"] for headers in receiver.headers}) == 1
    assert len(receiver.bodies) == 3
    assert caplog.text.count("No word of ended jobs can be sent") == 1
    assert "X-Signature-256" not in receiver.headers[0]
    hook.close()


def test_what_is_refused_is_not_repeated_and_the_next_message_is_sent(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [404]
    hook = sender(tmp_path, receiver.url)
    hook.tell(ended("a"))
    hook.tell(ended("b"))
    until(lambda: len(receiver.bodies) == 2)
    assert [message["name"] for message in receiver.told] == ["a", "b"]
    hook.close()


def test_a_dead_receiver_stops_nothing(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, webhook_url="http://127.0.0.1:9/hook")) as client:
        for name in ("a", "b"):
            assert until_ended(client, submit(client, name))["status"] == "succeeded"


def test_a_slow_receiver_holds_up_nobody_and_no_more_than_a_hundred_messages_wait(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.holds = Event()
    hook = sender(tmp_path, receiver.url)
    hook.tell(ended("first"))
    until(lambda: receiver.bodies)
    for number in range(150):  # returns at once, or this would not be through before the first is answered
        hook.tell(ended(f"job-{number}"))
    receiver.holds.set()
    until(lambda: len(receiver.bodies) == 101)
    names = [message["name"] for message in receiver.told]
    assert (names[0], names[1], names[-1]) == ("first", "job-50", "job-149")
    hook.close()


def test_the_settings_can_try_it(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(app_in(tmp_path)) as client:
        assert "not set" in client.post("/settings/test/webhook", json={}).json()["message"]
        report = client.post("/settings/test/webhook", json={"WEBHOOK_URL": receiver.url}).json()
        assert (report["outcome"], "not signed" in report["message"]) == ("works", True)
        assert receiver.told[0]["event"] == "test"
        receiver.answers = [410]
        report = client.post("/settings/test/webhook", json={"WEBHOOK_URL": receiver.url}).json()
        assert (report["outcome"], "410" in report["message"]) == ("fails", True)
        refused = client.post("/settings/test/webhook", json={"WEBHOOK_URL": "ftp://here"})
        assert refused.status_code == 422
