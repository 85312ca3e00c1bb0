"""How many requests are open at once, and how many answers are written piece by piece."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Scope

from backend.api.errors import Refusal
from backend.api.guard.listening import arrived_on_loopback

MOST_AT_ONCE = 256
"""Open streams included; a poll takes milliseconds, so more are no dashboard."""
SIGN_OF_LIFE = "/health"
"""Whoever restarts a service that does not answer must not take a busy one for a dead one."""
MOST_STREAMS = 128
MOST_STREAMS_OF_ONE = 32
"""From one address elsewhere; all programs of this machine come from one address. A browser opens six connections."""


class Crowd:
    """Whoever is being served."""

    def __init__(self) -> None:
        self._requests = 0
        self._streams: Counter[str] = Counter()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """For as long as a request is open; refused ones count too, as they take their time as well."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    def check(self, scope: Scope) -> None:
        """Raises Refusal 503 when this request is one too many; the sign of life never is."""
        if self._requests > MOST_AT_ONCE and scope["path"] != SIGN_OF_LIFE:
            raise Refusal(503, "too_many_at_once", f"{MOST_AT_ONCE} requests are open already: try again soon.")

    @contextmanager
    def streaming(self, scope: Scope) -> Iterator[None]:
        """For as long as an answer is streamed.

        Raises:
            Refusal: 429, this peer or all together have as many as there may be.
        """
        peer = str(scope["client"][0]) if scope.get("client") else ""
        most = MOST_STREAMS if arrived_on_loopback(scope) else MOST_STREAMS_OF_ONE
        if self._streams[peer] >= most or self._streams.total() >= MOST_STREAMS:
            raise Refusal(
                429, "too_many_streams",
                f"{most} answers are streamed already: let one end, or ask without `stream`.",
                {"Retry-After": "5"},
            )  # fmt: skip
        self._streams[peer] += 1
        try:
            yield
        finally:
            self._streams[peer] -= 1
            if not self._streams[peer]:
                del self._streams[peer]
