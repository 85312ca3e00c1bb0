"""What a judge must answer: a reason first, then grades; checked here, whatever the server promised."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from backend.core.evaluation.rubric import Rubric

RATIONALE = "the reasons for the grades, in one to three sentences"


class PairAnswer(BaseModel):
    """A judge's answer to a pair."""

    model_config = ConfigDict(extra="ignore")

    rationale: Annotated[str, Field(description="what decides between the two, in one to three sentences")]
    winner: Annotated[
        Literal["first", "second", "tie"],
        Field(description="which of the two answers is better; tie only when neither is"),
    ]


@cache
def _grade_model(name: str, criteria: tuple[tuple[str, str], ...], low: int, high: int, overall: bool) -> Any:
    grade = Annotated[int, BeforeValidator(_a_number), AfterValidator(_within(low, high))]
    fields: dict[str, Any] = {"rationale": (str, Field(description=RATIONALE))}
    for criterion, question in criteria:
        fields[criterion] = (grade, Field(description=f"whole number from {low} to {high}. {question}"))
    if overall:
        fields["score"] = (grade, Field(description=f"whole number from {low} to {high}. The answer as a whole"))
    return create_model(name, __config__=ConfigDict(extra="ignore"), **fields)


def grade_schema(rubric: Rubric) -> type[BaseModel]:
    """The form of a judge's answer to one item: `rationale`, every criterion, and `score` for an overall grade.

    Limits are checked here and never put into the schema: strict modes refuse a schema with limits.
    """
    criteria = tuple((criterion.name, criterion.question) for criterion in rubric.criteria)
    made: type[BaseModel] = _grade_model("Grades", criteria, *rubric.scale, rubric.overall)
    return made


def _a_number(value: Any) -> Any:
    """`true` would count as 1, which nobody said."""
    if isinstance(value, bool):
        raise ValueError("true and false are no grades")
    return value


def _within(low: int, high: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"{value} lies outside {low} to {high}")
        return value

    return check


def grades_of(answer: BaseModel, rubric: Rubric) -> tuple[float, dict[str, float], str]:
    """Score, grade per criterion, and reason, from a validated answer."""
    given = answer.model_dump()
    grades = {criterion.name: float(given[criterion.name]) for criterion in rubric.criteria}
    score = float(given["score"]) if rubric.overall else rubric.weighted(grades)
    return score, grades, str(given["rationale"])
