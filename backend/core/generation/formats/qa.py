"""A question and its answer."""

from __future__ import annotations

from backend.core.generation.formats.base import Format, Record
from backend.core.generation.plan import Slot


class QuestionAnswer(Format):
    """`input` is a question, `output` its answer; `evidence` quotes the source where there is one."""

    extras = ("evidence",)

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """With the evidence, if any was given."""
        record = {"input": texts["input"], "output": texts["output"]}
        if texts.get("evidence"):
            record["evidence"] = texts["evidence"]
        return record


QA = QuestionAnswer(
    name="qa",
    title="Question and answer",
    purpose="Write questions that have one definite answer, each with that answer.",
    fields=(
        ("input", "the question; it can be understood without any other text"),
        ("output", "the answer: correct and to the point"),
        ("evidence", "with source material, the passage that proves the answer, copied word for word; else empty"),
    ),
    optional=("evidence",),
    forms=("a fact", "a reason", "a definition", "a number or a calculation", "a difference", "a consequence"),
    tokens=130,
)
