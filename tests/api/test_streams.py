"""Open answers of a real service: clients that leave, a worker that is killed, a service that stops."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.service_kit import until
from tests.serving_kit import RunningService, ask_and_leave, events_of, running_service, told_text


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_service(tmp_path_factory.mktemp("service")) as service:
        yield service


def body_of(kind: str, text: str, stream: bool) -> tuple[str, dict[str, Any]]:
    if kind == "generate":
        return "/generate", {"prompt": text, "stream": stream}
    if kind == "completions":
        return "/v1/completions", {"model": "tiny", "prompt": text, "stream": stream}
    messages = [{"role": "user", "content": text}]
    return "/v1/chat/completions", {"model": "tiny", "messages": messages, "stream": stream}


def worker_pid(service: RunningService) -> int:
    answer = service.client.post("/generate", json={"prompt": "x"})
    return int(told_text(answer.json()["text"])["pid"])


KINDS = ["generate", "chat", "completions"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_leaves_a_stream_ends_the_answer(service: RunningService, tmp_path: Path, kind: str) -> None:
    path, body = body_of(kind, f"wait {tmp_path / 'cue'}", stream=True)
    with service.client.stream("POST", path, json=body) as answer:
        next(events_of(answer.iter_lines()))
    until((tmp_path / "cue.cancelled").exists)


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_does_not_wait_for_the_whole_ends_the_answer(
    service: RunningService, tmp_path: Path, kind: str
) -> None:
    path, body = body_of(kind, f"wait {tmp_path / 'cue'}", stream=False)
    ask_and_leave(service, path, body, tmp_path / "cue.begun")
    until((tmp_path / "cue.cancelled").exists)


def test_a_client_that_vanishes_in_the_middle_of_its_request_disturbs_nobody(service: RunningService) -> None:
    pid = worker_pid(service)
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(b"POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        half.sendall(b'Content-Length: 500\r\n\r\n{"prompt": ')
    assert worker_pid(service) == pid


def test_many_open_streams_leave_room_for_polls(service: RunningService, tmp_path: Path) -> None:
    path, body = body_of("generate", f"wait {tmp_path / 'cue'}", stream=True)
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=service.url, limits=httpx.Limits(), timeout=20))
        answers = [stack.enter_context(client.stream("POST", path, json=body)) for _ in range(100)]
        readers = [events_of(answer.iter_lines()) for answer in answers]
        assert {next(reader)["type"] for reader in readers} == {"started"}
        assert service.client.get("/jobs").status_code == 200  # served by a pool of 40 threads
        assert service.client.get("/system").status_code == 200
        (tmp_path / "cue").touch()
        assert {list(reader)[-1]["text"] for reader in readers} == {"one two"}


def test_kill_9_of_the_worker_in_the_middle_of_answers(service: RunningService, tmp_path: Path) -> None:
    pid = worker_pid(service)
    with ExitStack() as stack:
        readers = []
        for kind in KINDS:
            path, body = body_of(kind, f"wait {tmp_path / 'cue'}", stream=True)
            answer = stack.enter_context(service.client.stream("POST", path, json=body, timeout=2.0))
            readers.append(events_of(answer.iter_lines()))
            assert "error" not in next(readers[-1])
        os.kill(pid, signal.SIGKILL)
        generate, *others = [list(reader)[-1] for reader in readers]
    assert (generate["type"], generate["code"]) == ("error", "worker_failed")
    assert {other["error"]["code"] for other in others} == {"worker_failed"}
    assert worker_pid(service) != pid
    assert not psutil.pid_exists(pid)


def test_a_service_that_stops_ends_open_answers_at_once(tmp_path: Path) -> None:
    with running_service(tmp_path / "service") as service, ExitStack() as stack:
        pid = worker_pid(service)
        readers = []
        for kind in KINDS:
            path, body = body_of(kind, f"wait {tmp_path / 'cue'}", stream=True)
            answer = stack.enter_context(service.client.stream("POST", path, json=body, timeout=5.0))
            readers.append(events_of(answer.iter_lines()))
            next(readers[-1])
        whole: list[httpx.Response] = []
        path, body = body_of("generate", f"wait {tmp_path / 'whole'}", stream=False)
        waiting = threading.Thread(target=lambda: whole.append(httpx.post(service.url + path, json=body, timeout=20)))
        waiting.start()
        until((tmp_path / "whole.begun").exists)
        service.process.send_signal(signal.SIGTERM)
        last = [list(reader)[-1] for reader in readers]
        assert {(told.get("error") or told)["code"] for told in last} == {"worker_failed"}
        assert "being stopped" in last[0]["detail"]
        waiting.join()
        assert (whole[0].status_code, whole[0].json()["code"]) == (503, "worker_failed")
        assert service.process.wait(10) == 0
        assert not psutil.pid_exists(pid)
    assert "Traceback" not in (tmp_path / "service" / "service.log").read_text()
