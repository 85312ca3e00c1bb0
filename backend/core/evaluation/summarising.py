"""Rows become a summary; the same for a run that just ended and for one that is computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from backend.core.evaluation.aggregation import Measure, figures_of
from backend.core.evaluation.comparison import Mode, Preference
from backend.core.evaluation.contrasts import comparison_of, preference_of
from backend.core.evaluation.estimates import share_of
from backend.core.evaluation.figures import Cost, Tokens
from backend.core.evaluation.health import Evidence, health_of
from backend.core.evaluation.items import Question
from backend.core.evaluation.people import agreement_with_people
from backend.core.evaluation.rows import Answer, PairVerdict, ResultRow
from backend.core.evaluation.summary import Agreement, Control, ModelFigures, RunStatus, Summary
from backend.core.metrics import words
from backend.core.statistics import krippendorff_alpha, share_interval


@dataclass(frozen=True)
class Facts:
    """What a summary tells besides the rows.

    Args:
        judged: a judge was asked.
        controls: the judge's grades of planted answers.
        labels: people's grades by item.
        itself: judges that are among the judged, in words.
        spent: requests, retries, tokens, cost, wall clock and efficiency, by their names in the summary.
        stopped: the run did not come to its end.
    """

    run: str
    created_at: str
    tag: str | None
    mode: Mode
    measure: Measure
    min_coverage: float
    dataset: str
    judged: bool = False
    grades: bool = False
    judges: tuple[str, ...] = ()
    repeats: int = 1
    judge_host: str | None = None
    rubric: str | None = None
    criteria_help: Mapping[str, str] = field(default_factory=dict)
    controls: tuple[Control, ...] = ()
    labels: Mapping[str, float] | None = None
    itself: tuple[str, ...] = ()
    spent: Mapping[str, Any] = field(default_factory=dict)
    config_hash: str = ""
    mock: bool = False
    test_mode: bool = False
    stopped: str = ""
    notes: tuple[str, ...] = ()


def summarise(rows: Sequence[ResultRow], facts: Facts) -> Summary:
    """Everything the dashboard and the reports show.

    Raises:
        InvalidInput: people's grades are for none of the items.
    """
    questions = [_question(row) for row in rows]
    by_model = answers_by_model(rows)
    baseline, main = next(iter(by_model)), rows[0].model
    figures = [figures_of(model, answers, questions, facts.measure) for model, answers in by_model.items()]
    own = next(found for found in figures if found.model == main)
    preferences = _preferences(rows, by_model, facts.measure.seed)
    contrasts = [
        comparison_of(by_model[baseline], answers, questions, facts.measure)
        for model, answers in by_model.items()
        if model != baseline and facts.mode != "pairwise"
    ]
    mde80 = next((found.mde80 for found in contrasts if found.b == main), None)
    summary = Summary(
        **{**own.model_dump(), "mde80": mde80 if mde80 is not None else own.mde80},
        run=facts.run,
        created_at=facts.created_at,
        tag=facts.tag,
        mode=facts.mode,
        status=_status(figures, preferences, facts),
        status_detail=facts.stopped or " ".join(_gaps(figures, preferences, facts)),
        min_coverage=facts.min_coverage,
        dataset=facts.dataset,
        models=figures,
        comparisons=contrasts,
        preferences=preferences,
        agreement=agreement_of(rows, facts),
        human=agreement_with_people(rows, facts.labels) if facts.labels else None,
        judges=list(facts.judges),
        judge_host=facts.judge_host,
        rubric=facts.rubric,
        criteria_help=dict(facts.criteria_help),
        **{"tokens": Tokens(), "cost": _no_cost(facts), **facts.spent},
        config_hash=facts.config_hash,
        mock=facts.mock,
        test_mode=facts.test_mode,
        warnings=_warnings(facts, figures),
        **_earlier_names(rows),
    )
    if facts.judged:
        summary.health = health_of(facts.controls, _evidence(summary, by_model, facts))
    return summary


def _evidence(summary: Summary, by_model: Mapping[str, Sequence[Answer]], facts: Facts) -> Evidence:
    return Evidence(
        scale=facts.measure.scale,
        answers=[answer for answers in by_model.values() for answer in answers] if facts.grades else [],
        length=summary.length if facts.grades else None,
        preferences=summary.preferences,
        itself=facts.itself,
    )


def answers_by_model(rows: Sequence[ResultRow]) -> dict[str, list[Answer]]:
    """Each model's answers in the order of the rows; the baseline first, the main model last."""
    found: dict[str, list[Answer]] = {answer.model: [] for answer in (*rows[0].others, rows[0])}
    for row in rows:
        for answer in (*row.others, row):
            found[answer.model].append(answer)
    return found


