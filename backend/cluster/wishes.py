"""What the service asks of a carrier, by signals."""

from __future__ import annotations

import signal
from collections.abc import Callable
from enum import IntEnum
from types import FrameType


class Wish(IntEnum):
    """What is asked of the run; of several wishes the highest counts."""

    go_on = 0
    stop = 1
    force = 2
    leave = 3


SIGNALS = {signal.SIGTERM: Wish.stop, signal.SIGUSR2: Wish.force, signal.SIGHUP: Wish.leave}


class Wishes:
    """Hears the signals from now on; made in the main thread."""

    def __init__(self) -> None:
        self.highest = Wish.go_on
        for number, wish in SIGNALS.items():
            signal.signal(number, self._hearing(wish))

    @property
    def end_it(self) -> bool:
        """Whether the run is not to go on, or not with us."""
        return self.highest is not Wish.go_on

    def _hearing(self, wish: Wish) -> Callable[[int, FrameType | None], None]:
        def hear(number: int, frame: FrameType | None) -> None:
            self.highest = max(self.highest, wish)

        return hear
