"""One connection to the service: uvicorn's own, but what comes too slowly, too large or in two readings is cut.

Uvicorn waits for ever for a head that never ends and for a reader that never reads: five hundred such connections, and
nobody else is served. Here the one that has waited longest gives way to who comes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.api.errors import Problem
from backend.api.framing import fault_of
from backend.api.guard.headers import SECURITY_HEADERS

CONNECTIONS = 512
"""Half of what a process may usually have open."""
HEAD_SECONDS = 10.0
READ_SECONDS = 30.0
"""An answer of which nothing was read for so long is given up."""
LINGER_SECONDS = 2.0
"""After a refusal the rest is read and dropped for so long: to close at once would destroy the answer on its way."""
TITLES = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large"}


class Connection(H11Protocol):
    """The protocol that the server makes for each connection; the server calls `look` every second."""

    waiting_since = 0.0
    _lingering_since: float | None = None
    _unread = 0
    _unread_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """Take it, and let the one go that has waited longest if there are too many."""
        super().connection_made(transport)
        self.waiting_since = self._unread_since = self.loop.time()
        if len(self.connections) > CONNECTIONS:
            make_room(one for one in self.connections if isinstance(one, Connection))

    @property
    def awaits_head(self) -> bool:
        """No request is under way."""
        return self._lingering_since is None and self.conn.their_state is h11.IDLE

    def data_received(self, data: bytes) -> None:
        """Refuse what has two readings before the library reads it."""
        if self._lingering_since is not None:
            return
        if self.awaits_head:
            fault = fault_of(self.conn.trailing_data[0] + data)
            if fault:
                self.refuse(400, "malformed_request", fault)
                return
        super().data_received(data)
        if self.conn.their_state is h11.DONE and self.conn.trailing_data[0]:
            # Sent before the first was answered: it is dropped with the connection, so none can hide in a body.
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """In our own words: called where the library could not read on, with its reason as the current exception."""
        error = sys.exc_info()[1]
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if hint != 431:
            self.refuse(400, "malformed_request", "This is not HTTP/1.1 as its standard has it.")
        elif b"\n" in self.conn.trailing_data[0]:
            self.refuse(431, "headers_too_large", "The headers are too large.")
        else:
            self.refuse(414, "address_too_long", "The address is too long.")

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer what never became a request, and close."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # an answer is half sent
            self.transport.abort()
            return
        request_id = uuid4().hex
        problem = Problem(title=TITLES[status], status=status, detail=detail, code=code, request_id=request_id)
        body = problem.model_dump_json(exclude_none=True).encode()
        headers = {
            **SECURITY_HEADERS, "X-Request-ID": request_id, "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)), "Connection": "close",
        }  # fmt: skip
        lines = [f"HTTP/1.1 {status} {TITLES[status]}", *(f"{name}: {value}" for name, value in headers.items())]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self._linger()

    def on_response_complete(self) -> None:
        """The answer is given; a body that is still coming is not waited for."""
        self.waiting_since = self.loop.time()
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._linger()

    def _linger(self) -> None:
        self._unset_keepalive_if_required()
        self._lingering_since = self.loop.time()
        try:
            self.transport.write_eof()
        except OSError:  # who was to read it has left already
            self.transport.abort()

    def eof_received(self) -> None:
        """Who has said everything need not be lingered for."""
        if self._lingering_since is not None:
            self.transport.close()

    def shutdown(self) -> None:
        """The server stops."""
        if self._lingering_since is not None:
            self.transport.abort()
        else:
            super().shutdown()

    def look(self) -> None:
        """Cut it if it has been too slow."""
        now = self.loop.time()
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._unread, self._unread_since = unread, now
        if now - self._unread_since > READ_SECONDS and unread:
            self.transport.abort()
        elif self._lingering_since is not None:
            if now - self._lingering_since > LINGER_SECONDS:
                self.transport.abort()
        elif self.awaits_head and now - self.waiting_since > HEAD_SECONDS and not self.transport.is_closing():
            if self.conn.trailing_data[0]:
                self.refuse(408, "too_slow", f"The head of the request did not arrive in {HEAD_SECONDS:.0f} seconds.")
            else:
                self.transport.abort()


def make_room(connections: Iterable[Connection]) -> None:
    """Let the connection go that has waited longest without a request; nobody when all have one."""
    waiting = [one for one in connections if one.awaits_head or one.transport.is_closing()]
    if waiting:
        longest = min(waiting, key=lambda one: one.waiting_since)
        longest.connections.discard(longest)
        longest.transport.abort()