def _question(row: ResultRow) -> Question:
    return Question(row.item_id, row.index, row.input, row.reference, row.category, row.source)


def _preferences(rows: Sequence[ResultRow], by_model: Mapping[str, Sequence[Answer]], seed: int) -> list[Preference]:
    found = []
    for place, first in enumerate(rows[0].pairs):
        verdicts: list[PairVerdict] = [row.pairs[place] for row in rows]
        texts = [
            (before.prediction, after.prediction)
            for before, after in zip(by_model[first.baseline], by_model[first.candidate], strict=True)
        ]
        found.append(preference_of(first.baseline, first.candidate, verdicts, texts, seed))
    return found


def agreement_of(rows: Sequence[ResultRow], facts: Facts) -> Agreement | None:
    """How far the ratings of the same answer agree; None with one judge and one repeat."""
    if not facts.grades or len(facts.judges) * facts.repeats < 2:
        return None
    units = [
        [rating.score for rating in answer.ratings]
        for row in rows
        for answer in (*row.others, row)
        if answer.status == "scored"
    ]
    rated = [[score for score in unit if score is not None] for unit in units]
    rated = [unit for unit in rated if len(unit) > 1]
    spreads = [
        answer.spread
        for row in rows
        for answer in (*row.others, row)
        if answer.spread is not None and answer.status == "scored"
    ]
    several = (len(facts.judges) > 1, facts.repeats > 1)
    return Agreement(
        between="judges_and_repeats" if all(several) else "judges" if several[0] else "repeats",
        n=len(rated),
        alpha=krippendorff_alpha(units),
        exact=share_of(sum(len(set(unit)) == 1 for unit in rated), len(rated)),
        mean_spread=sum(spreads) / len(spreads) if spreads else None,
    )


def _status(figures: Sequence[ModelFigures], preferences: Sequence[Preference], facts: Facts) -> RunStatus:
    if facts.stopped:
        return "partial"
    return "below_coverage" if _gaps(figures, preferences, facts) else "complete"


def _gaps(figures: Sequence[ModelFigures], preferences: Sequence[Preference], facts: Facts) -> list[str]:
    """A sentence for everything that is known for fewer items than asked: a baseline counts like the main model."""
    wanted = f"is below the {facts.min_coverage:.0%} asked for (min_coverage)."
    several = len(figures) > 1
    told = [
        f"{found.n_total - found.n_scored} items{f' of {found.model}' if several else ''} have no score: coverage "
        f"{found.coverage:.1%} {wanted}"
        for found in figures
        if found.coverage < facts.min_coverage
    ]
    if facts.mode != "pairwise":  # there the verdicts are the scores
        told += [
            f"{found.n_total - found.n} pairs of {found.b} and {found.a} have no verdict: coverage "
            f"{found.n / found.n_total:.1%} {wanted}"
            for found in preferences
            if found.n / found.n_total < facts.min_coverage
        ]
    return told


def _warnings(facts: Facts, figures: Sequence[ModelFigures]) -> list[str]:
    told = []
    if facts.mock:
        told.append("MOCK: the grades were made up by test mode. They say nothing about any model.")
    if facts.stopped:
        told.append(f"The run was stopped before its end, so these figures are of a part: {facts.stopped}")
    for found in figures:
        if found.coverage < 1 and not facts.stopped:
            missing = found.n_total - found.n_scored
            told.append(f"{missing} of {found.n_total} answers of {found.model} have no score; see the bounds.")
    return [*told, *facts.notes]


def _no_cost(facts: Facts) -> Cost:
    return Cost() if facts.judged else Cost(value=0.0)


def _earlier_names(rows: Sequence[ResultRow]) -> dict[str, Any]:
    """The main model's figures under the names of the first version, counted as it did: articles are words there."""
    pairs = [(words(row.prediction), words(row.reference)) for row in rows if row.reference is not None]
    hits = sum(given == wanted for given, wanted in pairs)
    share = share_interval(hits, len(pairs))
    return {
        "items": len(rows),
        "scored": sum(row.score is not None for row in rows),
        "exact_match": share.value,
        "exact_match_interval": share.interval,
        "token_f1": fmean(_overlap(given, wanted) for given, wanted in pairs) if pairs else None,
    }


def _overlap(given: Sequence[str], wanted: Sequence[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    return 2 * sum((Counter(given) & Counter(wanted)).values()) / (len(given) + len(wanted))
