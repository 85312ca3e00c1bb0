"""A person's decisions: checked against the type of the record, the last one counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import InvalidInput
from backend.core.generation.review import decided, edited, keep_review, read_reviews, reviewed
from backend.core.generation.rows import Row


def row(number: int, **given: Any) -> Row:
    made = {"status": "accepted", "slot": number, "record": {"input": f"q{number}", "output": "a"}, **given}
    return Row(id=f"r{number:06d}", call=0, draft=number, leaf="l0", subtopic="s", **made)


@pytest.mark.parametrize(
    ("record", "changes", "words"),
    [
        ({"input": "q", "output": "a"}, {}, "new input or output"),
        ({"input": "q", "output": "a"}, {"output": " "}, "output is empty"),
        ({"input": "q", "output": "x", "labels": ["x", "y"]}, {"output": "z"}, "one of x, y"),
        ({"input": "q", "output": "a", "messages": [{}]}, {"input": "other"}, "cannot be edited as one text"),
    ],
)
def test_an_edit_that_makes_no_record_is_refused(record: dict[str, Any], changes: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        edited(record, changes)


def test_further_fields_follow_an_edit() -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    chat = edited({"input": "User: q", "output": "a", "messages": turns}, {"output": "b"})
    assert chat["messages"] == [turns[0], {"role": "assistant", "content": "b"}]
    assert turns[1]["content"] == "a"
    assert edited({"input": "q", "output": "x\n1", "answer": "1"}, {"output": "y\n2"})["answer"] == "2"


def test_the_last_decision_counts_and_without_one_the_runs_own(tmp_path: Path) -> None:
    rows = [row(0), row(1), row(2, status="rejected", slot=None, reason="low_quality"), row(3)]
    for decision in ("reject", "accept"):
        keep_review(tmp_path, decided(rows[0], decision, {}))  # type: ignore[arg-type]
    keep_review(tmp_path, decided(rows[1], "reject", {}))
    keep_review(tmp_path, decided(rows[2], "edit", {"output": "better"}))
    made = reviewed(rows, read_reviews(tmp_path))
    assert made == [rows[0].record, rows[3].record, {"input": "q2", "output": "better"}]


@pytest.mark.parametrize("record", [None, "text", {"input": "q"}, {"input": "q", "output": ""}])
def test_what_is_no_record_can_only_be_rejected(record: Any) -> None:
    broken = row(0, status="rejected", record=record, reason="invalid")
    assert decided(broken, "reject", {}).decision == "reject"
    with pytest.raises(InvalidInput, match="can only be rejected"):
        decided(broken, "accept", {})
