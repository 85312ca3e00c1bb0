"""A model hub on the loopback: one model, served whole or with a fault, every request remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

MODEL = "some/model"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Fault:
    """How the hub misbehaves.

    Args:
        status: answered to every request, instead of the model.
        code: the hub's own word for it.
        cut_after: a file's answer ends after so many bytes, so many times.
        times: how often that happens.
    """

    status: int | None = None
    code: str | None = None
    cut_after: int | None = None
    times: int = 10**6


@dataclass
class Hub:
    """What is served.

    Args:
        files: of the model, by name.
        fault: how it misbehaves.
        asked: (method, path, token) of every request.
    """

    files: dict[str, bytes]
    fault: Fault = field(default_factory=Fault)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def hub_of(folder: Path, extra: dict[str, bytes] | None = None) -> Iterator[Hub]:
    """Serve a model's folder; `HF_ENDPOINT` is its `url`."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    hub = Hub({**files, **(extra or {})})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_HEAD(self) -> None:
            self._serve(with_body=False)

        def do_GET(self) -> None:
            self._serve(with_body=True)

        def _serve(self, *, with_body: bool) -> None:
            hub.asked.append((self.command, self.path, self.headers.get("Authorization")))
            if hub.fault.status is not None:
                headers = {"X-Error-Code": hub.fault.code} if hub.fault.code else {}
                self._answer(hub.fault.status, json.dumps({"error": "no"}).encode(), headers, with_body)
            elif self.path.startswith(f"/api/models/{MODEL}"):
                self._answer(200, _info(hub), {"Content-Type": "application/json"}, with_body)
            elif self.path.startswith(f"/{MODEL}/resolve/{COMMIT}/"):
                self._file(self.path.rpartition("/")[2], with_body)
            else:
                self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)

        def _file(self, name: str, with_body: bool) -> None:
            content = hub.files[name]
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(content).hexdigest()}"', "Accept-Ranges": "bytes"}
            asked = self.headers.get("Range")
            if asked and with_body:
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").partition("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
                self._answer(206, content[start:], headers, with_body)
            else:
                self._answer(200, content, headers, with_body)

        def _answer(self, status: int, content: bytes, headers: dict[str, str], with_body: bool) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not with_body:
                return
            cut = hub.fault.cut_after
            if cut is not None and len(content) > cut and hub.fault.times > 0:
                hub.fault.times -= 1
                self.wfile.write(content[:cut])
                self.close_connection = True
            else:
                self.wfile.write(content)

    return Handler


def _info(hub: Hub) -> bytes:
    siblings = [{"rfilename": name, "size": len(content)} for name, content in hub.files.items()]
    return json.dumps({"id": MODEL, "modelId": MODEL, "sha": COMMIT, "siblings": siblings, "tags": []}).encode()
