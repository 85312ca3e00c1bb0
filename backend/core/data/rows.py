"""The rows of a file: JSON, JSON Lines, CSV, TSV or Parquet, with a sentence for everything that can be wrong."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from backend.core.data.records import recognise
from backend.core.errors import BadDataset, MissingDependency
from backend.core.paths import shown

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def read_rows(path: Path) -> list[Any]:
    """The file's rows, as they stand in it.

    Raises:
        BadDataset: the file is missing, empty, not UTF-8, or not in the format its name tells.
        MissingDependency: a Parquet file without pyarrow.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        rows = _parquet_rows(path)
    elif suffix in (".csv", ".tsv"):
        delimiter = "\t" if suffix == ".tsv" else ","
        rows = list(csv.DictReader(io.StringIO(read_text(path), newline=""), delimiter=delimiter))
    else:
        rows = json_rows(path, read_text(path))
    if not rows:
        raise BadDataset(f"{shown(path)} holds no records: give a file with at least one example.", "dataset_path")
    return rows


def read_text(path: Path) -> str:
    """The file's text. Raises BadDataset when it is missing, unreadable, empty or not UTF-8."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadDataset(f"There is no file {shown(path)}: check the path.", "dataset_path") from None
    except IsADirectoryError:
        raise BadDataset(f"{shown(path)} is a folder: give a file.", "dataset_path") from None
    except PermissionError:
        raise BadDataset(f"{shown(path)} may not be read: change its permissions.", "dataset_path") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadDataset(
            f"{shown(path)} is not UTF-8 (byte {error.start}): convert it, e.g. with `iconv -t UTF-8`.",
            "dataset_path",
        ) from None
    if not text.strip():
        raise BadDataset(f"{shown(path)} is empty: give a file with at least one example.", "dataset_path")
    return text


def json_rows(path: Path, text: str) -> list[Any]:
    """The records in the text of a JSON or JSON Lines file; may be none. Raises BadDataset."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if path.suffix.lower() in (".jsonl", ".ndjson") or _looks_like_lines(text):
            return _line_rows(path, text)
        ends_inside = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        cut = " It looks cut off." if ends_inside else ""
        raise BadDataset(
            f"{shown(path)} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.{cut}",
            "dataset_path",
        ) from None
    except RecursionError:
        raise BadDataset(f"{shown(path)} is nested too deeply to be a dataset.", "dataset_path") from None
    except ValueError:  # an integer of more than 4,300 digits
        raise BadDataset(f"{shown(path)} holds a number that is too long to read.", "dataset_path") from None
    if isinstance(content, dict) and isinstance(content.get("data"), list):
        return list(content["data"])
    if isinstance(content, list):
        return content
    if isinstance(content, dict) and recognise(content):
        return [content]
    raise BadDataset(
        f'{shown(path)} holds a {type(content).__name__}: give a list of records, or {{"data": [...]}}.',
        "dataset_path",
    )


def _looks_like_lines(text: str) -> bool:
    first, _, rest = text.lstrip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and bool(rest.strip())
    except (RecursionError, ValueError):
        return False


def _line_rows(path: Path, text: str) -> list[Any]:
    rows = []
    # Not splitlines(): it also cuts at U+2028 and its like, which may stand inside a JSON text.
    for number, line in enumerate(re.split(r"\r\n?|\n", text), start=1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise BadDataset(
                f"{shown(path)}, line {number} is not JSON: {error.msg} at column {error.colno}.", "dataset_path"
            ) from None
        except (RecursionError, ValueError):
            raise BadDataset(
                f"{shown(path)}, line {number} is nested too deeply or holds a number that is too long.",
                "dataset_path",
            ) from None
    return rows


def _parquet_rows(path: Path) -> list[Any]:
    try:
        import pyarrow.lib
        import pyarrow.parquet
    except ImportError:
        raise MissingDependency('Parquet files need pyarrow: pip install ".[ml]".') from None
    try:
        return list(pyarrow.parquet.read_table(path).to_pylist())
    except FileNotFoundError:
        raise BadDataset(f"There is no file {shown(path)}: check the path.", "dataset_path") from None
    except (OSError, pyarrow.lib.ArrowException) as error:
        raise BadDataset(f"{shown(path)} is not Parquet: {error}.", "dataset_path") from None
