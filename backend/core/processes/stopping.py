"""TERM and Ctrl-C for work that keeps what is done and may be left at any moment."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from backend.core.errors import Stopped


@contextmanager
def stop_raises(sentence: Callable[[], str]) -> Iterator[Callable[[], None]]:
    """Inside the block either signal raises Stopped; call from the main thread.

    Args:
        sentence: what to tell the person, made when the signal comes.

    Yields:
        a check to call now and then: an exception raised by a signal is lost where a library swallows it.
    """
    asked: list[int] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        raise Stopped(sentence())

    def check() -> None:
        if asked:
            raise Stopped(sentence())

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
