"""E9: what a model wrote stays a text, wherever it is shown."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.evaluation.reporting.escaping import fenced, for_script, inert_cell, markdown, printable
from tests.core.evaluation.reporting.sample import HOSTILE

ANYTHING = st.text() | st.sampled_from(HOSTILE) | st.text(alphabet="=+-@;\t\n\r \"'<>&/`|![]()\\x0")
BEGINS = "=+-@＝＋－＠"


@settings(deadline=None)
@given(ANYTHING)
def test_json_in_a_page_is_the_same_and_never_ends_its_element(text: str) -> None:
    written = for_script({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": printable(text)}


@settings(deadline=None)
@given(ANYTHING)
def test_no_cell_begins_a_formula(text: str) -> None:
    cell = inert_cell(text)
    assert cell.replace("'", "") == printable(text).replace("'", "")
    # As one cell, and as what is left of it where tabs, semicolons or line ends part cells.
    for piece in [cell, *re.split(r"[\r\n\t;]", cell)]:
        assert piece.lstrip(' "\u200b\u2060\ufeff')[:1] not in [*BEGINS]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ('"=1+1', "'\"=1+1"),
        ("- one\n- two", "'- one\n'- two"),
        ("a;=1+1", "a;'=1+1"),
        ("3 - 2 = 1", "3 - 2 = 1"),
        ("mail@example.com", "mail@example.com"),
        ("\x00=1", "\ufffd=1"),
        ("＝1+1", "'＝1+1"),
        ("", ""),
    ],
)
def test_cells_that_would_be_formulas_get_an_apostrophe(text: str, cell: str) -> None:
    assert inert_cell(text) == cell
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC).writerow([inert_cell(text)])
    assert next(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [cell]


@settings(deadline=None)
@given(ANYTHING)
def test_a_line_of_markdown_holds_no_markup(text: str) -> None:
    line = markdown(text)
    assert "\n" not in line
    assert "<" not in line
    bare = re.sub(r"\\.", "", line)
    assert not set("`*_[]|!#~$\\") & set(bare)
    assert "://" not in line.replace("\u200c://", "")


@settings(deadline=None)
@given(ANYTHING)
def test_a_fence_holds_its_text(text: str) -> None:
    block = fenced(text)
    fence = re.match("`+", block)
    assert fence
    inside = block[len(fence[0]) + 5 : -len(fence[0]) - 1]
    assert inside == printable(text)
    assert fence[0] not in inside
