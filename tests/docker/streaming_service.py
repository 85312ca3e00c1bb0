"""A service that streams only as far as it is told to: is what it writes passed on at once?"""

from __future__ import annotations

import json
import select
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

LOOK_SECONDS = 0.05
"""How often a stream that waits looks whether anybody is there."""


class StreamingService:
    """`GET /stream` waits for `go_on` between its two events; `POST /upload` counts what comes, in pieces or whole."""

    def __init__(self) -> None:
        self._may_go_on, self._left = Event(), Event()
        may_go_on, left = self._may_go_on, self._left

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(b"data: first\n\n")
                self.close_connection = True
                while not may_go_on.wait(LOOK_SECONDS):
                    if self._is_alone():
                        left.set()
                        return
                may_go_on.clear()
                self.wfile.write(b"data: second\n\n")

            def _is_alone(self) -> bool:
                readable, _, _ = select.select([self.connection], [], [], 0)
                return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

            def do_POST(self) -> None:
                count = sum(map(len, self._pieces()))
                body = json.dumps({"bytes": count}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _pieces(self) -> Any:
                while size := int(self.rfile.readline(), 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._left = left

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def go_on(self) -> None:
        """Have the stream that waits write its second event."""
        self._may_go_on.set()

    def was_left(self) -> bool:
        """Whether somebody has gone while a stream waited; waits for it."""
        return self._left.wait(20)

    def __enter__(self) -> StreamingService:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
