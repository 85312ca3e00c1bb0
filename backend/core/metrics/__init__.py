"""How close an answer is to its reference, without a judge and without a download.

| name | what | scale |
|---|---|---|
| `em` | exact match of the words, in order | 0 or 1 |
| `f1` | overlap of the words (SQuAD) | 0 to 1 |
| `rouge_l` | longest common subsequence of the words | 0 to 1 |
| `chrf` | character n-grams, as sacrebleu's chrF2 | 0 to 100 |
| `bleu` | word n-grams, as sacrebleu's BLEU | 0 to 100 |

All of them take any script. Two empty texts are equal (1, or 100); an empty and a non-empty one have nothing in
common (0).
"""

from backend.core.metrics.bleu import bleu, bleu_signature, tokenizer_for
from backend.core.metrics.chrf import CHRF_SIGNATURE, chrf
from backend.core.metrics.corpus import Corpus, CorpusFigure, all_of
from backend.core.metrics.overlap import exact_match, rouge_l, token_f1
from backend.core.metrics.words import words

SCALES: dict[str, tuple[float, float]] = {
    "em": (0.0, 1.0), "f1": (0.0, 1.0), "rouge_l": (0.0, 1.0), "chrf": (0.0, 100.0), "bleu": (0.0, 100.0),
}  # fmt: skip
"""Lowest and highest value by name, in the order in which they are shown."""

__all__ = [
    "CHRF_SIGNATURE",
    "SCALES",
    "Corpus",
    "CorpusFigure",
    "all_of",
    "bleu",
    "bleu_signature",
    "chrf",
    "exact_match",
    "rouge_l",
    "token_f1",
    "tokenizer_for",
    "words",
]
