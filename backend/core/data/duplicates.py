"""Examples that say the same thing twice: word for word, or nearly so.

Near duplicates are found by one-permutation MinHash over word triples (Li, Owen, Zhang 2012) with banding, and each
candidate pair is then confirmed by its true Jaccard similarity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from backend.core.data.shingles import jaccard, normalised, shingles

BINS = 32
BAND = 2
"""Rows per band: 16 bands of 2 find a pair at similarity 0.8 with probability 1 - (1 - 0.64)^16, above 0.9999999."""
NEAR = 0.8


def exact_duplicates(texts: Sequence[str]) -> list[list[int]]:
    """Groups of positions whose normalised texts are equal."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position, text in enumerate(texts):
        groups[normalised(text)].append(position)
    return [group for group in groups.values() if len(group) > 1]


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Pairs `(position, position, similarity)` of unequal texts with a Jaccard similarity of at least 0.8."""
    runs = [shingles(text) for text in texts]
    pairs = []
    for left, right in sorted(_candidates(runs)):
        similarity = jaccard(runs[left], runs[right])
        if similarity >= NEAR and normalised(texts[left]) != normalised(texts[right]):
            pairs.append((left, right, similarity))
    return pairs


def shared(left: Iterable[str], right: Sequence[str]) -> list[int]:
    """Positions in `right` whose normalised text is also in `left`: leaked from one set into the other."""
    return [position for _, position in leaks(left, right)]


def leaks(left: Iterable[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """As `shared`, each with the first position in `left` that says the same: `(left, right)`."""
    known: dict[str, int] = {}
    for position, text in enumerate(left):
        known.setdefault(normalised(text), position)
    found = ((known.get(normalised(text)), position) for position, text in enumerate(right))
    return [(first, position) for first, position in found if first is not None]


def groups_of(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Positions that pairs join, directly or by way of others, in rising order."""
    leader: dict[int, int] = {}

    def first(position: int) -> int:
        while leader.setdefault(position, position) != position:
            leader[position] = position = leader[leader[position]]
        return position

    for left, right in pairs:
        one, other = sorted((first(left), first(right)))
        leader[other] = one
    groups: dict[int, list[int]] = defaultdict(list)
    for position in sorted(leader):
        groups[first(position)].append(position)
    return list(groups.values())


def _candidates(texts: Sequence[frozenset[int]]) -> set[tuple[int, int]]:
    buckets: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for position, hashes in enumerate(texts):
        signature = _signature(hashes)
        for band in range(0, BINS, BAND):
            rows = tuple(signature[band : band + BAND])
            if any(row >= 0 for row in rows):
                buckets[(band, rows)].append(position)
    found = set()
    for members in buckets.values():
        # A crowded bucket holds boilerplate; comparing neighbours keeps the work linear.
        reach = len(members) if len(members) <= 50 else 5
        for offset, left in enumerate(members):
            found |= {(left, right) for right in members[offset + 1 : offset + 1 + reach]}
    return found


def _signature(hashes: frozenset[int]) -> list[int]:
    """The smallest hash in each of 32 bins; -1 for an empty bin."""
    signature = [-1] * BINS
    for value in hashes:
        place = value % BINS
        if signature[place] < 0 or value < signature[place]:
            signature[place] = value
    return signature
