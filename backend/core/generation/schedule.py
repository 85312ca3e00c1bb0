"""Which slots are asked for next, and where those go that their leaf cannot fill."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from backend.core.generation.plan import Leaf, Plan, Slot, moved

REFUSED_SHARE = 0.3
FEWEST_JUDGED = 5
"""A leaf whose drafts are refused more often than this, among at least so many, is given up."""

BARREN_DRAFTS = 10
"""Drafts of a leaf in a row without one that was accepted, after which it has nothing more to give."""

EXHAUSTED_DRAFTS = 40
"""The same for the whole topic."""

LEAST_RATE = 0.2
"""When little is accepted more is asked for at once, up to this share."""


@dataclass
class LeafState:
    """How a leaf fares.

    Args:
        waiting: slots nobody is writing.
        batch: records to ask for at once; halved when an answer was cut off.
        drafts, refused, accepted: counts of drafts.
        fruitless: drafts since the last accepted one.
        closed: why it gets no more requests; empty = it does.
    """

    leaf: Leaf
    batch: int
    waiting: deque[Slot] = field(default_factory=deque)
    drafts: int = 0
    refused: int = 0
    accepted: int = 0
    fruitless: int = 0
    closed: str = ""


@dataclass(frozen=True)
class Order:
    """A request to be made.

    Args:
        slots: to be filled.
        asked: specifications in order, at least one for each slot; further ones are spares.
    """

    leaf: Leaf
    slots: tuple[Slot, ...]
    asked: tuple[Slot, ...]


class Schedule:
    """The slots of a plan that are not filled yet.

    Args:
        plan: with its leaves.
        batch: most records in a request.
    """

    def __init__(self, plan: Plan, batch: int) -> None:
        self.batch = batch
        self.states = {leaf.id: LeafState(leaf, batch) for leaf in plan.leaves}
        self.moves: list[tuple[str, str, int]] = []
        for slot in plan.slots:
            self.states[slot.leaf].waiting.append(slot)
        self._turns = deque(self.states)
        self._drafts = self._accepted = self._fruitless = 0

    @property
    def exhausted(self) -> str:
        """Why nothing more is to be expected; empty = something is."""
        if all(state.closed for state in self.states.values()):
            return "every subtopic was given up"
        if self._fruitless >= EXHAUSTED_DRAFTS:
            return f"the topic is exhausted, nothing new in the last {self._fruitless} records"
        return ""

    @property
    def waiting(self) -> int:
        """Slots that nobody is writing."""
        return sum(len(state.waiting) for state in self.states.values())

    def take(self) -> Order | None:
        """The next request, each leaf in turn; None when no slot waits or none can be filled."""
        if self.exhausted:
            return None
        for _ in range(len(self._turns)):
            state = self.states[self._turns[0]]
            self._turns.rotate(-1)
            if state.waiting and not state.closed:
                slots = tuple(state.waiting.popleft() for _ in range(min(state.batch, len(state.waiting))))
                count = min(state.batch, math.ceil(len(slots) / self._rate()))
                return Order(state.leaf, slots, tuple(slots[place % len(slots)] for place in range(count)))
        return None

    def claim(self, leaf_id: str, numbers: Sequence[int]) -> tuple[Slot, ...]:
        """Take certain slots out, for a request that a stopped run had made; those filled meanwhile stay away."""
        found = []
        for state in self.states.values():
            for slot in [slot for slot in state.waiting if slot.number in numbers]:
                state.waiting.remove(slot)
                found.append(replace(slot, leaf=leaf_id))
        return tuple(sorted(found, key=lambda slot: numbers.index(slot.number)))

    def give_back(self, slots: Sequence[Slot]) -> None:
        """Slots that a request did not fill wait again, in an open leaf."""
        for slot in slots:
            target = self._home(slot)
            self.states[target].waiting.append(slot if target == slot.leaf else moved(slot, target))

    def note(self, leaf_id: str, *, accepted: int = 0, refused: int = 0, other: int = 0) -> None:
        """Drafts of a leaf were decided."""
        state = self.states[leaf_id]
        lost = refused + other
        state.drafts += accepted + lost
        state.accepted += accepted
        state.refused += refused
        self._drafts += accepted + lost
        self._accepted += accepted
        state.fruitless = 0 if accepted else state.fruitless + lost
        self._fruitless = 0 if accepted else self._fruitless + lost
        self._judge(state)

    def shorten(self, leaf_id: str) -> None:
        """An answer was cut off: ask this leaf for fewer records at once."""
        self.states[leaf_id].batch = max(1, self.states[leaf_id].batch // 2)

    def _rate(self) -> float:
        """The share of drafts that is accepted, once it can be told."""
        if self._drafts < FEWEST_JUDGED:
            return 1.0
        return max(LEAST_RATE, self._accepted / self._drafts)

    def _judge(self, state: LeafState) -> None:
        if state.closed:
            return
        if state.drafts >= FEWEST_JUDGED and state.refused > REFUSED_SHARE * state.drafts:
            state.closed = f"the model declined {state.refused} of {state.drafts} records"
        elif state.fruitless >= BARREN_DRAFTS and self._others_open(state):
            state.closed = f"nothing new in the last {state.fruitless} records"
        if state.closed:
            slots = list(state.waiting)
            state.waiting.clear()
            self.give_back(slots)

    def _others_open(self, state: LeafState) -> bool:
        """Whether its slots could go elsewhere; the last leaf is asked until the whole topic counts as exhausted."""
        return any(not other.closed for other in self.states.values() if other is not state)

    def _home(self, slot: Slot) -> str:
        """The slot's own leaf while it is open, else the open leaf that has given most for what it was asked."""
        if not self.states[slot.leaf].closed:
            return slot.leaf
        open_ones = [leaf_id for leaf_id, state in self.states.items() if not state.closed]
        if not open_ones:
            return slot.leaf

        def promise(leaf_id: str) -> tuple[float, int]:
            state = self.states[leaf_id]
            return ((state.accepted + 1) / (state.drafts + 2), -len(state.waiting))

        target = max(open_ones, key=promise)
        self.moves.append((slot.leaf, target, slot.number))
        return target
