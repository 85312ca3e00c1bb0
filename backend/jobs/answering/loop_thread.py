"""An event loop in a thread of its own: what runs there needs no locks, and blocks nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

LOOK_SECONDS = 0.5
"""How often somebody who waits looks whether the thread is still there."""


class LoopThread:
    """Runs from its making until `stop`.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Have a function called there, soon; calls keep their order, and come to nothing once it has stopped."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def result(self, work: Coroutine[Any, Any, T], otherwise: T) -> T:
        """Wait for a coroutine that runs there; not for use in the thread itself.

        Args:
            work: what to run.
            otherwise: stands for its result when the thread stops first.
        """
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            return otherwise
        while not future.done() and self._thread.is_alive():
            wait([future], LOOK_SECONDS)
        return otherwise if future.cancelled() or not future.done() else future.result()

    def stop(self) -> None:
        """End the loop and wait for its thread."""
        self.call(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._wind_up())
            self._loop.close()

    async def _wind_up(self) -> None:
        left = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_default_executor()
