"""What a run will write, decided before the first record: places in a tree of subtopics, each with its attributes.

Every wanted record is a slot: a leaf of the tree, a difficulty, a kind of task, a persona, a label. The attributes are
dealt out like cards, from a seed, so that each occurs as often as its share says, whatever the model prefers to write.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any, Literal

Origin = Literal["model", "grid", "documents", "seeds"]

DIFFICULTIES: Mapping[str, int] = {"easy": 3, "medium": 5, "hard": 2}
"""Shares of the mix, in tenths."""


@dataclass(frozen=True)
class Leaf:
    """The narrowest subtopic, or a piece of a document.

    Args:
        id: short and unique within the plan.
        branch: the wider subtopic, or the document's name.
        name: what the leaf is about.
        source: text that the records must be drawn from; empty = the model's own knowledge.
    """

    id: str
    branch: str
    name: str
    source: str = ""

    @property
    def title(self) -> str:
        """Branch and name in one line."""
        return f"{self.branch}: {self.name}" if self.branch and self.branch != self.name else self.name


@dataclass(frozen=True)
class Slot:
    """One record that is wanted.

    Args:
        number: from 0; the record's place in the dataset.
        leaf: id of its leaf; moves when a leaf turns out to be barren.
        label: of a classification, with the closed set it is from.
        evolve: how its task is made harder after it was written; None = not at all.
    """

    number: int
    leaf: str
    difficulty: str = "medium"
    form: str = ""
    persona: str = ""
    label: str = ""
    labels: tuple[str, ...] = ()
    evolve: str | None = None


@dataclass(frozen=True)
class Plan:
    """The tree and its slots.

    Args:
        topic: what the dataset is about.
        origin: where the leaves are from.
        seed: of the dealing.
        leaves: in the order in which they are to be written.
        slots: by number.
    """

    topic: str
    origin: Origin
    seed: int
    leaves: tuple[Leaf, ...]
    slots: tuple[Slot, ...]
    note: str = ""

    def leaf(self, leaf_id: str) -> Leaf:
        """A leaf by its id."""
        return next(leaf for leaf in self.leaves if leaf.id == leaf_id)

    def quotas(self) -> dict[str, int]:
        """Wanted records by leaf id."""
        counts = dict.fromkeys((leaf.id for leaf in self.leaves), 0)
        for slot in self.slots:
            counts[slot.leaf] += 1
        return counts

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in it."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The plan as `plan.json` keeps it."""
        return asdict(self)

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> Plan:
        """The plan of a file that `as_json` gave."""
        return Plan(
            **{
                **content,
                "leaves": tuple(Leaf(**leaf) for leaf in content["leaves"]),
                "slots": tuple(Slot(**{**slot, "labels": tuple(slot["labels"])}) for slot in content["slots"]),
            }
        )


@dataclass(frozen=True)
class Attributes:
    """What is dealt out over the slots.

    Args:
        difficulty: one for all, or `mix`.
        forms: kinds of task.
        personas: whom the records are for; empty = nobody in particular.
        labels: the closed set of a classification.
        evolve: share of the records that are made harder.
        operators: the ways to do that.
    """

    difficulty: str = "mix"
    forms: Sequence[str] = ()
    personas: Sequence[str] = ()
    labels: Sequence[str] = ()
    evolve: float = 0.0
    operators: Sequence[str] = field(default_factory=tuple)


def deal(leaves: Sequence[Leaf], count: int, attributes: Attributes, seed: int) -> tuple[Slot, ...]:
    """The slots: leaves get equal quotas (larger pieces of text larger ones), attributes equal shares.

    Args:
        leaves: at least one.
        count: how many slots.
    """
    order = Random(seed)
    placed = [leaf for leaf, quota in zip(leaves, _quotas(leaves, count), strict=True) for _ in range(quota)]
    order.shuffle(placed)
    difficulties = [attributes.difficulty]
    if attributes.difficulty == "mix":
        difficulties = [name for name, tenths in DIFFICULTIES.items() for _ in range(tenths)]
    evolved = [True] * round(count * attributes.evolve)
    dealt = {
        "difficulty": _cards(difficulties, count, order),
        "form": _cards(attributes.forms or [""], count, order),
        "persona": _cards(attributes.personas or [""], count, order),
        "label": _cards(attributes.labels or [""], count, order),
        "evolve": _cards(attributes.operators or [None], count, order),
    }
    chosen = evolved + [False] * (count - len(evolved))
    order.shuffle(chosen)
    slots = []
    for number, leaf in enumerate(placed):
        own = {name: cards[number] for name, cards in dealt.items()}
        if not chosen[number]:
            own["evolve"] = None
        slots.append(Slot(number=number, leaf=leaf.id, labels=tuple(attributes.labels), **own))
    return tuple(slots)


def moved(slot: Slot, leaf_id: str) -> Slot:
    """The slot in another leaf."""
    return replace(slot, leaf=leaf_id)


def _cards(values: Sequence[Any], count: int, order: Random) -> list[Any]:
    """`count` cards, each value as often as any other of the given ones (give or take one), shuffled."""
    pack = list(values)
    order.shuffle(pack)
    cards = [pack[place % len(pack)] for place in range(count)]
    order.shuffle(cards)
    return cards


def _quotas(leaves: Sequence[Leaf], count: int) -> list[int]:
    """By largest remainder: equal for subtopics, by length for pieces of text."""
    weights = [float(len(leaf.source)) or 1.0 for leaf in leaves]
    total = sum(weights)
    shares = [count * weight / total for weight in weights]
    quotas = [int(share) for share in shares]
    by_rest = sorted(range(len(leaves)), key=lambda place: quotas[place] - shares[place])
    for place in by_rest[: count - sum(quotas)]:
        quotas[place] += 1
    return quotas
