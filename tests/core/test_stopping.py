"""A signal ends the work with a sentence, even where a library swallows the exception that it raises."""

from __future__ import annotations

import os
import signal

import pytest

from backend.core.errors import Stopped
from backend.core.stopping import stop_raises


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_raises_the_sentence_of_the_moment(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    done = 0
    with pytest.raises(Stopped, match="after 3"), stop_raises(lambda: f"Stopped after {done}."):
        for done in range(1, 10):  # noqa: B007 - the sentence reads it
            if done == 3:
                os.kill(os.getpid(), number)
    assert Stopped.exit_code == 4
    assert signal.getsignal(number) is before


def test_a_swallowed_stop_is_found_at_the_next_check() -> None:
    with pytest.raises(Stopped), stop_raises(lambda: "Stopped.") as check:
        check()
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Stopped:
            swallowed = True
        assert swallowed
        check()
