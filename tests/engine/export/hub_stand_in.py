"""A model hub on the loopback that takes uploads: repositories, and the files of their commits."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class UploadHub:
    """What came.

    Args:
        status: answered to every request instead; None = as the hub does.
        repositories: what was asked to be made.
        files: of the last commit, by name.
        asked: (method, path, token) of every request.
    """

    status: int | None = None
    repositories: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    url: str = ""


@contextmanager
def upload_hub(status: int | None = None) -> Iterator[UploadHub]:
    """Serve; `HF_ENDPOINT` is its `url`."""
    hub = UploadHub(status)
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


def _handler(hub: UploadHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append(("POST", self.path, self.headers.get("Authorization")))
            if hub.status is not None:
                self._answer(hub.status, {"error": "no"})
            elif self.path == "/api/repos/create":
                hub.repositories.append(json.loads(body))
                self._answer(200, {"url": f"{hub.url}/me/physics", "name": "me/physics", "id": "1"})
            elif "/preupload/" in self.path:
                names = [file["path"] for file in json.loads(body)["files"]]
                told = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
                self._answer(200, {"files": told})
            elif "/commit/" in self.path:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                made = {
                    "success": True,
                    "commitOid": COMMIT,
                    "commitUrl": f"{hub.url}/me/physics/commit/{COMMIT}",
                    "hookOutput": "",
                }
                self._answer(200, made)
            else:
                self._answer(200, {"errors": [], "warnings": []})

        def do_GET(self) -> None:
            hub.asked.append(("GET", self.path, self.headers.get("Authorization")))
            self._answer(hub.status or 404, {"error": "no"})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
