"""Is a text in the language that was asked for? Only a clear "no" counts.

Scripts tell most languages apart; those in Latin letters are told by their commonest words. A language that is not in
the table is never doubted: no check is better than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from backend.core.metrics.words import words

FEWEST_LETTERS = 20
"""Shorter texts (a number, a name, a formula) are not judged."""

FEWEST_WORDS = 10
"""The same for the words of Latin languages."""

FOREIGN_HITS = 4
"""Common words of another language, with none of the right one, that make a text foreign."""

NAMES: dict[str, str] = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt", "português": "pt", "dutch": "nl",
    "nederlands": "nl", "polish": "pl", "polski": "pl", "turkish": "tr", "russian": "ru", "ukrainian": "uk",
    "bulgarian": "bg", "chinese": "zh", "mandarin": "zh", "japanese": "ja", "korean": "ko", "arabic": "ar",
    "persian": "fa", "hindi": "hi", "thai": "th", "greek": "el", "hebrew": "he",
}  # fmt: skip

SCRIPTS: dict[str, tuple[str, ...]] = {
    "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "bg": ("CYRILLIC",), "ko": ("HANGUL",), "ar": ("ARABIC",),
    "zh": ("CJK",), "ja": ("CJK", "HIRAGANA", "KATAKANA"), "fa": ("ARABIC",), "hi": ("DEVANAGARI",),
    "th": ("THAI",), "el": ("GREEK",), "he": ("HEBREW",),
}  # fmt: skip

COMMON: dict[str, frozenset[str]] = {
    code: frozenset(text.split())
    for code, text in {
        "en": "the of and to is that it for with as on are this by an be from or which at what how was has",
        "de": "der die das und ist nicht ein eine mit für auf den dem des im von zu sich auch wird bei sind oder wie",
        "fr": "le les des est une dans que qui pour par sur avec pas plus au aux ce cette sont du et il elle ou",
        "es": "el los las una que es en por con para del como más pero sus se su al lo este esta son y entre",
        "it": "il gli di che è una per con non del della sono nel come più anche dei alla le si questo ha",
        "pt": "o os as um uma que é em para com não do da dos das mais como mas são ao pela se por no na",
        "nl": "de het een van en is dat niet op te zijn voor met die aan er ook als bij door wordt naar",
        "pl": "i w na z jest nie się że do jak to dla są przez lub od które po ale może być oraz",
        "tr": "bir ve bu için ile olarak da de daha çok en gibi olan ne kadar sonra her ancak ya",
    }.items()
}

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def code_of(language: str) -> str | None:
    """The language's code by its name or code; None when it is not known here."""
    name = language.strip().casefold()
    first = re.split(r"[\s(,_-]", name)[0]
    codes = {*NAMES.values()}
    return NAMES.get(name) or NAMES.get(first) or (first if first in codes else None)


def names_language(text: str) -> bool:
    """Whether a text speaks of a language, or of translating: what belongs to it may then be in another one."""
    return any(word in NAMES or word.startswith(("translat", "übersetz", "tradu")) for word in words(text))


def is_foreign(text: str, language: str) -> bool:
    """Whether a text is clearly in another language; code in it is not looked at."""
    code = code_of(language)
    if code is None:
        return False
    prose = _CODE.sub(" ", text)
    scripts = _scripts(prose)
    letters = sum(scripts.values())
    if letters < FEWEST_LETTERS:
        return False
    wanted = SCRIPTS.get(code, ("LATIN",))
    share = sum(scripts[script] for script in wanted) / letters
    if code in SCRIPTS:
        return share < 0.3  # formulas and names in Latin letters are usual everywhere
    return share < 0.5 or _is_other_latin(prose, code)


def _scripts(text: str) -> Counter[str]:
    """Letters by script."""
    if text.isascii():
        return Counter(LATIN=sum(map(str.isalpha, text)))
    return Counter(_script(character) for character in text if character.isalpha())


def _is_other_latin(text: str, code: str) -> bool:
    tokens = words(text)
    if len(tokens) < FEWEST_WORDS:
        return False
    hits = {known: sum(token in common for token in tokens) for known, common in COMMON.items()}
    other = max(count for known, count in hits.items() if known != code)
    # Languages share short words ("die", "de", "in"): the right one must nearly be missing, not only be behind.
    return other >= FOREIGN_HITS and hits[code] * 5 <= other


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
