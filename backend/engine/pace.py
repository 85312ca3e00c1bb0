"""How fast a run goes: the time it still takes, and by how much that may be wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

FEWEST = 5
"""Steps before any time is told: one alone, the first, took 3 to 20 times as long as those after it."""
SIGMAS = 2.0


class Pace:
    """The steps of this start of a run, timed from the end of one to the end of the next.

    What happens between two steps (an evaluation, a checkpoint) thus counts; what was done before a resume does not,
    and neither does the first step, in which everything is set up.

    Args:
        clock: tells seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps = 0
        self._clock = clock
        self._began = self._last = clock()
        self._mean = self._squares = 0.0

    def step(self) -> None:
        """A step has ended."""
        now = self._clock()
        self.steps += 1
        if (timed := self.steps - 1) > 0:  # Welford's way: one pass, and no difference of large numbers
            off = now - self._last - self._mean
            self._mean += off / timed
            self._squares += off * (now - self._last - self._mean)
        self._last = now

    @property
    def seconds_so_far(self) -> float:
        """Since the start, the first step included."""
        return self._clock() - self._began

    @property
    def seconds_per_step(self) -> float | None:
        """The mean; None before there is one to trust."""
        return self._mean if self.steps >= FEWEST else None

    def left(self, steps: int) -> tuple[float, float] | None:
        """Seconds that so many further steps take, and by how much it may be less or more, 19 times of 20.

        Their times scatter about the mean, and a mean of few is itself uncertain: with every step the range tightens.
        """
        if self.seconds_per_step is None:
            return None
        timed = self.steps - 1
        variance = self._squares / (timed - 1)
        return self._mean * steps, SIGMAS * math.sqrt(variance * (steps + steps**2 / timed))
