"""Answers on their way: what the worker's thread puts in, a coroutine takes out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from backend.core.errors import PipelineError
from backend.jobs.answering.protocol import Done, Event

Item = tuple[int, Event | PipelineError]
"""Which of the answers, and what came of it."""


class Mailbox(Protocol):
    """Takes what comes, from any thread, without waiting."""

    def put(self, item: Item) -> None:
        """Leave an item for whoever reads."""


class LoopMailbox:
    """Read by a coroutine of the loop that made it; items that pile up wake it once."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._called = False

    def put(self, item: Item) -> None:
        """Leave an item; nobody reads any more once the loop is closed."""
        self._items.append(item)
        if not self._called:
            self._called = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._filled.set)

    async def get(self) -> Item:
        """The next item."""
        while not self._items:
            self._filled.clear()
            self._called = False
            if not self._items:  # one may have come before the flag fell
                await self._filled.wait()
        return self._items.popleft()


class AnswerStream:
    """The events of one or several answers as they come, for a coroutine. Leaving it ends what is still written.

    async with worker.open([request]) as answers:
        async for row, event in answers: ...

    Args:
        mailbox: where the events arrive.
        rows: how many answers; an iteration ends once each is done.
        cancel: ends those still being written; called once, from `close`.
    """

    def __init__(self, mailbox: LoopMailbox, rows: int, cancel: Callable[[], object]) -> None:
        self._mailbox = mailbox
        self._left = rows
        self._cancel = cancel
        self._closed = False

    async def __aenter__(self) -> AnswerStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> AnswerStream:
        return self

    async def __anext__(self) -> tuple[int, Event]:
        """Raises the PipelineError that ended any of the answers."""
        if not self._left:
            raise StopAsyncIteration
        row, event = await self._mailbox.get()
        if isinstance(event, PipelineError):
            raise event
        self._left -= isinstance(event, Done)
        return row, event

    def close(self) -> None:
        """Have the answers end that are still being written; again is nothing."""
        if not self._closed:
            self._closed = True
            if self._left:
                self._cancel()
