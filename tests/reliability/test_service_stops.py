"""R12: TERM ends the service in order, with fifty open streams and a run at work: code 0, a checkpoint, no orphan."""

from __future__ import annotations

import json
import signal
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from backend.jobs import supervision
from backend.jobs.models import JobStatus
from backend.jobs.service import Service
from backend.jobs.store import JobStore
from tests.campaign import number, tell
from tests.fake_child import FakeChild
from tests.service_kit import KINDS, StubParams, app_in, processes_of, submit, until, until_status
from tests.serving_kit import RunningService, running_service

STOPS = number(1, 25)
STREAMS = 50
PEERS = ("127.0.0.1", "127.0.0.2")
"""One address may have 32 streams."""


def test_a_stop_ends_streams_and_saves_the_run(tmp_path: Path) -> None:
    seconds, wrong = [], []
    for stop in range(STOPS):
        folder = tmp_path / str(stop)
        with running_service(folder) as service, ExitStack() as streams:
            job_id = submit(service.client, "a", "checkpoint")  # type: ignore[arg-type]
            until_status(service.client, job_id, "running")  # type: ignore[arg-type]
            opened = [_stream(service, streams, folder / "cue", PEERS[at % len(PEERS)]) for at in range(STREAMS)]
            began = time.monotonic()
            code = service.stop()
            seconds.append(time.monotonic() - began)
            ended = [_rest(stream) for stream in opened]
        store = JobStore()
        store.open(folder / "state" / "jobs.db")
        job = store[job_id]
        store.close()
        log = (folder / "state" / "jobs" / job_id / "log.txt").read_text()
        if (code, job.status, job.reason) != (0, JobStatus.interrupted, "service_lost") or processes_of(job_id):
            wrong.append((code, job.status.value, job.reason))
        assert "checkpoint written" in log
        assert all(b"error" in rest for rest in ended), "a stream that only breaks off leaves its reader guessing"
    tell("R12", stops=STOPS, streams=STREAMS, wrong_ends=len(wrong), seconds_max=round(max(seconds), 2))
    assert wrong == []


def _stream(service: RunningService, streams: ExitStack, cue: Path, peer: str) -> socket.socket:
    """An answer being written, from this address."""
    body = json.dumps({"prompt": f"wait {cue}", "stream": True}).encode()
    head = "POST /generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    port = httpx.URL(service.url).port
    connection = streams.enter_context(socket.create_connection(("127.0.0.1", port), 20, source_address=(peer, 0)))
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    heard = b""
    while b"one " not in heard:
        piece = connection.recv(4096)
        assert piece, heard
        heard += piece
    return connection


def _rest(connection: socket.socket) -> bytes:
    heard = b""
    while piece := connection.recv(4096):
        heard += piece
    return heard


def test_a_second_term_means_now(tmp_path: Path) -> None:
    with running_service(tmp_path, stop_grace_seconds=600) as service:
        job_id = submit(service.client, "a", "deaf")  # type: ignore[arg-type]
        until_status(service.client, job_id, "running")  # type: ignore[arg-type]
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        until(lambda: not _answers(service))
        assert service.stop() == 0
        until(lambda: not processes_of(job_id))
        tell("R12", second_term_seconds=round(time.monotonic() - began, 2))


def _answers(service: RunningService) -> bool:
    try:
        return httpx.get(f"{service.url}/health").status_code == 200
    except httpx.TransportError:
        return False


def test_a_stop_may_be_hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that stands still no grace ever ends: only the second wish can end this run."""
    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: 1_000.0))
    monkeypatch.setattr("backend.jobs.execution.local.Child", FakeChild)
    looked = []
    monkeypatch.setattr(FakeChild, "play", lambda child: looked.append(child.is_asked_to_stop))
    service: Service = app_in(tmp_path).state.service
    service.start()
    job_id = service.submit(KINDS["train"], StubParams(adapter_name="a"), None).id
    until(lambda: looked)
    service.begin_to_stop()
    until(lambda: looked.count(True) > 3)
    assert service.store[job_id].status is JobStatus.stopping
    service.begin_to_stop(now=True)
    until(lambda: service.store[job_id].status is JobStatus.interrupted)
    service.stop()
