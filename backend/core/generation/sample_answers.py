"""What test mode writes in place of a model: valid records of every type, seeded, unlike one another, and marked."""

from __future__ import annotations

from random import Random
from typing import Any

from backend.core.generation.formats import Draft, Format
from backend.core.generation.plan import Leaf, Slot
from backend.core.generation.tree import GRID

MARK = "MOCK"

_WORD_LIST = (
    "amber anchor apple arrow autumn basin beacon birch blossom bottle branch bridge bronze canal candle canyon "
    "carbon castle cedar chalk cliff clock cloud coast copper coral cotton crystal desert dune eagle echo ember "
    "engine fabric falcon feather fern field flame forest fossil fountain garden glacier granite gravel harbour "
    "harvest hazel hollow horizon island ivory jasper jungle kettle ladder lagoon lantern lattice lemon lichen "
    "lily linen magnet maple marble meadow mirror morning moss mountain needle nettle oasis ocean olive orchard "
    "otter oyster palace paper pasture pebble pendulum pepper pillar pine planet plateau pollen prairie prism "
    "quarry quartz rain raven reed ridge ripple river saddle saffron salmon sand sapphire shadow shell silver "
    "slate spark spiral spring spruce stone storm summit sunset thicket thistle thread thunder timber torch tower "
    "tulip tunnel valley velvet violet walnut water willow window wool"
)
_WORDS = _WORD_LIST.split()


def branches(count: int, each: int) -> dict[str, Any]:
    """A tree of the built-in aspects, with numbered names beyond them."""
    names = list(GRID)
    made = []
    for place in range(count):
        name = names[place] if place < len(names) else f"field {place + 1}"
        own = list(GRID.get(name, ()))[:each]
        made.append({"name": name, "leaves": [*own, *(f"{name}, part {n + 1}" for n in range(len(own), each))]})
    return {"branches": made}


def labels() -> dict[str, Any]:
    """A closed set."""
    return {"labels": ["theory", "practice", "history"]}


def draft(form: Format, leaf: Leaf, slot: Slot, random: Random) -> Draft:
    """A record as a model would write it."""
    task = f"{MARK}: {slot.form or 'a task'} about {leaf.name}, with {_some(random, 12)}."
    answer = f"{MARK}: {_some(random, 16).capitalize()}."
    result = str(random.randrange(1000))
    made: dict[str, Draft] = {
        "instruction": {"input": task, "output": answer},
        "qa": {"input": task, "output": answer, "evidence": _quotation(leaf)},
        "chat": {
            "messages": [
                {"role": "user", "content": task},
                {"role": "assistant", "content": answer},
                {"role": "user", "content": f"And with {_some(random, 6)}?"},
                {"role": "assistant", "content": f"{MARK}: {_some(random, 8)}."},
            ]
        },
        "classification": {"input": task, "output": slot.label},
        "cot": {"input": task, "reasoning": f"{answer}\nSo the result is {result}.", "answer": result},
        "preference": {"input": task, "chosen": answer, "rejected": f"{MARK}: {_some(random, 5)}."},
    }
    return made[form.name]


def _some(random: Random, count: int) -> str:
    return " ".join(random.choice(_WORDS) for _ in range(count))


def _quotation(leaf: Leaf) -> str:
    return " ".join(leaf.source.split()[:12])
