"""What every record must be, whatever its type: a text problem found here can be told to the model and mended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from backend.core.data.shingles import normalised, runs_of
from backend.core.generation.formats.base import Format, Record
from backend.core.generation.language import is_foreign, names_language
from backend.core.generation.plan import Slot
from backend.core.generation.refusal import refuses
from backend.core.metrics.words import words

LONGEST = 20_000
"""Characters of a text; longer ones are a model that could not stop."""

SHORTEST_INPUT = 3

LEAK_WIDTH = 8
"""Words in a row that a record may not share with our own instructions."""

_FENCED = re.compile(r"^ {0,3}```+", re.MULTILINE)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PLACEHOLDER = re.compile(
    r"\[(?:insert|your|placeholder|fill in|add)\b[^\]\n]{0,60}\]"
    r"|<(?:insert|your|placeholder)\b[^>\n]{0,60}>"
    r"|\blorem ipsum\b|^(?:\.{3}|…|n/?a|todo|tbd|string)\.?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Checks:
    """The rules of a run.

    Args:
        form: the type of record.
        language: every text must be in it; empty = texts of any language are taken.
        instructions: our own words to the model, which must not turn up in the data.
    """

    form: Format
    language: str
    instructions: str = ""

    def problems(self, record: Record, slot: Slot, source: str = "") -> tuple[str, ...]:
        """What is wrong with a record, in words for the model; empty = nothing.

        Args:
            source: the text that the record is drawn from, if any.
        """
        texts = self._texts(record)
        found = [problem for name, text in texts.items() for problem in _text_problems(name, text)]
        if normalised(record["input"]) == normalised(record["output"]):
            found.append("output repeats input")
        if len(record["input"]) < SHORTEST_INPUT or not words(record["input"]):
            found.append("input says too little")
        found += [f"{name} is not in {self.language}" for name in self._foreign(texts, slot)]
        if self._leaks(texts):
            found.append("the text repeats these instructions; a record must stand on its own")
        if source and record.get("evidence") and not _is_quoted(record["evidence"], source):
            found.append("evidence is not a passage of the source material, copied word for word")
        return tuple(found)

    def _foreign(self, texts: Mapping[str, str], slot: Slot) -> list[str]:
        """The texts in another language; what answers a question about a language may be in that."""
        judged = ["input"] if slot.labels or names_language(texts["input"]) else ["input", "output", "rejected"]
        return [name for name in judged if name in texts and is_foreign(texts[name], self.language)]

    def is_refusal(self, record: Record) -> bool:
        """Whether the model declined."""
        return any(refuses(text) for text in self.form.answers(record))

    def _texts(self, record: Record) -> dict[str, str]:
        names = ("input", "output", "rejected", "evidence")
        return {name: record[name] for name in names if isinstance(record.get(name), str)}

    def _leaks(self, texts: dict[str, str]) -> bool:
        ours = _long_runs(self.instructions)
        return any(ours & _long_runs(text) for text in texts.values())


def _text_problems(name: str, text: str) -> list[str]:
    found = []
    if len(text) > LONGEST:
        found.append(f"{name} has {len(text):,} characters; {LONGEST:,} are allowed")
    if len(_FENCED.findall(text)) % 2:
        found.append(f"{name} opens a code block that it does not close")
    blank = _PLACEHOLDER.search(_CODE.sub(" ", text))
    if blank:
        found.append(f"{name} holds the placeholder {blank[0]!r}")
    if re.search(r"[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        found.append(f"{name} holds characters that are no text")
    return found


@lru_cache(maxsize=64)
def _long_runs(text: str) -> frozenset[int]:
    tokens = words(text)
    return runs_of(tokens, LEAK_WIDTH) if len(tokens) >= LEAK_WIDTH else frozenset()


def _is_quoted(quotation: str, source: str) -> bool:
    """Word for word, though line breaks and punctuation at its ends may differ."""
    return f" {normalised(quotation)} " in f" {normalised(source)} "
