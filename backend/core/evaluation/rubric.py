"""What an answer is graded by: criteria with weights, a scale, and a description of what each grade looks like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend.core.errors import InvalidInput
from backend.core.paths import shown

Line = Annotated[str, Field(min_length=1, max_length=2000)]


class Criterion(BaseModel):
    """One question put to the judge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    question: Line
    weight: float = Field(1.0, gt=0, le=1000)
    anchors: dict[int, Line] = Field({})


class Rubric(BaseModel):
    """A whole rubric.

    Args:
        name: as reports call it.
        scale: lowest and highest grade, whole numbers.
        instructions: what the judge should know about the task.
        criteria: at least one, each graded apart.
        anchors: what the overall grade means; without `overall` the score is the weighted mean of the criteria.
        overall: let the judge give an overall grade, which then is the score.
        pass_threshold: scores at or above it pass.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    scale: tuple[int, int] = (1, 5)
    instructions: str = Field("", max_length=8000)
    criteria: list[Criterion] = Field(min_length=1, max_length=20)
    anchors: dict[int, Line] = Field({})
    overall: bool = False
    pass_threshold: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> Rubric:
        low, high = self.scale
        if not low < high or high - low > 100:
            raise ValueError(f"scale: {low} to {high} is no scale; the first number is the lowest grade")
        for where, anchors in [("anchors", self.anchors), *((c.name, c.anchors) for c in self.criteria)]:
            outside = [grade for grade in anchors if not low <= grade <= high]
            if outside:
                raise ValueError(f"{where}: the anchor {outside[0]} lies outside the scale {low} to {high}")
        names = [criterion.name for criterion in self.criteria]
        taken = {name for name in names if names.count(name) > 1 or name in ("score", "rationale")}
        if taken:
            raise ValueError(f"criteria: {', '.join(sorted(taken))} is used twice, or a name the answer needs itself")
        if self.pass_threshold is not None and not low <= self.pass_threshold <= high:
            raise ValueError(f"pass_threshold: {self.pass_threshold} lies outside the scale {low} to {high}")
        return self

    @property
    def score_name(self) -> str:
        """What the score is called."""
        return "overall" if self.overall else "weighted"

    def weighted(self, grades: dict[str, float]) -> float:
        """The weighted mean of the criteria's grades."""
        total = sum(criterion.weight for criterion in self.criteria)
        return sum(grades[criterion.name] * criterion.weight for criterion in self.criteria) / total


SINGLE = Rubric(
    name="general quality",
    scale=(1, 10),
    overall=True,
    criteria=[
        Criterion(
            name="factual_accuracy",
            question="Is everything the answer states true? Where a reference answer is given, it is right.",
        ),
        Criterion(name="completeness", question="Does the answer cover all that the question asks for?"),
        Criterion(name="relevance", question="Does the answer keep to what was asked?"),
        Criterion(name="clarity", question="Is the answer easy to understand, whatever its length?"),
    ],
    anchors={
        1: "Wrong, empty, or about something else: of no use.",
        3: "Touches the question, with serious errors or most of it missing.",
        5: "Partly right: useful to someone who checks it.",
        7: "Right in the main, with small errors or gaps.",
        10: "Right, complete and clear: nothing to correct.",
    },
    pass_threshold=7.0,
)
"""The rubric of mode `single`. Anchors at 1, 3, 5, 7 and 10: a judge without them uses 7 to 9 only."""


def read_rubric(path: Path) -> Rubric:
    """The rubric in a YAML or JSON file.

    Raises:
        InvalidInput: it cannot be read or does not fit; every problem is named with its field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The rubric {shown(path)} cannot be read ({error}).", "rubric") from None
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        raise InvalidInput(
            f"The rubric {shown(path)} is not YAML ({' '.join(str(error).split())}).", "rubric"
        ) from None
    try:
        return Rubric.model_validate(content)
    except ValidationError as error:
        lines = [_line(problem["loc"], problem["msg"]) for problem in error.errors()[:10]]
        raise InvalidInput(f"The rubric {shown(path)} does not fit:\n" + "\n".join(lines), "rubric") from None


def _line(where: tuple[int | str, ...], message: str) -> str:
    place = ".".join(map(str, where))
    return f"  {place}{': ' if place else ''}{message.removeprefix('Value error, ')}"
