"""Services that answer prompts through the stub worker: in this process, or behind a port of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any

import httpx
from fastapi import FastAPI

from backend.core.errors import PipelineError
from backend.core.registry import Adapter
from backend.jobs.answering.protocol import Done, Event, WorkerRequest
from backend.jobs.answering.stream import Item
from backend.jobs.answering.worker import InferenceWorker
from tests.service_kit import app_in, until

STUB_WORKER = Path(__file__).parent / "stub_worker.py"
ROOT = Path(__file__).parents[1]


def asking(text: str, **given: Any) -> WorkerRequest:
    """A request of one user's turn."""
    return WorkerRequest.model_validate(
        {"base_model_name": "tiny", "messages": [{"role": "user", "content": text}], **given}
    )


class Answers:
    """What a worker tells, for a thread that waits."""

    def __init__(self, worker: InferenceWorker, *requests: WorkerRequest) -> None:
        self._items: SimpleQueue[Item] = SimpleQueue()
        self.cancel = worker.post(requests, self)

    def put(self, item: Item) -> None:
        """As a mailbox."""
        self._items.put(item)

    def next(self, seconds: float = 20.0) -> Event:
        """The next event; raises the error that comes instead."""
        return self.next_item(seconds)[1]

    def next_item(self, seconds: float = 20.0) -> tuple[int, Event]:
        """The same with the number of the answer."""
        number, event = self._items.get(timeout=seconds)
        if isinstance(event, PipelineError):
            raise event
        return number, event

    def done(self, seconds: float = 20.0) -> Done:
        """The end, whatever comes before."""
        while not isinstance(event := self.next(seconds), Done):
            pass
        return event

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come."""
        return self._items.empty()


def told_text(text: str) -> dict[str, Any]:
    """The request that the stub repeats."""
    found: dict[str, Any] = json.loads(text)
    return found


def told(done: Done) -> dict[str, Any]:
    """The same from the end of an answer."""
    return told_text(done.text)


def app_with_stub(folder: Path, worker_idle_seconds: float = 60.0, **settings: Any) -> FastAPI:
    """The application on folders of its own, with the stub worker."""
    app = app_in(folder, **settings)
    (folder / "state").mkdir(exist_ok=True)
    log = folder / "state" / "worker.log"
    app.state.service.worker = InferenceWorker(log, worker_idle_seconds, {}, STUB_WORKER)
    return app


def add_adapter(folder: Path, name: str, base_model: str = "tiny") -> Adapter:
    """An adapter in the registry of a service on this folder."""
    from backend.core.registry import AdapterRegistry

    path = folder / "models" / name
    path.mkdir(parents=True, exist_ok=True)
    (path / "adapter_config.json").write_text("{}")
    (folder / "config").mkdir(exist_ok=True)
    adapter = Adapter(name=name, path=str(path), base_model=base_model)
    AdapterRegistry(folder / "config" / "adapters.json").add(adapter)
    return adapter


SERVER = """
import json, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.service_kit import app_in
from tests.serving_kit import app_with_stub
from backend.api.server import serve
raise SystemExit(serve({app}(Path({folder!r}), **json.loads({settings!r}))))
"""


@dataclass
class RunningService:
    """A service in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    client: httpx.Client

    def stop(self) -> int:
        """TERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def running_service(
    folder: Path, real_worker: bool = False, environ: Mapping[str, str] = MappingProxyType({}), **settings: Any
) -> Iterator[RunningService]:
    """The service with the stub worker, or the real one, behind a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = "app_in" if real_worker else "app_with_stub"
    given = json.dumps({**settings, "port": port})
    code = SERVER.format(root=str(ROOT), folder=str(folder), settings=given, app=app)
    folder.mkdir(exist_ok=True)
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=log, env={**os.environ, **environ})
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=20) as client:
            until(lambda: process.poll() is not None or _answers(client))
            assert process.poll() is None, (folder / "service.log").read_text()
            yield RunningService(process, url, client)
    finally:
        process.kill()
        process.wait()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def events_of(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The objects in a stream of server-sent events, up to its end."""
    for line in lines:
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line[len("data: ") :])


def ask_and_leave(service: RunningService, path: str, body: dict[str, Any], begun: Path) -> None:
    """Ask for a whole answer and go as soon as somebody has begun it: who goes before has asked nobody."""
    content, url = json.dumps(body).encode(), httpx.URL(service.url)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        until(begun.exists)
