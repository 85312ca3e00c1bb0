"""How close an answer is to its reference, without a judge."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_WORD = re.compile(r"\w+(?:[.,/^·-]\w+)*", re.UNICODE)


def words(text: str) -> list[str]:
    """The text's words in a canonical form: compatibility characters unified, case folded, punctuation gone."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def exact_match(prediction: str, reference: str) -> float:
    """1.0 when the words are the same in the same order, else 0.0."""
    return float(words(prediction) == words(reference))


def token_f1(prediction: str, reference: str) -> float:
    """Harmonic mean of word precision and recall, as SQuAD scores (arXiv:1606.05250)."""
    given, wanted = words(prediction), words(reference)
    if not given or not wanted:
        return float(given == wanted)
    common = sum((Counter(given) & Counter(wanted)).values())
    return 2 * common / (len(given) + len(wanted))


def wilson_interval(successes: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): honest near 0 and 1, where the usual one is not."""
    if count == 0:
        return 0.0, 1.0
    share = successes / count
    centre = share + z * z / (2 * count)
    margin = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5
    scale = 1 + z * z / count
    # The bounds of 0 and of all are exact; floating point would miss them by 1e-17.
    low = 0.0 if successes == 0 else (centre - margin) / scale
    return low, 1.0 if successes == count else (centre + margin) / scale
