"""Texts as words and as sets of word triples, in any script: what duplicates and leaks are recognised by.

A text without spaces between its words (Chinese, Japanese, Thai, ...) counts character by character. Combining marks
belong to their letter: without them Hindi or Thai texts that differ would look alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

WIDTH = 3
"""Words per shingle: one changed word in the middle leaves 18 words 68 % alike (Jaccard), and 7 words 25 %."""

K = TypeVar("K", bound=Hashable)

_ASCII_WORD = re.compile(r"\w+")
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def words(text: str) -> list[str]:
    """The text's words in one form: compatibility characters unified (NFKC), case folded, punctuation gone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    found: list[str] = []
    joins = False  # whether the next letter continues the last word
    for character in folded:
        kind = unicodedata.category(character)[0]
        if kind == "M" and found:
            found[-1] += character
        elif kind in "LN" or character == "_":
            alone = _stands_alone(character)
            if joins and not alone:
                found[-1] += character
            else:
                found.append(character)
            joins = not alone
        else:
            joins = False
    return found


def normalised(text: str) -> str:
    """The words with single spaces between, so that case, spacing and punctuation do not hide a duplicate."""
    return " ".join(words(text))


def shingles(text: str, width: int = WIDTH) -> frozenset[int]:
    """Every run of `width` words as a 64-bit hash; a shorter text is one run. Empty only for a text without words."""
    return runs_of(words(text), width)


def runs_of(tokens: Sequence[str], width: int = WIDTH) -> frozenset[int]:
    """The same for words that are there already."""
    if not tokens:
        return frozenset()
    runs = (" ".join(tokens[start : start + width]) for start in range(max(1, len(tokens) - width + 1)))
    return frozenset(int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs)


def jaccard(left: frozenset[int], right: frozenset[int]) -> float:
    """Shared runs among all runs of both: 1 = the same, 0 = nothing in common, or nothing at all."""
    union = len(left | right)
    return len(left & right) / union if union else 0.0


class Neighbour(NamedTuple, Generic[K]):
    """The text of an index that is most alike, and how much (Jaccard)."""

    key: K
    similarity: float


class ShingleIndex(Generic[K]):
    """Texts that grow in number, each compared with all before it by an inverted index: exact, without all pairs.

    3,300 texts of 18 words take a tenth of a second; comparing all pairs one by one takes minutes.
    """

    def __init__(self) -> None:
        self._texts: dict[K, frozenset[int]] = {}
        self._holders: dict[int, list[K]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, key: K, runs: frozenset[int]) -> None:
        """Take a text in under a key that is not taken."""
        self._texts[key] = runs
        for run in runs:
            self._holders[run].append(key)

    def nearest(self, runs: Iterable[int]) -> Neighbour[K] | None:
        """The most alike text; None when nothing shares a run."""
        mine = frozenset(runs)
        shared = Counter[K]()
        for run in mine:
            if run in self._holders:
                shared.update(self._holders[run])
        if not shared:
            return None
        best: Neighbour[K] | None = None
        for key, common in shared.items():
            similarity = common / (len(mine) + len(self._texts[key]) - common)
            if best is None or similarity > best.similarity:
                best = Neighbour(key, similarity)
        return best


def _stands_alone(character: str) -> bool:
    code = ord(character)
    return code >= 0x0E00 and any(low <= code <= high for low, high in _UNSPACED)
