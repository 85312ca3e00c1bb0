"""Questions that wait for their next try, the one that is due first in front."""

from __future__ import annotations

import heapq
import itertools
import math

from backend.core.llm.errand import Errand


class Waiting:
    """A queue by due time."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Errand]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, errand: Errand) -> None:
        """Add a question, behind those that are due at the same time."""
        heapq.heappush(self._heap, (errand.due, next(self._order), errand))

    def put_back(self, errand: Errand) -> None:
        """Add one that could not leave, before those that are due at the same time."""
        heapq.heappush(self._heap, (errand.due, -next(self._order), errand))

    def take(self, now: float) -> Errand | None:
        """The question in front, if it is due."""
        return heapq.heappop(self._heap)[2] if self._heap and self._heap[0][0] <= now else None

    @property
    def next_due(self) -> float:
        """When the one in front is due; infinite when there is none."""
        return self._heap[0][0] if self._heap else math.inf
