"""Work handed to an event loop in another thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from backend.jobs.answering.loop_thread import LoopThread


async def _answer() -> int:
    await asyncio.sleep(0)
    return 42


async def _never(began: asyncio.Event) -> int:
    began.set()
    await asyncio.Future()
    return 0


def test_calls_keep_their_order_and_results_come_back() -> None:
    thread = LoopThread("test")
    seen: list[int] = []
    for number in range(100):
        thread.call(seen.append, number)
    assert thread.result(_answer(), 0) == 42
    assert seen == list(range(100))
    thread.stop()


def test_nobody_waits_for_a_thread_that_has_stopped() -> None:
    thread = LoopThread("test")
    began = asyncio.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(thread.result, _never(began), -1)
        thread.result(began.wait(), False)
        thread.stop()
        assert waiting.result(10) == -1
    assert thread.result(_answer(), -1) == -1
    thread.call(began.set)
    thread.stop()
