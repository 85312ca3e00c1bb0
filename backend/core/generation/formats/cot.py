"""A problem, the reasoning, and the result."""

from __future__ import annotations

from backend.core.generation.formats.base import BadDraft, Format, Record
from backend.core.generation.plan import Slot


class ChainOfThought(Format):
    """`output` is the reasoning with the result as its last line; `answer` is that line."""

    extras = ("answer",)

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """The reasoning, then the answer on a line of its own."""
        reasoning, answer = texts["reasoning"], texts["answer"]
        if len(answer.splitlines()) > 1:
            raise BadDraft(["answer must be a single line"])
        if reasoning.splitlines()[-1].strip() == answer:
            return {"input": texts["input"], "output": reasoning, "answer": answer}
        return {"input": texts["input"], "output": f"{reasoning}\n{answer}", "answer": answer}


COT = ChainOfThought(
    name="cot",
    title="Chain of thought",
    purpose="Write problems whose solution takes several steps of reasoning, each with the steps and the result.",
    fields=(
        ("input", "the problem, with everything that is needed to solve it"),
        ("reasoning", "the solution step by step, every step justified"),
        ("answer", "the final result alone, on one line"),
    ),
    forms=(
        "a calculation", "a deduction", "a diagnosis", "a decision between options", "an estimate",
        "a search for a mistake",
    ),
    tokens=340,
)  # fmt: skip
