"""When the next request may leave: one gate for all of them.

A server that says "too many" closes the gate for everybody until the time it named. The number of requests under way
follows it like a network's window does (additive increase, multiplicative decrease): x 0.7 once per episode, one more
after as many clean answers as there may be requests. Other server errors only hold the growth.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field

SHRINK = 0.7
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds of the pause when the server does not say for how long; doubled while nothing succeeds."""
MINUTE = 60.0


@dataclass
class Window:
    """How much happened in the last minute, against a limit; None = no limit."""

    limit: float | None
    _entries: deque[list[float]] = field(default_factory=deque)
    _sum: float = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much more fits; an amount above the limit itself waits for an empty window."""
        if self.limit is None:
            return 0.0
        while self._entries and self._entries[0][0] <= now - MINUTE:
            self._sum -= self._entries.popleft()[1]
        spare = self.limit - self._sum
        if not self._entries or amount <= spare:
            return 0.0
        for moment, size in self._entries:
            spare += size
            if amount <= spare:
                return moment + MINUTE - now
        return self._entries[-1][0] + MINUTE - now

    def add(self, amount: float, now: float) -> list[float]:
        """Note an amount; the entry can be corrected with `correct` once the true one is known."""
        entry = [now, amount]
        if self.limit is not None:
            self._entries.append(entry)
            self._sum += amount
        return entry

    def correct(self, entry: list[float], amount: float) -> None:
        """Put the true amount in place of the estimate."""
        if self.limit is not None and self._entries and entry[0] >= self._entries[0][0]:
            self._sum += amount - entry[1]
        entry[1] = amount


class Gate:
    """Says how many requests may be under way and from when; all times are seconds of one monotonic clock.

    Args:
        concurrency: the most requests under way.
        requests_per_minute: never more in any 60 seconds.
        tokens_per_minute: likewise; estimates at first, the server's figures once they are known.
        seed: of the jitter.
    """

    def __init__(
        self, concurrency: int, requests_per_minute: int | None, tokens_per_minute: int | None, seed: int = 0
    ) -> None:
        self.ceiling = concurrency
        self.limit = concurrency
        self.opens_at = -math.inf
        self.requests = Window(requests_per_minute)
        self.tokens = Window(tokens_per_minute)
        self.probing = False
        """One request at a time until one succeeds: how the server wants to be asked is being found out."""
        self._random = random.Random(seed)
        self._clean = 0
        self._episodes = 0
        self._shrunk_at = -math.inf

    def room(self, in_flight: int) -> bool:
        """Whether one more request may be under way, whatever the time."""
        return in_flight < (1 if self.probing else self.limit)

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until a request of so many tokens may leave; 0 = now."""
        return max(0.0, self.opens_at - now, self.requests.wait(1, now), self.tokens.wait(tokens, now))

    def sent(self, tokens: float, now: float) -> list[float]:
        """Note a request that leaves; the entry is for `settled`."""
        self.requests.add(1, now)
        return self.tokens.add(tokens, now)

    def settled(self, entry: list[float], tokens: float | None) -> None:
        """Put the true number of tokens in; None = the server did not say."""
        if tokens is not None:
            self.tokens.correct(entry, tokens)

    def succeeded(self) -> None:
        """A clean answer: after enough of them one more request may be under way."""
        self._episodes, self.probing = 0, False
        self._clean += 1
        if self._clean >= self.limit and self.limit < self.ceiling:
            self.limit, self._clean = self.limit + 1, 0

    def troubled(self) -> None:
        """A server error: no growth for now."""
        self._clean = 0

    def put_off(self, retry_after: float | None, sent_at: float, now: float) -> float:
        """The server asked to wait: nobody sends before. Returns the seconds until the gate opens.

        Args:
            retry_after: what the server said; None = it did not.
            sent_at: when that request left. One that left before the last shrinking belongs to the same episode.
        """
        if sent_at >= self._shrunk_at:
            self.limit, self._clean = max(1, math.floor(self.limit * SHRINK)), 0
            self._shrunk_at = now
            self._episodes += 1
        if retry_after is None:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._episodes - 1, 10))
            retry_after = pause * self._random.uniform(0.75, 1.0) if self.opens_at <= now else 0.0
        self.opens_at = max(self.opens_at, now + retry_after)
        return self.opens_at - now
