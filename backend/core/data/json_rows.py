"""The rows of a JSON text, whichever of its forms: a list, an object with a list called `data`, lines, one record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from backend.core.data.json_stream import BadJson, JsonStream, Unclosed
from backend.core.data.records import recognise
from backend.core.errors import BadDataset
from backend.core.paths import shown

LINES = (".jsonl", ".ndjson")
LOOK = 1 << 22
"""Characters of its first value by which a text is told to be lines or not."""


def stream_json(path: Path, stream: TextIO, piece: int) -> Iterator[Any]:
    """The records of a JSON or JSON Lines text, each when it is asked for. Raises BadDataset.

    Args:
        path: whose name may tell the form.
        stream: the text, from its beginning.
        piece: characters read at a time.
    """
    try:
        if _is_lines(path, stream, piece):
            yield from _line_rows(path, stream)
        else:
            yield from _value_rows(path, JsonStream(stream, piece))
    except BadJson as error:
        cut = " It looks cut off." if error.is_cut else ""
        where = f"line {error.line}, column {error.column}"
        raise BadDataset(f"{shown(path)} is not JSON: {error.message} at {where}.{cut}", "dataset_path") from None
    except RecursionError:
        raise BadDataset(f"{shown(path)} is nested too deeply to be a dataset.", "dataset_path") from None
    except UnicodeDecodeError:
        raise
    except ValueError:  # an integer of more than 4,300 digits
        raise BadDataset(f"{shown(path)} holds a number that is too long to read.", "dataset_path") from None


def _is_lines(path: Path, stream: TextIO, piece: int) -> bool:
    """Whether each line is a record, which the name tells only in part: a list may be called .jsonl, lines .json.

    They are lines when more follows the first value, and it is an object on a line of its own or the name says so.
    """
    by_name = path.suffix.lower() in LINES
    text = JsonStream(stream, piece)
    first = text.peek()
    try:
        if not first:
            raise empty(path)
        if first == "[" and not by_name:
            return False
        line = text.line
        value = text.value(at_most=LOOK)
        is_on_one_line = isinstance(value, dict) and text.line == line
        return bool(text.peek()) and (by_name or (is_on_one_line and text.line > line))
    except Unclosed:
        return by_name and first == "{" and not _line_ends(stream)
    except (BadJson, RecursionError, ValueError):  # told by who reads the rows
        return by_name
    finally:
        stream.seek(0)


def _line_ends(stream: TextIO) -> bool:
    """Whether the first line that is not blank ends within the look."""
    stream.seek(0)
    return "\n" in stream.read(LOOK).lstrip()


def _value_rows(path: Path, text: JsonStream) -> Iterator[Any]:
    """The records of a text that is one JSON value: a list, an object with a list called `data`, or one record."""
    if text.peek() == "[":
        yield from text.items()
        _require_end(text)
        return
    try:
        value = text.value(at_most=LOOK)
    except Unclosed:
        yield from _long_object_rows(path, text)
        return
    _require_end(text)
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from value["data"]
    elif isinstance(value, dict) and recognise(value):
        yield value
    else:
        raise _no_list(path, value)


def _require_end(text: JsonStream) -> None:
    if text.peek():
        raise text.error("Extra data")


def _long_object_rows(path: Path, text: JsonStream) -> Iterator[Any]:
    """The records under `data`, each when it is asked for; the object itself was too long to look at whole."""
    if text.peek() != "{":
        raise _no_list(path, "")
    text.take("{")
    has_list, is_open = False, True
    while is_open:
        if text.peek() != '"':
            raise text.error("Expecting property name enclosed in double quotes")
        name = text.value()
        text.take(":")
        if name == "data" and text.peek() == "[":
            if has_list:
                raise BadDataset(f'{shown(path)} names "data" twice: keep one of the lists.', "dataset_path")
            has_list = True
            yield from text.items()
        else:
            text.value()
        is_open = text.take(",", "}") == ","
    _require_end(text)
    if not has_list:
        raise _no_list(path, {})


def _no_list(path: Path, value: Any) -> BadDataset:
    return BadDataset(
        f'{shown(path)} holds a {type(value).__name__}: give a list of records, or {{"data": [...]}}.', "dataset_path"
    )


def _line_rows(path: Path, stream: TextIO) -> Iterator[Any]:
    """A record from each line; lines end at line feed and carriage return, not at U+2028 and its like."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line.rstrip("\r\n"))  # an error in the end of a line would count as the next one
        except json.JSONDecodeError as error:
            raise BadDataset(
                f"{shown(path)}, line {number} is not JSON: {error.msg} at column {error.colno}.", "dataset_path"
            ) from None
        except (RecursionError, ValueError):
            raise BadDataset(
                f"{shown(path)}, line {number} is nested too deeply or holds a number that is too long.",
                "dataset_path",
            ) from None


def empty(path: Path) -> BadDataset:
    """Of a file without a word."""
    return BadDataset(f"{shown(path)} is empty: give a file with at least one example.", "dataset_path")
