"""How often each peer gave a wrong token of late: guessing must stay slow, even when the token is a short one."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from backend.api.errors import Refusal

MOST_FAILURES = 10
WINDOW_SECONDS = 60.0
MOST_PEERS = 1024
"""Of more, the one whose last failure is the oldest is forgotten."""


class Attempts:
    """The failures of the last minute, by peer.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def require_few(self, peer: str) -> None:
        """Ask before a token is compared.

        Raises:
            Refusal: 429, the peer has to wait. With a right token too: else guessing would go on all the same.
        """
        failures = self._failures.get(peer)
        if failures is None or len(failures) < MOST_FAILURES:
            return
        left = failures[0] + WINDOW_SECONDS - self._clock()
        if left > 0:
            raise Refusal(
                429, "too_many_attempts", f"{MOST_FAILURES} wrong tokens within a minute: wait, then try again.",
                {"Retry-After": str(math.ceil(left))},
            )  # fmt: skip

    def failed(self, peer: str) -> None:
        """Note a wrong token."""
        self._failures.setdefault(peer, deque(maxlen=MOST_FAILURES)).append(self._clock())
        self._failures.move_to_end(peer)
        if len(self._failures) > MOST_PEERS:
            self._failures.popitem(last=False)
