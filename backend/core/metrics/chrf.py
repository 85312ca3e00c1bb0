"""chrF2 (Popović 2015): character n-grams up to six, recall counting twice; equal to sacrebleu's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

ORDER = 6
BETA = 2
SACREBLEU = "2.6.0"
"""The version whose figures these are; its signature is printed so that others can repeat them."""
CHRF_SIGNATURE = f"nrefs:1|case:mixed|eff:yes|nc:{ORDER}|nw:0|space:no|version:{SACREBLEU}"


def chrf(prediction: str, reference: str) -> float:
    """chrF2 of one answer, 0 to 100. Two empty texts, which sacrebleu gives 0, are equal: 100."""
    if not prediction.strip() and not reference.strip():
        return 100.0
    return chrf_of(chrf_counts(prediction, reference))


def chrf_counts(prediction: str, reference: str) -> list[int]:
    """What chrF is computed from, and what adds up over a corpus.

    Returns:
        For each order the number of n-grams in the prediction, in the reference, and in both.
    """
    given, wanted = "".join(prediction.split()), "".join(reference.split())
    counts: list[int] = []
    for order in range(1, ORDER + 1):
        here, there = max(0, len(given) - order + 1), max(0, len(wanted) - order + 1)
        common = here if given == wanted else _common(_ngrams(given, order), _ngrams(wanted, order))
        # As sacrebleu: n-grams longer than the reference are not held against the prediction.
        counts += [here if there else 0, there, common]
    return counts


def chrf_of(counts: Sequence[int]) -> float:
    """chrF2, 0 to 100, from (summed) counts."""
    precision = recall = 0.0
    orders = 0
    for here, there, common in zip(counts[::3], counts[1::3], counts[2::3], strict=True):
        if here and there:
            precision += common / here
            recall += common / there
            orders += 1
    if not precision + recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return 100 * ((1 + BETA**2) * precision * recall / (BETA**2 * precision + recall))


def _ngrams(text: str, order: int) -> Counter[str]:
    return Counter([text[start : start + order] for start in range(len(text) - order + 1)])


def _common(here: Counter[str], there: Counter[str]) -> int:
    # Three times as fast as the intersection of counters, which makes a third one.
    return sum([min(count, there[gram]) for gram, count in here.items() if gram in there])
