"""A training and a test part that share nothing: what belongs together goes to the same side.

Records belong together when they are of the same leaf, when their questions are alike, or when they share long runs of
words. Whole groups are dealt out, so the test part may be a little larger or smaller than asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from backend.core.data.shingles import ShingleIndex, shingles
from backend.core.errors import FinishedBelow
from backend.core.generation.contamination import ALIKE, ANY_RUN, QUESTION_RUN, long_runs


@dataclass(frozen=True)
class Split:
    """Positions of the records on each side, ascending.

    Args:
        groups: how many groups there were to deal out.
        leaves_together: whether every leaf is on one side only.
    """

    train: tuple[int, ...]
    test: tuple[int, ...]
    groups: int
    leaves_together: bool


def split_groups(records: Sequence[Mapping[str, Any]], leaves: Sequence[str], share: float, seed: int) -> Split:
    """Deal the groups out.

    Args:
        records: with `input` and `output`.
        leaves: the leaf of each.
        share: of the test part, above 0 and below 1.

    Raises:
        FinishedBelow: everything belongs together, so no split is free of leaks.
    """
    texts = list(_same_text(records))
    for together in (True, False):  # one leaf alone, or a tree of two with one nearly empty, cannot be kept whole
        links = [*texts, *_same_leaf(leaves)] if together else texts
        groups = _groups(len(records), links)
        if len(groups) > 1:
            test = _chosen(groups, share, seed)
            train = tuple(place for place in range(len(records)) if place not in test)
            return Split(train, tuple(sorted(test)), len(groups), together)
    raise FinishedBelow(
        f"The {len(records)} records share so much of their wording that no split is free of leaks: publish them "
        "without --split, or make more."
    )


def _same_leaf(leaves: Sequence[str]) -> Iterable[tuple[int, int]]:
    return _chained(enumerate(leaves))


def _same_text(records: Sequence[Mapping[str, Any]]) -> Iterable[tuple[int, int]]:
    """Pairs that are alike, or share a run of 8 words in the question or of 13 anywhere."""
    index = ShingleIndex[int]()
    for place, record in enumerate(records):
        runs = shingles(record["input"])
        yield from ((other, place) for other in index.alike(runs, ALIKE))
        index.add(place, runs)
    yield from _chained(
        (place, run) for place, record in enumerate(records) for run in long_runs(record["input"], QUESTION_RUN)
    )
    yield from _chained(
        (place, run)
        for place, record in enumerate(records)
        for run in long_runs(f"{record['input']}\n{record['output']}", ANY_RUN)
    )


def _chained(holders: Iterable[tuple[int, Hashable]]) -> Iterable[tuple[int, int]]:
    """Each place with the one before it that holds the same."""
    last: dict[Hashable, int] = {}
    for place, held in holders:
        if held in last:
            yield last[held], place
        last[held] = place


def _groups(count: int, links: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected components, by union and find."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for left, right in links:
        parent[root(right)] = root(left)
    members: dict[int, list[int]] = defaultdict(list)
    for place in range(count):
        members[root(place)].append(place)
    return list(members.values())


def _chosen(groups: Sequence[Sequence[int]], share: float, seed: int) -> set[int]:
    """The places of the test part: groups in a seeded order while they fit, and one more where that comes nearer."""
    order = sorted(groups, key=min)
    Random(seed).shuffle(order)
    wanted = share * sum(map(len, order))
    chosen: list[Sequence[int]] = []
    size, rest = 0, []
    for group in order:
        if size + len(group) <= wanted:
            chosen.append(group)
            size += len(group)
        else:
            rest.append(group)
    smallest = min(rest, key=len, default=None)
    if smallest and len(rest) > 1 and (not chosen or size + len(smallest) - wanted < wanted - size):
        chosen.append(smallest)
    return {place for group in chosen for place in group}
