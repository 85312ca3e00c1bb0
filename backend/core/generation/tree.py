"""The tree of subtopics: asked of the model and mended, or a built-in grid when the model gives none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from pydantic import BaseModel, Field

from backend.core.data.shingles import normalised
from backend.core.generation.plan import Leaf, Origin

MOST_LEAVES = 400
LEAVES_PER_CALL = 60
"""More would not fit into one answer; then every branch is asked for its own."""

LONGEST_NAME = 120

GRID: dict[str, tuple[str, ...]] = {
    "foundations": (
        "key terms and definitions", "basic principles", "history and origins", "common notation and units",
    ),
    "understanding": (
        "causes and effects", "comparisons and differences", "classification and types", "common misconceptions",
        "limits and exceptions",
    ),
    "practice": (
        "everyday examples", "step-by-step procedures", "typical problems and how to solve them", "tools and methods",
        "measuring and estimating", "safety and mistakes to avoid",
    ),
    "depth": (
        "advanced concepts", "open questions", "links to other fields", "case studies", "edge cases",
        "arguments for and against",
    ),
    "communication": (
        "explaining to a beginner", "summarising for an expert", "planning a lesson or a talk",
        "planning an experiment",
    ),
}  # fmt: skip
"""Aspects that any topic has: the leaves when the model gives none."""


class Branch(BaseModel):
    """A subtopic with narrower ones."""

    name: str = Field(description="the subtopic, in a few words")
    leaves: list[str] = Field(description="narrower subtopics within it, in a few words each, none like another")


class Tree(BaseModel):
    """Two levels of subtopics."""

    branches: list[Branch] = Field(description="subtopics that together cover the topic and do not overlap")


class Labels(BaseModel):
    """The closed set of a classification."""

    labels: list[str] = Field(description="3 to 6 short labels that exclude one another, one or two words each")


def size_for(count: int) -> tuple[int, int]:
    """`(branches, leaves per branch)` for so many records: five a leaf, and more when there are many."""
    leaves = max(1, min(MOST_LEAVES, round(count / 5) if count <= 60 else round(1.6 * math.sqrt(count))))
    branches = max(1, round(math.sqrt(leaves)))
    return branches, math.ceil(leaves / branches)


def tree_calls(count: int) -> int:
    """How many questions the tree takes."""
    branches, each = size_for(count)
    return 1 if branches * each <= LEAVES_PER_CALL else 1 + branches


def leaves_of(branches: Iterable[Branch], count: int) -> list[Leaf]:
    """The leaves of a tree as the model gave it: unique, named, at most as many as `size_for` says.

    Leaves are taken from the branches in turn, so that a cut leaves every branch some.
    """
    wanted = math.prod(size_for(count))
    columns = [[(branch.name.strip(), leaf.strip()) for leaf in branch.leaves] for branch in branches]
    found: list[Leaf] = []
    known: set[str] = set()
    for row in zip_longest(*columns):
        for pair in row:
            if pair is None:
                continue
            branch, name = pair
            same = normalised(name)
            if not same or same in known or len(name) > LONGEST_NAME or len(found) >= min(wanted, count):
                continue
            known.add(same)
            found.append(Leaf(f"l{len(found):03d}", branch[:LONGEST_NAME] or name, name))
    return found


def completed(found: Sequence[Leaf], count: int) -> tuple[list[Leaf], Origin, str]:
    """The model's leaves when there are at least half as many as wanted, else those of the grid, with the reason."""
    wanted = min(math.prod(size_for(count)), count)
    if len(found) * 2 >= wanted:
        return list(found), "model", ""
    return grid(count), "grid", f"The model gave {len(found)} usable subtopics of {wanted}: built-in aspects are used."


def grid(count: int) -> list[Leaf]:
    """The built-in aspects, as many as `size_for` says and there are."""
    wanted = min(math.prod(size_for(count)), count)
    columns = [[(branch, name) for name in names] for branch, names in GRID.items()]
    pairs = [pair for row in zip_longest(*columns) for pair in row if pair][:wanted]
    return [Leaf(f"l{place:03d}", branch, name) for place, (branch, name) in enumerate(pairs)]
