"""A record is changed or taken out, and the others stay as they are, to the letter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.data.layout import record_spans, with_record, without_records
from backend.core.data.rows import read_rows

QA = {"input": "q", "output": "a"}
NEW = {"input": "new\u2028line", "output": 'b "c", d\ne'}
ODD = '{"input": "q", "output": "a", "x": 1.50, "y": 1e5, "z": 123456789012345.00, "u": "\\u00e9"}'
TEXTS = {
    "one line": ("a.json", f"[{ODD}, {ODD},{ODD}]"),
    "spread": ("a.json", json.dumps([QA] * 3, indent=4) + "\n"),
    "windows": ("a.json", json.dumps([QA] * 3, indent=2).replace("\n", "\r\n")),
    "in data": ("a.json", f'{{"version": 1.0, "data" : [ {ODD} ,\n\n {ODD},\t{ODD} ], "z": ["]"]}}'),
    "lines": ("a.jsonl", f"{ODD}\n\n  {ODD}\r\n{ODD}"),
    "lines by content": ("a.json", f"{ODD}\n{ODD}\n{ODD}\n"),
    "table": ("a.csv", 'input,output,x\n"q, 1","two\nlines",1\n\nq2,a2,2\r\nq3,"say ""a""",3'),
    "tabs": ("a.tsv", "input\toutput\nq\ta\nq\ta\nq\ta\n"),
}


@pytest.fixture(params=TEXTS.values(), ids=TEXTS.keys())
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, text = request.param
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("index", [0, 1, 2])
def test_one_record_is_changed(index: int, file: Path) -> None:
    before, rows = text_of(file), read_rows(file)
    spans = record_spans(file, before)
    assert len(spans) == len(rows) == 3
    after = with_record(file, before, index, NEW)
    start, end = spans[index]
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])
    file.write_bytes(after.encode())
    changed = read_rows(file)
    assert {name: changed[index][name] for name in NEW} == NEW
    assert [row for place, row in enumerate(changed) if place != index] == [
        row for place, row in enumerate(rows) if place != index
    ]


@pytest.mark.parametrize("indices", [[0], [1], [2], [0, 1], [0, 2], [1, 2], [2, 2]])
def test_records_are_taken_out(indices: list[int], file: Path) -> None:
    rows = read_rows(file)
    file.write_bytes(without_records(file, text_of(file), indices).encode())
    assert read_rows(file) == [row for place, row in enumerate(rows) if place not in indices]


def test_the_layout_is_that_of_the_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for width in (1, 2, 4):
        text = json.dumps({"data": [QA] * 3}, indent=width) + "\n"
        assert with_record(path, text, 1, {"input": "x"}) == (
            json.dumps({"data": [QA, {"input": "x"}, QA]}, indent=width) + "\n"
        )
        assert without_records(path, text, [0, 2]) == json.dumps({"data": [QA]}, indent=width) + "\n"
    dense = json.dumps([QA] * 3, separators=(",", ":"))
    assert with_record(path, dense, 1, QA) == dense
    assert without_records(path, "[1, 2,  3]", [1]) == "[1,  3]"
    assert with_record(path, f" {json.dumps(QA)}\n", 0, {"input": "x"}) == ' {"input": "x"}\n'


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.text() | st.integers() | st.lists(st.text())), min_size=2),
    st.data(),
)
def test_any_list_survives_any_deletion(rows: list[dict[str, object]], data: st.DataObject) -> None:
    path = Path("a.json")
    gone = data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=len(rows) - 1))
    indent = data.draw(st.sampled_from([None, 0, 1, 3]))
    text = json.dumps(rows, indent=indent, ensure_ascii=data.draw(st.booleans()))
    kept = [row for place, row in enumerate(rows) if place not in gone]
    assert json.loads(without_records(path, text, sorted(gone))) == kept
