"""A task and its answer."""

from __future__ import annotations

from backend.core.generation.formats.base import Format, Record
from backend.core.generation.plan import Slot


class Instruction(Format):
    """`input` is the task with any material it needs, `output` what a good assistant would answer."""

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """As it was written."""
        return {"input": texts["input"], "output": texts["output"]}


INSTRUCTION = Instruction(
    name="instruction",
    title="Instruction",
    purpose="Write tasks that a person could give to an assistant, each with an excellent answer.",
    fields=(
        ("input", "the task, complete with all material it needs"),
        ("output", "the answer: correct, complete and self-contained"),
    ),
    forms=(
        "explain something", "solve a problem", "compare two things", "give an example and discuss it",
        "correct a wrong statement", "summarise given material", "write a short text", "make a list or a table",
        "give step-by-step directions", "transform given material",
    ),
    tokens=260,
)  # fmt: skip
