"""How many requests and how much money a run may take, counting those under way at their worst case."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.llm.asking import Usage
from backend.core.llm.prices import Price

FIRST_TOKENS_PER_BYTE = 0.5
"""Of a question's UTF-8; English has 0.25, Chinese 0.3 to 0.5. Replaced by what the server counts."""

SAFETY = 1.1
"""On top of the largest share seen: the next question may be denser."""


@dataclass
class Reserve:
    """What one request under way may come to."""

    prompt_bytes: int
    tokens: float
    cost: float


class Budget:
    """Lets a request go only if the worst case of all under way stays within the limits.

    Args:
        max_calls: requests of the run, those of earlier sittings included; None = no limit.
        max_cost: likewise in money.
        calls, cost: what earlier sittings took.
    """

    def __init__(self, max_calls: int | None, max_cost: float | None, calls: int = 0, cost: float = 0.0) -> None:
        self.max_calls = max_calls
        self.max_cost = max_cost
        self.calls = calls
        self.spent = cost
        self._reserved = 0.0
        self._tokens_per_byte = 0.0

    def reserve(self, prompt_bytes: int, max_tokens: int, price: Price | None) -> Reserve:
        """The worst case of a request: its answer is as long as it may be, none of its question is cached."""
        prompt = prompt_bytes * (self._tokens_per_byte * SAFETY or FIRST_TOKENS_PER_BYTE)
        cost = (prompt * price.input + max_tokens * price.output) / 1e6 if price else 0.0
        return Reserve(prompt_bytes, prompt + max_tokens, cost)

    def allows(self, reserve: Reserve) -> bool:
        """Whether this request fits beside those under way."""
        if self.max_calls is not None and self.calls >= self.max_calls:
            return False
        return self.max_cost is None or self.spent + self._reserved + reserve.cost <= self.max_cost

    def sent(self, reserve: Reserve) -> None:
        """The request leaves."""
        self.calls += 1
        self._reserved += reserve.cost

    def settled(self, reserve: Reserve, usage: Usage | None, cost: float | None) -> None:
        """The request is back: its true cost replaces the worst case, which stays when it is unknown (None)."""
        self._reserved -= reserve.cost
        self.spent += reserve.cost if cost is None else cost
        if usage and reserve.prompt_bytes:
            self._tokens_per_byte = max(self._tokens_per_byte, usage.prompt / reserve.prompt_bytes)

    def reached(self) -> str:
        """Which limit, in a sentence."""
        if self.max_calls is not None and self.calls >= self.max_calls:
            return f"The limit of {self.max_calls:,} requests (max_calls) is reached."
        return f"The next request could take the cost beyond {self.max_cost:g} (max_cost); {self.spent:.4f} is spent."
