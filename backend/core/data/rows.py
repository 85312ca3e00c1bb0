"""The rows of a file, one at a time: JSON, JSON Lines, CSV, TSV or Parquet, a sentence for all that can be wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from backend.core.data.json_rows import empty, stream_json
from backend.core.data.json_stream import PIECE
from backend.core.errors import BadDataset, MissingDependency
from backend.core.paths import shown

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
PARQUET_ROWS = 1024
"""Rows of a Parquet file that are in memory at once."""


def read_rows(path: Path) -> list[Any]:
    """The file's rows, as they stand in it, all of them. Raises as `stream_rows`."""
    return list(stream_rows(path))


def stream_rows(path: Path) -> Iterator[Any]:
    """The file's rows, as they stand in it, each when it is asked for; memory is that of the largest.

    What is wrong further down shows when the reading gets there.

    Raises:
        BadDataset: the file is missing, empty, not UTF-8, or not in the format its name tells.
        MissingDependency: a Parquet file without pyarrow.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        rows = _parquet_rows(path)
    elif suffix in (".csv", ".tsv"):
        rows = _table_rows(path, "\t" if suffix == ".tsv" else ",")
    else:
        rows = _file_rows(path)
    first = next(rows, rows)
    if first is rows:
        raise BadDataset(f"{shown(path)} holds no records: give a file with at least one example.", "dataset_path")
    yield first
    yield from rows


def read_text(path: Path) -> str:
    """The file's text. Raises BadDataset when it is missing, unreadable, empty or not UTF-8."""
    with _opened(path) as stream:
        text = stream.read()
    if not text.strip():
        raise empty(path)
    return text


def json_rows(path: Path, text: str, piece: int = PIECE) -> list[Any]:
    """The records in the text of a JSON or JSON Lines file; may be none. Raises BadDataset."""
    return list(stream_json(path, io.StringIO(text, newline=""), piece))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """The file's text, its line ends as they are. Raises BadDataset."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except FileNotFoundError:
        raise BadDataset(f"There is no file {shown(path)}: check the path.", "dataset_path") from None
    except IsADirectoryError:
        raise BadDataset(f"{shown(path)} is a folder: give a file.", "dataset_path") from None
    except PermissionError:
        raise BadDataset(f"{shown(path)} may not be read: change its permissions.", "dataset_path") from None
    except UnicodeDecodeError:
        raise BadDataset(
            f"{shown(path)} is not UTF-8 (byte {_first_bad_byte(path)}): convert it, e.g. with `iconv -t UTF-8`.",
            "dataset_path",
        ) from None


def _first_bad_byte(path: Path) -> int:
    """Where the file is no UTF-8; a stream tells the place within what it had read at once."""
    before = 0
    with path.open("rb") as stream:
        for line in stream:
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return before + error.start
            before += len(line)
    return before


def _file_rows(path: Path) -> Iterator[Any]:
    with _opened(path) as stream:
        yield from stream_json(path, stream, PIECE)


def _table_rows(path: Path, delimiter: str) -> Iterator[Any]:
    with _opened(path) as stream:
        table = csv.DictReader(stream, delimiter=delimiter)
        try:
            yield from table
        except csv.Error as error:
            raise BadDataset(
                f"{shown(path)}, line {table.line_num} cannot be read: {error}.", "dataset_path"
            ) from None
        if not table.fieldnames:
            raise empty(path)


def _parquet_rows(path: Path) -> Iterator[Any]:
    try:
        import pyarrow.lib
        import pyarrow.parquet
    except ImportError:
        raise MissingDependency('Parquet files need pyarrow: pip install ".[ml]".') from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield from chain.from_iterable(_lists(file.iter_batches(PARQUET_ROWS)))
    except FileNotFoundError:
        raise BadDataset(f"There is no file {shown(path)}: check the path.", "dataset_path") from None
    except (OSError, pyarrow.lib.ArrowException) as error:
        raise BadDataset(f"{shown(path)} is not Parquet: {error}.", "dataset_path") from None


def _lists(batches: Iterable[Any]) -> Iterator[list[Any]]:
    return (batch.to_pylist() for batch in batches)
