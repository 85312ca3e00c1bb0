"""Answers that take their time: sent as server-sent events or whole, and given up as soon as the client has left."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, nullcontext
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

PING_SECONDS = 15.0
PING = b": still here\n\n"
"""A comment, which readers of events skip: proxies drop what is silent, and who left shows when written to."""


class ClientGone(Exception):
    """Nobody is there any more to answer."""


class EventStream(Response):
    """Server-sent events from a generator. However the sending ends, the generator is closed and `close` called.

    Args:
        events: the lines to send, each already an event.
        close: lets go of what the events come from; also called, and awaited, when the generator never began.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], close: Callable[[], object]) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        crowd = scope.get("state", {}).get("crowd")
        try:
            with crowd.streaming(scope) if crowd else nullcontext():
                await while_connected(receive, self._send(send))
        except ClientGone:
            pass
        finally:
            await self._events.aclose()
            closing = self._close()
            if inspect.isawaitable(closing):
                await closing

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(_with_pings(self._events)) as events:
            async for event in events:
                await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _with_pings(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The events, and a ping whenever none came for a while."""

    async def next_one() -> bytes | None:
        return await anext(events, None)

    coming = asyncio.ensure_future(next_one())
    try:
        while True:
            await asyncio.wait({coming}, timeout=PING_SECONDS)
            if not coming.done():
                yield PING
                continue
            event = coming.result()
            if event is None:
                return
            yield event
            coming = asyncio.ensure_future(next_one())
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def event(content: Any) -> bytes:
    """One event with JSON in it."""
    return b"data: " + json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, or raises.

    Args:
        receive: of a request whose body has been read.

    Raises:
        ClientGone: the client left first; the work was cancelled.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def client_gone(_: Request, __: Exception) -> Response:
    """What nobody reads."""
    return Response(status_code=499)
