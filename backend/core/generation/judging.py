"""Is a record good enough? Asked of the judge that also evaluates models, with a rubric for data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from backend.core.evaluation.prompts import Messages, grade_messages, pair_messages
from backend.core.evaluation.rubric import Criterion, Rubric
from backend.core.evaluation.verdicts import PairAnswer, grade_schema
from backend.core.generation.formats import Record

DATA_RUBRIC = Rubric(
    name="training data",
    scale=(1, 10),
    instructions="Question and answer are a record that a language model is to learn from.",
    criteria=[
        Criterion(name="correctness", question="Is everything that the answer says true?"),
        Criterion(name="clarity", question="Is the question clear, and can it be understood on its own?"),
        Criterion(name="usefulness", question="Does the answer do all that the question asks, without padding?"),
    ],
    anchors={
        1: "wrong, empty or unusable",
        3: "mostly wrong, or answers something else",
        5: "partly right, with an error or a gap that matters",
        7: "right, with a small flaw",
        10: "right, complete and clear: nothing to add",
    },
    overall=True,
)


class PreferenceAnswer(PairAnswer):
    """A judge's answer to a preference pair."""

    margin: Annotated[
        Literal[1, 2, 3],
        Field(description="how much better the winner is: 1 slightly, 2 clearly, 3 by far; 1 for a tie"),
    ]


def quality_messages(record: Record) -> Messages:
    """The request to grade a record."""
    return grade_messages(DATA_RUBRIC, record["input"], record["output"], None)


def quality_schema() -> type[BaseModel]:
    """What comes back: a rationale, the criteria, and `score` from 1 to 10."""
    return grade_schema(DATA_RUBRIC)


def order_messages(record: Record) -> tuple[Messages, Messages]:
    """The requests to compare the two answers of a preference pair: preferred first, then preferred second."""
    question, better, worse = record["input"], record["output"], record["rejected"]
    return pair_messages(question, better, worse, None), pair_messages(question, worse, better, None)


def settled(record: Record, answers: Sequence[PreferenceAnswer]) -> Record | None:
    """The pair with its margin, turned round where the judge says so in both orders; None = the orders disagree.

    Args:
        answers: to the requests of `order_messages`, in that order.
    """
    first, second = answers
    if "tie" in (first.winner, second.winner) or first.winner == second.winner:
        return None  # the same place twice is a taste for the place
    margin = (first.margin + second.margin) / 2
    if first.winner == "first":
        return {**record, "margin": margin}
    return {**record, "output": record["rejected"], "rejected": record["output"], "margin": margin}
