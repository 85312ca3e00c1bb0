"""Rows are read as they are asked for, and come out as if the whole file had been read at once."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.data import json_rows as json_forms
from backend.core.data.rows import json_rows, stream_rows
from backend.core.errors import BadDataset

LIST, LINES = Path("a.json"), Path("a.jsonl")
PIECES = st.sampled_from([1, 3, 7, 64, 1 << 20])
NUMBERS = st.integers() | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def said(path: Path, text: str, piece: int) -> str:
    with pytest.raises(BadDataset) as told:
        json_rows(path, text, piece)
    return str(told.value)


def told_by_json(text: str) -> Any:
    """The value, or what is wrong."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}."


@given(rows=st.lists(VALUES), piece=PIECES, indent=st.sampled_from([None, 2]), ascii_only=st.booleans())
def test_a_list_comes_out_as_json_reads_it(rows: list[Any], piece: int, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(rows, indent=indent, ensure_ascii=ascii_only)
    assert json_rows(LIST, text, piece) == rows
    assert json_rows(LIST, json.dumps({"name": 1, "data": rows}, indent=indent), piece) == rows


@given(rows=st.lists(st.dictionaries(st.text(), VALUES), min_size=2), piece=PIECES, end=st.sampled_from("\r\n"))
def test_lines_come_out_as_json_reads_them(rows: list[Any], piece: int, end: str) -> None:
    text = end.join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert json_rows(LINES, text, piece) == rows


@given(rows=st.lists(VALUES, min_size=1), cut=st.integers(0, 200), sign=st.sampled_from('{}[],:"\\ 1a'), piece=PIECES)
def test_a_broken_list_is_told_as_json_tells_it(rows: list[Any], cut: int, sign: str, piece: int) -> None:
    text = json.dumps(rows, indent=1)
    text = text[:cut] + sign + text[cut + 1 :]
    expected = told_by_json(text)
    if isinstance(expected, list):
        assert json_rows(LIST, text, piece) == expected
    elif (
        isinstance(expected, str) and text.lstrip()[:1] == "[" and "trailing comma" not in expected
    ):  # Python 3.13 has a message of its own there
        assert expected in said(LIST, text, piece)


@given(cut=st.integers(1, 56), piece=PIECES)
def test_a_list_without_its_end_is_told_to_be_cut_off(cut: int, piece: int) -> None:
    text = json.dumps([{"input": "q", "output": -1.5}, {"input": "q", "output": "a", "n": [True, None]}])
    assert "It looks cut off." in said(LIST, text[:cut] + " \n", piece)


def test_an_object_too_long_to_look_at_is_read_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_forms, "LOOK", 16)
    rows = [{"input": "q", "output": "a" * 20}] * 3
    assert json_rows(LIST, json.dumps({"name": "x", "data": rows, "more": {}}), 4) == rows
    assert "holds a dict" in said(LIST, json.dumps(rows[0]), 4)
    assert 'names "data" twice' in said(LIST, '{"data": [1, 2, 3, 4], "data": [5]}', 4)
    assert "Extra data at line 1" in said(LIST, json.dumps({"data": rows}) + "x", 4)
    assert json_rows(LINES, "\n".join(map(json.dumps, rows)), 4) == rows


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_memory_is_that_of_a_piece_and_not_of_the_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    row = {"input": "question", "output": "answer " * 200}
    with path.open("w", encoding="utf-8") as file:
        start, between, end = {"a.json": ("[", ",", "]"), "a.jsonl": ("", "\n", ""), "a.csv": ("", "", "")}[name]
        if name == "a.csv":
            file.write("input,output\n")
        text = f"question,{row['output']}\n" if name == "a.csv" else json.dumps(row)
        file.write(start + between.join([text] * 30_000) + end)
    tracemalloc.start()
    assert sum(1 for found in stream_rows(path) if found == row) == 30_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 40e6
    assert peak < 12e6


def test_a_broken_end_is_told_when_the_reading_gets_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"input": "q"}\n' * 200_000 + b'{"input": "\xff"}\n')
    rows = stream_rows(path)
    assert next(rows) == {"input": "q"}
    with pytest.raises(BadDataset, match=r"is not UTF-8 \(byte 3000011\)"):
        list(rows)


def test_parquet_is_read_by_batches(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"input": str(number), "output": "a"} for number in range(5000)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=700)
    assert list(stream_rows(tmp_path / "a.parquet")) == rows
    (tmp_path / "b.parquet").write_text("no")
    with pytest.raises(BadDataset, match="is not Parquet"):
        list(stream_rows(tmp_path / "b.parquet"))
