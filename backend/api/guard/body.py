"""What may be sent as a body: so much, in so much time, and JSON as the standard has it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from backend.api.errors import Refusal
from backend.api.guard.sender import SAFE_METHODS
from backend.api.guard.size import BODY_BYTES, RAW_BODIES, too_large
from backend.api.strict_json import MalformedJson, require_strict_json

BODY_SECONDS = 30.0
SLOWEST_UPLOAD = 16 * 1024
"""Bytes a second that a file must come with after the first half minute."""
MOST_ARRIVING = 64
MOST_ARRIVING_BYTES = 64 * 2**20
"""Of all bodies under way together."""
PATIENCE_SECONDS = 1.0
"""A hundred small requests that come in the same moment are all whole in the next."""
IN_A_THREAD_BYTES = 64 * 1024
"""Larger bodies are checked in a thread, so that polls are not held up."""


class Arrivals:
    """The bodies under way. Of too many the oldest gives way: what comes whole is never kept out by what trickles."""

    def __init__(self) -> None:
        self._bytes: dict[asyncio.Task[bytes], int] = {}
        self._since: dict[asyncio.Task[bytes], float] = {}

    async def checked(self, request: Request) -> Receive:
        """Read the body up to the limit and require strict JSON; what comes back replays it to the route.

        Raises:
            Refusal: it is too large, too slow, or not JSON.
        """
        if request.method in SAFE_METHODS:
            return request.receive
        if request.scope["path"] in RAW_BODIES:
            return _paced(request.receive)
        body = await self._read(request)
        if body:
            _check_content_type(request)
            await _check_json(body)
        return _replay(body, request.receive)

    async def _read(self, request: Request) -> bytes:
        reading = asyncio.ensure_future(self._collect(request))
        self._bytes[reading], self._since[reading] = 0, time.monotonic()
        self._make_room()
        try:
            await asyncio.wait({reading}, timeout=BODY_SECONDS)
            if reading.done() and not reading.cancelled():
                return reading.result()
            raise Refusal(408, "too_slow", f"The body did not arrive in time: {BODY_SECONDS:.0f} seconds at most.")
        finally:
            reading.cancel()
            del self._bytes[reading], self._since[reading]

    async def _collect(self, request: Request) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > BODY_BYTES:
                    raise too_large()
                chunks.append(chunk)
                me: Any = asyncio.current_task()
                if me in self._bytes:
                    self._bytes[me] = size
                    self._make_room()
            return b"".join(chunks)
        finally:
            chunks.clear()  # an error and its task keep each other, and 16 MiB, until cycles are collected

    def _make_room(self) -> None:
        oldest = next(iter(self._bytes))
        is_slow = time.monotonic() - self._since[oldest] > PATIENCE_SECONDS
        if (len(self._bytes) > MOST_ARRIVING and is_slow) or sum(self._bytes.values()) > MOST_ARRIVING_BYTES:
            oldest.cancel()


async def _check_json(body: bytes) -> None:
    try:
        if len(body) > IN_A_THREAD_BYTES:
            await run_in_threadpool(require_strict_json, body)
        else:
            require_strict_json(body)
    except MalformedJson as error:
        raise Refusal(400, "malformed_json", str(error)) from None


def _check_content_type(request: Request) -> None:
    kind, _, options = request.headers.get("content-type", "").partition(";")
    charset = options.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise Refusal(415, "not_json", "Send JSON with `Content-Type: application/json`.")


def _replay(body: bytes, rest: Receive) -> Receive:
    pending: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else await rest()

    return receive


def _paced(rest: Receive) -> Receive:
    """The pieces of a file, as long as they do not come too slowly."""
    began, size, is_whole = time.monotonic(), 0, False

    async def receive() -> Message:
        nonlocal size, is_whole
        if is_whole:
            return await rest()
        left = began + BODY_SECONDS + size / SLOWEST_UPLOAD - time.monotonic()
        try:
            message = await asyncio.wait_for(rest(), max(left, 0))
        except asyncio.TimeoutError:
            slowest = SLOWEST_UPLOAD // 1024
            raise Refusal(408, "too_slow", f"The file comes at less than {slowest} KiB a second.") from None
        size += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        return message

    return receive
