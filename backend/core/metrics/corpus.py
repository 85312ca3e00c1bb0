"""Figures of a whole corpus, which are not the mean of its items' figures, in constant memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backend.core.metrics.bleu import Tokenizer, bleu, bleu_counts, bleu_of, bleu_signature
from backend.core.metrics.chrf import CHRF_SIGNATURE, chrf, chrf_counts, chrf_of
from backend.core.metrics.overlap import exact_match, rouge_l, token_f1
from backend.core.statistics.bootstrap import bootstrap_interval

GROUPS = 500
"""Items are put together into so many groups before drawing: 1,000 draws take a second for any number of items."""
DRAWS = 1_000
"""sacrebleu's own number: a draw adds up the counts of all groups."""

Counts = tuple[int, ...]


def all_of(prediction: str, reference: str) -> dict[str, float]:
    """Every metric of one answer, by its name; scales in `SCALES`."""
    return {
        "em": exact_match(prediction, reference),
        "f1": token_f1(prediction, reference),
        "rouge_l": rouge_l(prediction, reference),
        "chrf": chrf(prediction, reference),
        "bleu": bleu(prediction, reference),
    }


@dataclass(frozen=True)
class CorpusFigure:
    """A corpus score, 0 to 100.

    Args:
        score: as sacrebleu gives it.
        low, high: 95 % bootstrap interval over the items; None below five items.
        signature: sacrebleu's, for others to repeat it.
        n: items.
    """

    score: float
    low: float | None
    high: float | None
    signature: str
    n: int


class Corpus:
    """chrF and BLEU over all items that were added.

    Args:
        tokenizer: of BLEU; `tokenizer_for(references)` tells the right one.
        seed: of the interval.
    """

    def __init__(self, tokenizer: Tokenizer = "13a", seed: int = 0) -> None:
        self.tokenizer = tokenizer
        self.seed = seed
        self.n = 0
        self._random = random.Random(seed)
        self._chrf: list[Counts] = []
        self._bleu: list[Counts] = []

    def add(self, prediction: str, reference: str) -> None:
        """Count one item in."""
        self.n += 1
        counts = (
            tuple(chrf_counts(prediction, reference)),
            tuple(bleu_counts(prediction, reference, self.tokenizer)),
        )
        if len(self._chrf) < GROUPS:
            self._chrf.append(counts[0])
            self._bleu.append(counts[1])
            return
        # At random, so that a sorted file does not make groups that are more alike than chance would.
        group = self._random.randrange(GROUPS)
        self._chrf[group] = _sum([self._chrf[group], counts[0]])
        self._bleu[group] = _sum([self._bleu[group], counts[1]])

    def figures(self) -> dict[str, CorpusFigure]:
        """`chrf` and `bleu` over everything added; empty without items."""
        if not self.n:
            return {}
        return {
            "chrf": self._figure(self._chrf, chrf_of, CHRF_SIGNATURE),
            "bleu": self._figure(self._bleu, bleu_of, bleu_signature(self.tokenizer)),
        }

    def _figure(self, groups: Sequence[Counts], score: Callable[[Counts], float], signature: str) -> CorpusFigure:
        found = bootstrap_interval(groups, lambda drawn: score(_sum(drawn)), self.seed, DRAWS)
        assert found.value is not None, "there is at least one item"
        return CorpusFigure(found.value, found.low, found.high, signature, self.n)


def _sum(counts: Sequence[Counts]) -> Counts:
    return tuple(map(sum, zip(*counts, strict=True)))
