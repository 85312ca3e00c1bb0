"""Ctrl-C and TERM while questions are under way: once to end in order, twice to end at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backend.core.llm.stops import Cancelled


@contextmanager
def signals_cancel(loop: asyncio.AbstractEventLoop, cancel: Callable[[], None]) -> Iterator[None]:
    """The first signal ends the run in order, a second one at once."""
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    asked: list[int] = []

    def on_signal() -> None:
        if asked:
            os._exit(Cancelled.exit_code)
        asked.append(1)
        cancel()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
