"""What takes a child process seconds to find out, given up as soon as the client has left."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from backend.api.sse import while_connected

T = TypeVar("T")


async def while_wanted(request: Request, work: Callable[[Callable[[], bool]], T]) -> T:
    """What the work finds out in a thread; it is given a way to see that nobody waits for it any more."""
    unwanted = Event()

    async def wait() -> T:
        try:
            return await run_in_threadpool(work, unwanted.is_set)
        finally:
            unwanted.set()

    return await while_connected(request.receive, wait())
