"""BLEU (Papineni et al. 2002): n-grams up to four; equal to sacrebleu's, its signature included."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from backend.core.metrics.chrf import SACREBLEU
from backend.core.metrics.words import unspaced_share

ORDER = 4
Tokenizer = Literal["13a", "char"]

_SKIPPED = (("<skipped>", ""), ("-\n", ""), ("\n", " "))
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_SPLITS = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
"""The rules of mteval-v13a.pl, in its order."""


def bleu(prediction: str, reference: str, tokenizer: Tokenizer | None = None) -> float:
    """BLEU of one answer, 0 to 100, with the effective order: without it two equal texts of two words have 0.

    Args:
        tokenizer: None chooses by the reference's script.

    Two empty texts, which sacrebleu gives 0, are equal: 100.
    """
    if not prediction.strip() and not reference.strip():
        return 100.0
    return bleu_of(bleu_counts(prediction, reference, tokenizer or tokenizer_for([reference])), effective_order=True)


def bleu_signature(tokenizer: Tokenizer, *, effective_order: bool = False) -> str:
    """What sacrebleu prints for the same settings."""
    order = "yes" if effective_order else "no"
    return f"nrefs:1|case:mixed|eff:{order}|tok:{tokenizer}|smooth:exp|version:{SACREBLEU}"


def tokenizer_for(references: Sequence[str]) -> Tokenizer:
    """`char` where most letters are of scripts without spaces, in which 13a would take a sentence for a word."""
    return "char" if unspaced_share(references) > 0.5 else "13a"


def tokens(text: str, tokenizer: Tokenizer) -> list[str]:
    """The text's tokens as sacrebleu's tokenizer of this name makes them."""
    text = text.rstrip()
    if tokenizer == "char":
        return [character for character in text if not character.isspace()]
    for old, new in _SKIPPED:
        text = text.replace(old, new)
    if "&" in text:
        for old, new in _ENTITIES:
            text = text.replace(old, new)
    text = f" {text} "
    for pattern, replacement in _SPLITS:
        text = pattern.sub(replacement, text)
    return text.split()


def bleu_counts(prediction: str, reference: str, tokenizer: Tokenizer) -> list[int]:
    """What BLEU is computed from, and what adds up over a corpus.

    Returns:
        Both lengths in tokens, then for orders 1 to 4 the n-grams in both, then those in the prediction.
    """
    given, wanted = tokens(prediction, tokenizer), tokens(reference, tokenizer)
    common, totals = [], []
    for order in range(1, ORDER + 1):
        here, there = _ngrams(given, order), _ngrams(wanted, order)
        common.append(sum([min(count, there[gram]) for gram, count in here.items() if gram in there]))
        totals.append(max(0, len(given) - order + 1))
    return [len(given), len(wanted), *common, *totals]


def bleu_of(counts: Sequence[int], *, effective_order: bool = False) -> float:
    """BLEU, 0 to 100, from (summed) counts, with NIST's exponential smoothing of orders without a match.

    Args:
        effective_order: leave out orders for which the prediction is too short; for single texts.
    """
    given, wanted, common, totals = counts[0], counts[1], counts[2 : 2 + ORDER], counts[2 + ORDER :]
    if not any(common):
        return 0.0
    logs: list[float] = []
    smoothing = 1.0
    for hits, total in zip(common, totals, strict=True):
        if total == 0:
            break
        if hits == 0:
            smoothing *= 2
        logs.append(math.log(100 * hits / total if hits else 100 / (smoothing * total)))
    if len(logs) < ORDER and not effective_order:
        return 0.0
    brevity = 1.0 if given >= wanted else math.exp(1 - wanted / given)
    # Of equal texts the logarithms give 100.00000000000004.
    return min(100.0, brevity * math.exp(sum(logs) / len(logs)))


def _ngrams(given: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(given[start:] for start in range(order)), strict=False))
