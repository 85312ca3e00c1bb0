"""A text as words that can be compared, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

UNSPACED = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
)
"""Scripts that put no space between words, as ranges of a character class: there each character is a word."""

ARTICLES = frozenset({"a", "an", "the"})
_UNSPACED = re.compile(f"[{UNSPACED}]")


def words(text: str) -> list[str]:
    """The text's words in a canonical form.

    Compatibility characters are unified (NFKC), case is folded, punctuation goes, except inside numbers and units
    (9.81, m/s, -5). Accents and vowel signs belong to their word: without its signs, Hindi for "of" (f.) is "of" (m.).
    A text of nothing but symbols is its symbols, so that + is not -.
    """
    folded = _folded(text)
    found = (_ASCII_WORD if folded.isascii() else _word(_marks(folded))).findall(folded)
    return found or [character for character in folded if not character.isspace()]


def answer_words(text: str) -> list[str]:
    """The same without English articles, as SQuAD compares; a last "A" is no article, and may be an answer."""
    found = words(text)
    return [word for word in found[:-1] if word not in ARTICLES] + found[-1:]


def unspaced_share(texts: Sequence[str]) -> float:
    """The share of the texts' letters, 0 to 1, that are of scripts without spaces."""
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    return sum(len(_UNSPACED.findall(text)) for text in texts) / letters if letters else 0.0


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # Folding can leave what NFKC would unify, and the typographic minus is not among what it unifies.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.replace("\N{MINUS SIGN}", "-")


def _marks(text: str) -> str:
    """The combining marks that occur in the text: Python's \\w leaves them out, and re has no class for them."""
    return "".join(sorted(character for character in set(text) if unicodedata.category(character)[0] == "M"))


@lru_cache(maxsize=256)
def _word(marks: str) -> re.Pattern[str]:
    """One word of any script, with these combining marks as parts of it."""
    inside = "".join(re.escape(mark) for mark in marks)
    spaced = f"(?:(?![{UNSPACED}])[\\w{inside}])+"
    single = f"[{UNSPACED}](?<=\\w)" + (f"[{inside}]*" if inside else "")
    return re.compile(f"{single}|{_run(spaced)}")


def _run(letters: str) -> str:
    """A run of letters or digits, with the sign before it and what holds numbers and units together inside."""
    return rf"(?:(?<![\w.])(?:-\.?|\.)(?=\d))?{letters}(?:[.,/^·-]{letters})*"


_ASCII_WORD = re.compile(_run(r"\w+"))
