"""Everything a judge has to be asked in a run, each question known by a name that says what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from backend.core.evaluation.controls import Planted
from backend.core.evaluation.items import Material
from backend.core.evaluation.pairing import decided_here
from backend.core.evaluation.rubric import Rubric


@dataclass(frozen=True)
class Setup:
    """How a run judges.

    Args:
        grades: answers are graded one by one.
        pairs: answers are compared in pairs, every candidate with the baseline.
        rubric: criteria and scale.
        judges: models that judge.
        repeats: times each is asked.
        commit_first: the judge answers itself first.
        max_tokens: longest answer of the judge.
        seed: of the run; sent to servers that know one.
    """

    grades: bool
    pairs: bool
    rubric: Rubric
    judges: tuple[str, ...]
    repeats: int = 1
    commit_first: bool = False
    max_tokens: int = 700
    seed: int = 42


@dataclass(frozen=True)
class Request:
    """One question to one judge, one time.

    Args:
        name: unique within the run.
        kind: grade `answer`, or choose between `answer` and `second`.
        right: the right answer; the judge is not shown it where `reference` is None.
    """

    name: str
    kind: Literal["grade", "pair"]
    item_id: str
    judge: str
    repeat: int
    question: str
    reference: str | None
    answer: str
    second: str = ""
    right: str | None = None


def grade_name(index: int, model: str, judge: str, repeat: int) -> str:
    """The name of the request to grade a model's answer to an item."""
    return f"grade|{index}|{model}|{judge}|{repeat}"


def pair_name(index: int, first: str, second: str, judge: str, repeat: int) -> str:
    """The name of the request to compare two models' answers to an item, shown in this order."""
    return f"pair|{index}|{first}|{second}|{judge}|{repeat}"


def control_name(number: int, judge: str, order: int = 0) -> str:
    """The name of the request about a planted answer."""
    return f"control|{number}|{judge}|{order}"


def requests_of(material: Material, setup: Setup, planted: Sequence[Planted]) -> Iterator[Request]:
    """All requests of a run: the controls first, since what they tell about the judge is worth knowing early.

    Empty answers are not asked about; answers that occur twice on the same question are asked about once.
    """
    for judge in setup.judges:
        for number, control in enumerate(planted):
            yield from _control(number, control, judge, setup)
    if setup.grades:
        yield from _grades(material, setup)
    if setup.pairs:
        yield from _pairs(material, setup)


def _control(number: int, planted: Planted, judge: str, setup: Setup) -> Iterator[Request]:
    question = planted.question
    if setup.grades:
        yield Request(
            control_name(number, judge), "grade", question.item_id, judge, 0, question.input, question.reference,
            planted.answer,
        )  # fmt: skip
    elif question.reference is not None and planted.kind != "reference":
        for order, (first, second) in enumerate(
            ((question.reference, planted.answer), (planted.answer, question.reference))
        ):
            # The reference itself is one of the two, so it is not shown as the reference.
            yield Request(
                control_name(number, judge, order), "pair", question.item_id, judge, 0, question.input, None, first,
                second, question.reference,
            )  # fmt: skip


def first_alike(material: Material, model: int) -> list[int]:
    """For each item the first one with the same question, reference and answer of this model: often itself."""
    seen: dict[tuple[str, str | None, str], int] = {}
    predictions = material.answers[model].predictions
    return [
        seen.setdefault((question.input, question.reference, predictions[at]), at)
        for at, question in enumerate(material.questions)
    ]


def _grades(material: Material, setup: Setup) -> Iterator[Request]:
    for model, answers in enumerate(material.answers):
        first = first_alike(material, model)
        for at, question in enumerate(material.questions):
            if first[at] != at or not answers.predictions[at].strip():
                continue
            for judge, repeat in product(setup.judges, range(setup.repeats)):
                yield Request(
                    grade_name(at, answers.model, judge, repeat), "grade", question.item_id, judge, repeat,
                    question.input, question.reference, answers.predictions[at],
                )  # fmt: skip


def _pairs(material: Material, setup: Setup) -> Iterator[Request]:
    baseline = material.answers[0]
    for candidate in material.answers[1:]:
        for at, question in enumerate(material.questions):
            before = (baseline.model, baseline.predictions[at])
            after = (candidate.model, candidate.predictions[at])
            if decided_here(before[0], after[0], before[1], after[1]):
                continue
            for judge, repeat, (one, other) in product(
                setup.judges, range(setup.repeats), ((before, after), (after, before))
            ):
                yield Request(
                    pair_name(at, one[0], other[0], judge, repeat), "pair", question.item_id, judge, repeat,
                    question.input, question.reference, one[1], other[1],
                )  # fmt: skip
