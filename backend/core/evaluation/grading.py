"""From outcomes to rows: what each item is worth, and where nothing is known, that."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.core.evaluation.items import Material, Question
from backend.core.evaluation.judging import Outcome
from backend.core.evaluation.pair_verdicts import NOT_ASKED, outcomes_of, verdicts_of
from backend.core.evaluation.requests import Setup, first_alike, grade_name
from backend.core.evaluation.rows import Answer, Judge, JudgeUsage, PairVerdict, Rating, ResultRow, Verdict
from backend.core.evaluation.verdicts import grades_of
from backend.core.metrics import all_of

WORTH: Mapping[Verdict, float] = {"win": 1.0, "tie": 0.5, "loss": 0.0}
"""The score of a verdict."""

INCONSISTENT_SPREAD = 0.15
"""Ratings of one item that vary by more than this share of the scale are marked: 1.35 points of 1 to 10."""


@dataclass(frozen=True)
class Grader:
    """Makes the rows of a run.

    Args:
        material: what is scored.
        setup: how the judge was asked; None = mode `reference`.
        outcomes: of the judge's requests, by name.
        metric: the score of mode `reference`.
        mode: as the rows tell it.
    """

    material: Material
    setup: Setup | None
    outcomes: Mapping[str, Outcome]
    metric: str
    mode: str

    def rows(self) -> list[ResultRow]:
        """One row per item, in input order; the fields of its answer are the main model's."""
        pairs = verdicts_of(self.material, self.setup, self.outcomes) if self.setup else []
        by_model = [self._answers(model, pairs) for model in range(len(self.material.answers))]
        return [
            self._row(question, [answers[at] for answers in by_model], [verdicts[at] for verdicts in pairs])
            for at, question in enumerate(self.material.questions)
        ]

    def _row(self, question: Question, answers: Sequence[Answer], pairs: list[PairVerdict]) -> ResultRow:
        main, others = answers[-1], list(answers[:-1])
        return ResultRow(
            **main.model_dump(),
            item_id=question.item_id,
            index=question.index,
            input=question.input,
            reference=question.reference,
            category=question.category,
            source=question.source,
            verdict=pairs[-1].verdict if pairs else None,
            change=_change(others[0] if others else None, main),
            others=others,
            pairs=pairs,
        )

    def _answers(self, model: int, pairs: Sequence[Sequence[PairVerdict]]) -> list[Answer]:
        if self.setup is None:
            made = [self._by_reference(model, at) for at in range(len(self.material.questions))]
        elif self.setup.grades:
            alike = first_alike(self.material, model)
            made = []
            for at, first in enumerate(alike):
                made.append(self._graded(model, at) if first == at else self._copied(made[first], model, at, first))
        else:
            items = range(len(self.material.questions))
            made = [self._paired(model, at, [verdicts[at] for verdicts in pairs]) for at in items]
        return _outliers_marked(made)

    def _plain(self, model: int, at: int) -> Answer:
        answers, question = self.material.answers[model], self.material.questions[at]
        text = answers.predictions[at]
        return Answer(
            model=answers.model,
            prediction=text,
            status="scored" if text.strip() else "empty_prediction",
            reference_metrics={} if question.reference is None else all_of(text, question.reference),
            likelihood=answers.likelihoods[at],
        )

    def _by_reference(self, model: int, at: int) -> Answer:
        answer = self._plain(model, at)
        if self.material.questions[at].reference is None:
            return answer.model_copy(update={"status": "no_reference"})
        return answer.model_copy(update={"score": answer.reference_metrics[self.metric]})

    def _graded(self, model: int, at: int) -> Answer:
        assert self.setup
        answer, rubric = self._plain(model, at), self.setup.rubric
        if answer.status == "empty_prediction":
            low = float(rubric.scale[0])
            worst: dict[str, float | None] = {criterion.name: low for criterion in rubric.criteria}
            told = "Nothing was answered, so the judge was not asked."
            return answer.model_copy(update={"score": low, "criteria": worst, "rationale": told})
        found = [
            (judge, repeat, self.outcomes.get(grade_name(at, answer.model, judge, repeat)))
            for judge in self.setup.judges
            for repeat in range(self.setup.repeats)
        ]
        ratings = [self._rating(judge, repeat, outcome) for judge, repeat, outcome in found]
        return self._with_ratings(answer, ratings, [outcome for *_, outcome in found if outcome])

    def _rating(self, judge: str, repeat: int, outcome: Outcome | None) -> Rating:
        assert self.setup
        if outcome is None or outcome.value is None:
            error = outcome.error_class if outcome else NOT_ASKED
            return Rating(judge=judge, repeat=repeat, score=None, error_class=error)
        score, criteria, rationale = grades_of(outcome.value, self.setup.rubric)
        return Rating(judge=judge, repeat=repeat, score=score, criteria=dict(criteria), rationale=rationale)

    def _with_ratings(self, answer: Answer, ratings: list[Rating], outcomes: Sequence[Outcome]) -> Answer:
        assert self.setup
        scored = [rating for rating in ratings if rating.score is not None]
        scores = [rating.score for rating in scored if rating.score is not None]
        spread = statistics.stdev(scores) if len(scores) > 1 else None
        low, high = self.setup.rubric.scale
        flags = _flags(outcomes)
        if scored and len(scored) < len(ratings):
            flags.append("partial_ratings")
        if spread is not None and spread > INCONSISTENT_SPREAD * (high - low):
            flags.append("judge_inconsistent")
        failed = next((rating for rating in ratings if rating.score is None), None)
        return answer.model_copy(
            update={
                "status": "scored" if scored else "unscored",
                "score": statistics.fmean(scores) if scores else None,
                "criteria": {
                    criterion.name: _mean([rating.criteria.get(criterion.name) for rating in scored])
                    for criterion in self.setup.rubric.criteria
                },
                "rationale": scored[0].rationale if scored else "",
                "spread": spread,
                "ratings": ratings if len(ratings) > 1 else [],
                "flags": flags,
                "error_class": failed.error_class if failed and not scored else None,
                "error_detail": next((o.detail for o in outcomes if o.value is None), None) if not scored else None,
                **self._spent(outcomes),
            }
        )

    def _spent(self, outcomes: Sequence[Outcome]) -> dict[str, object]:
        assert self.setup
        usages = [outcome.usage for outcome in outcomes]
        costs = [outcome.cost for outcome in outcomes]
        total = None
        if usages and all(usages):
            total = JudgeUsage(
                prompt=sum(u.prompt for u in usages if u),
                cached=sum(u.cached for u in usages if u),
                completion=sum(u.completion for u in usages if u),
                reasoning=sum(u.reasoning for u in usages if u),
            )
        return {
            "judge": Judge(model=", ".join(self.setup.judges), mode=self.mode, repeats=self.setup.repeats),
            "usage": total,
            "cost": sum(cost for cost in costs if cost is not None) if costs and None not in costs else None,
            "latency_s": max((outcome.latency_s for outcome in outcomes), default=None),
            "attempts": sum(outcome.attempts for outcome in outcomes),
        }

    def _copied(self, first: Answer, model: int, at: int, position: int) -> Answer:
        """The judgement of an equal answer to the equal question; what it cost is the first one's."""
        own = self._plain(model, at)
        if own.status == "empty_prediction":
            return self._graded(model, at)
        original = self.material.questions[position].item_id
        nothing = {"usage": None, "cost": None, "latency_s": None, "attempts": 0}
        return first.model_copy(
            update={"status": "duplicate_of", "duplicate_of": original, "likelihood": own.likelihood, **nothing}
        )

    def _paired(self, model: int, at: int, pairs: Sequence[PairVerdict]) -> Answer:
        """Mode `pairwise`: the score is the verdict's; the baseline's is what its challengers leave it."""
        answer = self._plain(model, at)
        if not model:
            left = [1 - WORTH[pair.verdict] for pair in pairs if pair.verdict is not None]
            known = (
                {"score": statistics.fmean(left)} if left else {"status": "unscored", "error_class": _failed(pairs)}
            )
            return answer.model_copy(update=known)
        pair = pairs[model - 1]
        outcomes = outcomes_of(at, pair, self.outcomes)
        told = next((slot.rationale for slot in pair.slots if slot.rationale), "")
        return answer.model_copy(
            update={
                "status": pair.status,
                "score": None if pair.verdict is None else WORTH[pair.verdict],
                "rationale": told,
                "flags": [*_flags(outcomes), *(["judge_inconsistent"] if pair.consistent is False else [])],
                "error_class": _failed([pair]) if pair.verdict is None else None,
                **(self._spent(outcomes) if pair.slots else {}),
            }
        )


def _failed(pairs: Sequence[PairVerdict]) -> str | None:
    return next((slot.error_class for pair in pairs for slot in pair.slots if slot.error_class), None)


def _flags(outcomes: Sequence[Outcome]) -> list[str]:
    return list(dict.fromkeys(flag for outcome in outcomes for flag in outcome.flags))


def _change(baseline: Answer | None, main: Answer) -> float | None:
    if baseline is None or baseline.score is None or main.score is None:
        return None
    return main.score - baseline.score


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _outliers_marked(answers: list[Answer]) -> list[Answer]:
    """Answers more than three standard deviations longer or shorter than the model's others, marked."""
    lengths = [len(answer.prediction) for answer in answers]
    if len(lengths) < 10 or len(set(lengths)) == 1:
        return answers
    middle, spread = statistics.fmean(lengths), statistics.stdev(lengths)
    return [
        answer.model_copy(update={"flags": [*answer.flags, "length_outlier"]})
        if abs(length - middle) > 3 * spread
        else answer
        for answer, length in zip(answers, lengths, strict=True)
    ]
