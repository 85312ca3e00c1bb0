"""How an attempt was lost, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

from backend.cluster.ray_jobs import Seen


@dataclass(frozen=True)
class Loss:
    """An attempt that ended without a word of its own.

    Args:
        sentence: for people.
        counts: 1 = such losses one after the other are too many at some time.
        is_final: another attempt would end alike.
    """

    sentence: str
    counts: int = 1
    is_final: bool = False

    @classmethod
    def of(cls, seen: Seen | None) -> Loss:
        """By what the cluster says of it."""
        if seen is None:
            return cls("The cluster no longer knows the run: it was started anew.")
        if seen.found_no_room:
            return cls("No node had room for the run for so long that the cluster gave up: it is handed in again.", 0)
        if seen.is_broken:
            return cls(f"The node cannot run it: {seen.last_words}", is_final=True)
        return cls(f"The run was lost with its node or killed there: {seen.last_words}")
