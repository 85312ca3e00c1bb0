"""The columns of a file of records: which plays which part, and what stands in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from backend.core.data.conversion import plain
from backend.core.data.records import ANSWER_NAMES, QUESTION_NAMES, recognise
from backend.core.data.rows import stream_rows
from backend.core.errors import InvalidInput

LOOKED_AT = 200
"""Records from whose fields the columns are told."""
SAMPLES = 3
LONGEST_SAMPLE = 200
MOST_COLUMNS = 100

PARTS: Mapping[str, str] = {
    "input": "What is asked",
    "output": "The answer to learn",
    "instruction": "What is to be done, with the input below it",
    "system": "The system message",
    "messages": "A whole conversation: a list of role and content",
    "conversations": "A whole conversation in ShareGPT's form",
    "tools": "Functions that may be called",
}
"""What a column can be, in the order in which a person thinks of it."""
MADE_OF = {"input/output": (), "alpaca": ("input",), "messages": (), "sharegpt": ()}


class Column(BaseModel):
    """A field of the records."""

    name: str
    filled: int
    """Records that have something in it, of those looked at"""
    samples: list[str]
    """The first of them, cut short"""


class Part(BaseModel):
    """A part that a column can play."""

    name: str
    help: str


class Columns(BaseModel):
    """What the records of a file are made of."""

    columns: list[Column]
    parts: list[Part]
    """What a column can be"""
    column_mapping: dict[str, str]
    """Which column plays which part, as recognised, or as their names suggest"""
    is_recognised: bool
    looked_at: int
    """Records"""


def columns_of(path: Path) -> Columns:
    """The columns of the first records. Raises BadDataset."""
    rows = [row for row in islice(stream_rows(path), LOOKED_AT) if isinstance(row, dict)]
    filled: Counter[str] = Counter()
    samples: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            known = samples.setdefault(plain(str(name)), [])
            if value in (None, "", [], {}):
                continue
            filled[plain(str(name))] += 1
            if len(known) < SAMPLES:
                known.append(_sample(value))
    forms = Counter(form for row in rows if (form := recognise(row)))
    names = list(samples)[:MOST_COLUMNS]
    return Columns(
        columns=[Column(name=name, filled=filled[name], samples=samples[name]) for name in names],
        parts=[Part(name=name, help=words) for name, words in PARTS.items()],
        column_mapping=_recognised(forms.most_common(1)[0][0], names) if forms else _suggested(names),
        is_recognised=bool(forms),
        looked_at=len(rows),
    )


def mapping_of(pairs: Sequence[str]) -> dict[str, str]:
    """`part=column` as the mapping it means. Raises InvalidInput."""
    found: dict[str, str] = {}
    for pair in pairs:
        part, equals, column = pair.partition("=")
        if not equals or not column or part not in PARTS:
            raise InvalidInput(
                f"column_mapping takes part=column, where the part is one of {', '.join(PARTS)}.", "column_mapping"
            )
        found[part] = column
    return found


def _sample(value: Any) -> str:
    ready = plain(value)
    text = ready if isinstance(ready, str) else json.dumps(ready, ensure_ascii=False)
    return text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…"


def _recognised(form: tuple[str, str, str], names: Sequence[str]) -> dict[str, str]:
    kind, question, answer = form
    pair = {
        "input/output": {"input": question, "output": answer},
        "alpaca": {"instruction": question, "output": answer},
    }
    found = pair.get(kind, {question: question})
    beside = {name: name for name in (*MADE_OF[kind], "system", "tools") if name in names}
    return {**found, **beside}


def _suggested(names: Sequence[str]) -> dict[str, str]:
    """Columns that are called as a part is, but for case and what stands around the word."""
    plain = {name.strip().lower().replace(" ", "_"): name for name in reversed(names)}
    found: dict[str, str] = {}
    for part, words in (("input", QUESTION_NAMES), ("output", ANSWER_NAMES), ("system", ("system",))):
        match = next((name for word in words for known, name in plain.items() if word in known), None)
        if match is not None and match not in found.values():
            found[part] = match
    return found
