"""How far a file of questions is answered, for the person who waits."""

from __future__ import annotations

import logging
import sys
import time

from backend.core.paths import shown
from backend.core.runs.journal import Journal
from backend.engine.progress import ProgressLine, duration

logger = logging.getLogger(__name__)

LINE_SECONDS = 10.0
"""Between two lines of progress where there is no terminal."""


class AnswerProgress:
    """How many answers are there, how fast they come and when the last one will: a bar, or a line now and then.

    A context that says at its end what was done in which time.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._line = ProgressLine(sys.stderr, "answer")
        self._before = len(journal.answers)
        self._began = self._told = time.monotonic()

    def __enter__(self) -> AnswerProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.clear()
        answered = len(self._journal.answers) - self._before
        seconds = time.monotonic() - self._began
        if answered:
            logger.info("Answered %s in %.1f s: %.1f a second.", f"{answered:,}", seconds, answered / seconds)

    def show(self) -> None:
        """Tell of one more answer."""
        now = time.monotonic()
        self._line.show(len(self._journal.answers), self._journal.total, self._pace(now))
        if not sys.stderr.isatty() and now - self._told >= LINE_SECONDS:
            self._told = now
            logger.info("%s, %s", self._count(), self._pace(now))

    def stopped(self) -> str:
        """What to tell the person who stops it."""
        return f"Stopped. {self._count()} are kept in {shown(self._journal.path)}: the same command continues."

    def _count(self) -> str:
        return f"{len(self._journal.answers):,} of {self._journal.total:,} answers"

    def _pace(self, now: float) -> str:
        done = len(self._journal.answers)
        speed = (done - self._before) / max(now - self._began, 1e-9)
        return f"{speed:.1f} answers/s, about {duration((self._journal.total - done) / speed)} left" if speed else ""
