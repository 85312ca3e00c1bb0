"""A signal ends the work with a sentence, even where a library swallows the exception that it raises."""

from __future__ import annotations

import contextlib
import os
import signal

import pytest

from backend.core.errors import Stopped
from backend.core.processes.stopping import stop_raises


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_raises_the_sentence_of_the_moment(number: signal.Signals) -> None:
    done: list[int] = []

    def work() -> None:
        with stop_raises(lambda: f"Stopped after {len(done)}."):
            for step in range(10):
                done.append(step)
                if step == 2:
                    os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(Stopped, match="after 3"):
        work()
    assert signal.getsignal(number) is before


def test_a_swallowed_stop_is_found_at_the_next_check() -> None:
    reached: list[str] = []

    def work() -> None:
        with stop_raises(lambda: "Stopped.") as check:
            check()
            with contextlib.suppress(Stopped):
                os.kill(os.getpid(), signal.SIGTERM)
            reached.append("behind the library")
            check()

    with pytest.raises(Stopped):
        work()
    assert reached
