"""Records as the text of a file: in one of the forms that everything here reads, whatever form they came in."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.data.datasets import Record
from backend.core.data.layout import LINES, TABLES, as_line

WRITTEN = (".json", *LINES, *TABLES)
"""Forms that records are written in."""


def canonical(record: Record) -> dict[str, Any]:
    """`{"input", "output"}` for one question and answer, else `{"messages"}`; tools are kept."""
    if [turn["role"] for turn in record.messages] == ["user", "assistant"] and not record.tools:
        return {"input": record.question, "output": record.answer}
    return {"messages": record.messages, **({"tools": record.tools} if record.tools else {})}


def as_text(rows: Sequence[dict[str, Any]], suffix: str) -> str:
    """The rows as JSON Lines, a table, or else a JSON list, as the ending of a file's name says."""
    if suffix in LINES:
        return "".join(as_line(row) + "\n" for row in map(plain, rows))
    if suffix in TABLES:
        return _table(rows, TABLES[suffix])
    return json.dumps([plain(row) for row in rows], ensure_ascii=False, indent=2) + "\n"


def plain(value: Any) -> Any:
    """What stands in a record as JSON and UTF-8 take it: what only Parquet has (dates, decimals) as text, numbers that
    are none as null, the cells of a table's row that are too many under an empty name, half letters replaced."""
    if isinstance(value, Mapping):
        return {"" if name is None else plain(str(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _table(rows: Sequence[dict[str, Any]], delimiter: str) -> str:
    """A column for every field of any row; lists and objects stand in it as JSON, which is read back as such."""
    ready = [plain(row) for row in rows]
    names = list(dict.fromkeys(name for row in ready for name in row))
    stream = io.StringIO()
    table = csv.DictWriter(stream, names, delimiter=delimiter, lineterminator="\n")
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in row.items()} for row in ready)
    return stream.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
