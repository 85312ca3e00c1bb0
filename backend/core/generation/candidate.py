"""A draft on its way to becoming a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backend.core.generation.formats import Record
from backend.core.generation.plan import Slot
from backend.core.generation.schedule import Order
from backend.core.llm import Reply


@dataclass
class Call:
    """A request for records that is under way.

    Args:
        free: slots that are not filled yet.
        open: drafts that are not decided yet.
        missing: records that the answer should have held and did not.
        surplus: good records for which no slot was left.
    """

    number: int
    order: Order
    key: str
    free: list[Slot]
    open: set[int] = field(default_factory=set)
    missing: int = 0
    surplus: int = 0

    def place_for(self, slot: Slot) -> Slot | None:
        """The slot a record written for `slot` may fill: its own, else one of the call with the same label."""
        fitting = [free for free in self.free if free.label == slot.label]
        return next((free for free in fitting if free.number == slot.number), fitting[0] if fitting else None)


@dataclass
class Candidate:
    """A draft and what is known of it.

    Args:
        slot: that it was written for.
        raw: as the model wrote it.
        record: once it is one.
        todo: steps that are still before it.
    """

    call: Call
    draft: int
    slot: Slot
    raw: Any
    reply: Reply
    record: Record | None = None
    problems: tuple[str, ...] = ()
    todo: list[str] = field(default_factory=list)
    quality: float | None = None
    nearest: str | None = None
    similarity: float | None = None
    flags: list[str] = field(default_factory=list)

    @property
    def tokens(self) -> int | None:
        """Its share of the tokens of its request; None when the server did not tell."""
        usage = self.reply.usage
        return None if usage is None else round((usage.prompt + usage.completion) / len(self.call.order.asked))
