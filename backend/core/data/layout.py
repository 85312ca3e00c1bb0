"""Where each record stands in the text of a dataset file: one can be changed, and the others stay as they are."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.core.errors import InvalidInput

LINES = (".jsonl", ".ndjson")
TABLES = {".csv": ",", ".tsv": "\t"}

Span = tuple[int, int]

_GAP = re.compile(r"[ \t\r\n,:]*")
_BLANK = re.compile(r"[ \t\r\n]*")
_DENSE = re.compile(r'\{"(?:[^"\\]|\\.)*":\S')
_DECODER = json.JSONDecoder()


def record_spans(path: Path, text: str) -> list[Span]:
    """From where to where each record goes, in the order of `read_rows`; a line's end belongs to its record."""
    if path.suffix.lower() in TABLES:
        return list(_table_spans(text, TABLES[path.suffix.lower()]))[1:]
    if span := list_span(text):
        return list(_item_spans(text, *span))
    if path.suffix.lower() not in LINES and is_one_value(text):
        start = _after(_BLANK, text, 0)
        return [(start, len(text.rstrip()))]
    return list(_line_spans(text))


def with_record(path: Path, text: str, index: int, record: Mapping[str, Any]) -> str:
    """The text with another record in this place, laid out as the one that stood there."""
    start, end = record_spans(path, text)[index]
    return f"{text[:start]}{_as_before(path, text, start, end, record)}{text[end:]}"


def with_records(path: Path, text: str, records: Sequence[Mapping[str, Any]]) -> str:
    """The text with another record in every place."""
    pieces, done = [], 0
    for (start, end), record in zip(record_spans(path, text), records, strict=True):
        pieces += [text[done:start], _as_before(path, text, start, end, record)]
        done = end
    return "".join([*pieces, text[done:]])


def without_records(path: Path, text: str, indices: Sequence[int]) -> str:
    """The text without the records in these places; at least one must be left."""
    spans = record_spans(path, text)
    gone = set(indices)
    kept = [place for place in range(len(spans)) if place not in gone]
    pieces = [text[: spans[0][0]]]
    for number, place in enumerate(kept):
        before = text[spans[place - 1][1] : spans[place][0]] if number else ""  # what parted it from its neighbour
        pieces += [before, text[slice(*spans[place])]]
    return "".join([*pieces, text[spans[-1][1] :]])


def with_header(path: Path, text: str, names: Sequence[str]) -> str:
    """The text of a table under other names of its columns."""
    delimiter = TABLES[path.suffix.lower()]
    start, end = next(_table_spans(text, delimiter))
    return f"{text[:start]}{_table_line(list(names), delimiter, text[start:end])}{text[end:]}"


def header_of(path: Path, text: str) -> list[str]:
    """The columns of a table."""
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=TABLES[path.suffix.lower()]), [])


def list_span(text: str) -> Span | None:
    """Where the list of records lies: just behind its opening bracket, and at its closing one; None = no list."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return None
    if isinstance(value, list):
        return text.index("[") + 1, text.rindex("]")
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return None
    position, span = _after(_GAP, text, text.index("{") + 1), (0, 0)
    while text[position] != "}":
        name, position = _DECODER.raw_decode(text, position)
        start = _after(_GAP, text, position)
        _, end = _DECODER.raw_decode(text, start)
        if name == "data":  # of a key given twice the last one counts, as it does for the reader
            span = (start + 1, end - 1)
        position = _after(_GAP, text, end)
    return span


def is_one_value(text: str) -> bool:
    """Whether the text is a single JSON value."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def laid_out(record: Mapping[str, Any], like: str, margin: str) -> str:
    """The record as text, spread over lines and indented like the other one, which stands behind this margin."""
    spread = re.match(r"\{[ \t]*(\r?\n)([ \t]*)", like)
    if not spread:
        return as_line(record, is_dense=bool(_DENSE.match(like)))
    step = spread[2].removeprefix(margin) or "  "
    return json.dumps(record, indent=step, ensure_ascii=False).replace("\n", spread[1] + margin)


def as_line(record: Mapping[str, Any], *, is_dense: bool = False) -> str:
    """The record on one line, also for readers that end a line at U+0085, U+2028 or U+2029; `is_dense` = no blanks."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":") if is_dense else None)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _as_before(path: Path, text: str, start: int, end: int, record: Mapping[str, Any]) -> str:
    before = text[start:end]
    if path.suffix.lower() in TABLES:
        names = header_of(path, text)
        return _table_line([_cell(record, name) for name in names], TABLES[path.suffix.lower()], before)
    if before.endswith(("\n", "\r")):  # a line, with its end
        return laid_out(record, before.strip(), "") + before[len(before.rstrip("\r\n")) :]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return laid_out(record, before, line if not line.strip() else "")


def _cell(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table_line(cells: Sequence[str], delimiter: str, before: str) -> str:
    """A line of a table, ended as the one that stood there."""
    stream = io.StringIO()
    end = before[len(before.rstrip("\r\n")) :]
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerow(cells)
    return stream.getvalue()


def require_columns(path: Path, text: str, record: Mapping[str, Any]) -> None:
    """Raises InvalidInput when a record has fields that its table has no columns for."""
    unknown = [name for name in record if name not in header_of(path, text)]
    if unknown:
        raise InvalidInput(
            f"{path.name} has no column {', '.join(map(repr, unknown[:5]))}: a table's columns are the same for all "
            "of its rows. Export it as JSON Lines to give a record fields of its own.",
            "record",
        )


def _item_spans(text: str, start: int, end: int) -> Iterator[Span]:
    position = _after(_BLANK, text, start)
    while position < end:
        _, stop = _DECODER.raw_decode(text, position)
        yield position, stop
        position = _after(_GAP, text, stop)


def _line_spans(text: str) -> Iterator[Span]:
    """Lines that are not blank, as a file's iterator cuts them: at line feeds and carriage returns only."""
    position = 0
    for line in io.StringIO(text, newline=""):
        if line.strip():
            yield position, position + len(line)
        position += len(line)


def _table_spans(text: str, delimiter: str) -> Iterator[Span]:
    """The rows with their line ends, the header first; blank ones are none."""
    position = 0

    def lines() -> Iterator[str]:
        nonlocal position
        for line in io.StringIO(text, newline=""):
            position += len(line)
            yield line

    start = 0
    for row in csv.reader(lines(), delimiter=delimiter):
        if row:
            yield start, position
        start = position


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
