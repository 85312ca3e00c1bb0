"""What asks, and what a pool works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from backend.core.llm.asking import Ask, Reply
from backend.core.llm.budget import Budget
from backend.core.llm.errand import Errand
from backend.core.llm.gate import Gate
from backend.core.llm.journal import Journal
from backend.core.llm.ladder import Ladder
from backend.core.llm.ledger import Ledger
from backend.core.llm.prices import Price, Prices, price_for
from backend.core.llm.progress import Progress
from backend.core.llm.service import Service
from backend.core.params.llm import LLMParams


class Source(Protocol):
    """What asks: pulled whenever a place is free."""

    def next(self) -> Ask | None:
        """The next question; None = none now. It is asked again after the next reply; the end is when none is out."""
        ...

    def done(self, reply: Reply) -> None:
        """Receive what came of a question; it is in the journal already."""
        ...


@dataclass
class Kit:
    """What a pool works with; it belongs to the session and outlives the pool."""

    params: LLMParams
    model: str
    service: Service
    gate: Gate
    budget: Budget
    prices: Prices
    journal: Journal
    ledger: Ledger
    progress: Progress
    ladders: dict[str, Ladder]
    new_ladder: Callable[[], Ladder]

    def errand(self, ask: Ask, now: float) -> Errand:
        """The question, ready to be sent."""
        mock = self.ledger.totals.mock
        return Errand(
            ask, ask.model or self.model, ask.max_tokens, now, cost=None if mock else 0.0, flags=["mock"] * mock
        )

    def price(self, model: str) -> Price | None:
        """The model's price. Raises InvalidInput when there is none and `max_cost` needs one."""
        return price_for(self.prices, model, self.params, self.ledger.totals.mock)
