"""Runs as an evaluation leaves them, made from a seed, for reports to be written from."""

from __future__ import annotations

import random
import statistics as plain
import sys
from pathlib import Path
from typing import Any

from backend.core.evaluation.comparison import (
    ChangedItem,
    Comparison,
    Preference,
    RunComparison,
    RunReference,
    WinRate,
)
from backend.core.evaluation.figures import (
    Bin,
    Bounds,
    Category,
    Interval,
    Mean,
    Metric,
    PassRate,
    Scale,
    Score,
    Share,
)
from backend.core.evaluation.reporting import write_comparison, write_reports
from backend.core.evaluation.rows import Answer, Judge, PairVerdict, ResultRow, Slot
from backend.core.evaluation.summary import Control, Finding, Health, ModelFigures, Summary
from backend.core.metrics import SCALES, Corpus, CorpusFigure, all_of
from backend.core.statistics import Estimate, mean_interval, median_interval, paired, share_interval, win_rate_interval

SCALE = Scale(low=1, high=10)
CATEGORIES = ("mechanics", "electricity", "optics", "thermodynamics")
CRITERIA = {
    "correctness": "Does it say what the reference says?",
    "completeness": "Is everything there that was asked for?",
    "relevance": "Does it answer this question and nothing else?",
    "clarity": "Can it be understood at the first reading?",
}
QUESTIONS = (
    ("Which unit does the International System prescribe for {0}?", "{0} is measured in {1}."),
    ("Explain {0} to a pupil of fourteen years, with one example from the kitchen.", "Think of {0} like this: {1}."),
    ("What happens to {0} when the temperature doubles?", "It grows, as {1} tells."),
)
THINGS = (("force", "newton"), ("energy", "joule"), ("power", "watt"), ("pressure", "pascal"), ("charge", "coulomb"))

HOSTILE = (
    '<script>document.title="owned";fetch("https://example.com/x")</script>',
    '"><img src=https://example.com/p.png onerror=alert(1)>',
    "</script><script>window.owned=1</script><!--",
    '=HYPERLINK("https://example.com","click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3\n=1+1",
    "\t=1+1",
    "![x](https://example.com/p.png) <b>bold</b> [link](javascript:alert(1)) `code` ```",
    "{{ 7 * 7 }} {% raw %} ${7*7} \x00\x1b[31m",
    "الجواب \u202e txet desrever 我喜欢",
    "\u2028</title><style>body{display:none}</style>",
)


def mean_of(values: list[float]) -> dict[str, Any]:
    """The fields of a mean."""
    return _fields(mean_interval(values))


def share_of(successes: float, count: int) -> Share:
    """A share with its interval."""
    found = share_interval(successes, count)
    return Share(n=count, count=successes, value=found.value, ci95=_interval(found))


def make_run(
    n: int = 80, *, seed: int = 1, hostile: bool = False, pairwise: bool = False
) -> tuple[Summary, list[ResultRow]]:
    """A run of a base model and its adapter, judged from 1 to 10, or in pairs."""
    generator = random.Random(seed)
    rows = [_row(generator, place, hostile, pairwise) for place in range(n)]
    base, tuned = _figures("tiny", [row.others[0] for row in rows], rows), _figures("physics", rows, rows)
    summary = Summary(
        **tuned.model_dump(),
        run="run_20261123_174210_physics", created_at="2026-11-23T17:42:10Z", tag="physics",
        mode="pairwise" if pairwise else "single", status="complete", dataset="data/physics_test_qa.json",
        models=[base, tuned], comparisons=[] if pairwise else [_comparison(rows)],
        preferences=[_preference(rows)] if pairwise else [],
        health=_health(pairwise), judges=["gpt-5-mini"], judge_host="api.openai.com", criteria_help=CRITERIA,
        requests=2 * n + 12, retries=7, wall_s=94.0, efficiency=0.91, config_hash="5e0c1f6a7b9d42e8",
        tokens={"prompt": 61_204, "cached": 12_800, "completion": 9_931, "reasoning": 0, "unreported": 0},  # type: ignore[arg-type]
        cost={"value": 0.0351},  # type: ignore[arg-type]
        warnings=["=1+1 <script>alert(1)</script>"] if hostile else [],
    )  # fmt: skip
    return summary, rows


def write_run(folder: Path, summary: Summary, rows: list[ResultRow]) -> None:
    """The two files that a report is made from."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(summary.model_dump_json(indent=2), encoding="utf-8")
    lines = [row.model_dump_json() + "\n" for row in rows]
    (folder / "results.jsonl").write_text("".join(lines), encoding="utf-8")


def make_comparison(n: int = 80, *, seed: int = 1, hostile: bool = False) -> RunComparison:
    """Two runs of the same items."""
    _, rows = make_run(n, seed=seed, hostile=hostile)
    items = [
        ChangedItem(
            item_id=row.item_id, index=row.index, input=row.input, reference=row.reference, category=row.category,
            prediction_a=row.others[0].prediction, prediction_b=row.prediction,
            score_a=row.others[0].score, score_b=row.score, change=row.change,
        )
        for row in rows
    ]  # fmt: skip
    items.sort(key=lambda item: (item.change is None, -abs(item.change or 0)))
    common: dict[str, Any] = {"mode": "single", "judges": ["gpt-5-mini"]}
    return RunComparison(
        created_at="2026-11-23T18:02:00Z",
        a=RunReference(run="run_20261122_090000", model="tiny", created_at="2026-11-22T09:00:00Z", **common),
        b=RunReference(run="run_20261123_174210", model="physics", created_at="2026-11-23T17:42:10Z", **common),
        scale=(1, 10), comparison=_comparison(rows), matched_by="id",
        only_in_a=0, only_in_b=3, same_predictions=4, items=items,
        warnings=["The judges differ: <b>gpt-5</b> and gpt-5-mini."] if hostile else [],
    )  # fmt: skip


def _row(generator: random.Random, place: int, hostile: bool, pairwise: bool) -> ResultRow:
    thing, unit = THINGS[place % len(THINGS)]
    question, answer = QUESTIONS[generator.randrange(len(QUESTIONS))]
    text = HOSTILE[place % len(HOSTILE)] if hostile else ""
    reference = answer.format(thing, unit)
    difficulty = generator.gauss(0, 1.2)
    weak = f"I think {thing} has to do with something in physics. {text}"
    strong = f"{reference} {'This follows from its definition. ' * generator.randrange(4)}{text}".strip()
    base, tuned = (
        max(1.0, min(10.0, float(round(level + difficulty + generator.gauss(0, 0.9))))) for level in (4.2, 7.1)
    )
    unscored = place % 23 == 11
    first = _answer(generator, "tiny", weak, reference, None if pairwise else base)
    second = _answer(generator, "physics", strong, reference, None if unscored or pairwise else tuned)
    pairs = [_pair(generator, base, tuned, unscored)] if pairwise else []
    return ResultRow(
        **second.model_dump(), item_id=f"{text}{place}" if hostile else str(place), index=place,
        input=f"{text} {question.format(thing)}".strip(), reference=reference,
        category=CATEGORIES[place % 4] + (text if hostile else ""),
        change=None if unscored or pairwise else tuned - base, others=[first], pairs=pairs,
        verdict=pairs[0].verdict if pairs else None,
    )  # fmt: skip


def _answer(generator: random.Random, model: str, text: str, reference: str, score: float | None) -> Answer:
    criteria = {
        name: None if score is None else max(1.0, min(10.0, score + generator.choice((-1, 0, 1)))) for name in CRITERIA
    }
    return Answer(
        model=model, prediction=text, status="scored" if score is not None else "unscored", score=score,
        criteria=criteria, rationale=f"It {'names' if score > 5 else 'misses'} the unit. {text[:60]}" if score else "",
        judge=Judge(model="gpt-5-mini", mode="single", repeats=1),
        reference_metrics=all_of(text, reference), latency_s=0.8, attempts=1, cost=0.0004,
        flags=["length_outlier"] if len(text) > 140 else [],
        error_class=None if score is not None else "invalid_output",
        error_detail=None if score is not None else "The answer was no JSON object, twice.",
    )  # fmt: skip


def _pair(generator: random.Random, base: float, tuned: float, unscored: bool) -> PairVerdict:
    winners = [
        None if unscored else "physics" if tuned + generator.gauss(0, 3) > base + 1.5 else "tiny" for _ in range(2)
    ]
    consistent = None if unscored else winners[0] == winners[1]
    verdict = None if unscored else "tie" if not consistent else "win" if winners[0] == "physics" else "loss"
    slots = [
        Slot(judge="gpt-5-mini", repeat=0, first=first, winner=winner, rationale="It is closer to the reference.")
        for first, winner in zip(("tiny", "physics"), winners, strict=True)
    ]
    status = "unscored" if unscored else "scored"
    return PairVerdict(
        baseline="tiny", candidate="physics", status=status, verdict=verdict, consistent=consistent, slots=slots
    )  # type: ignore[arg-type]


def _figures(model: str, answers: list[Any], rows: list[ResultRow]) -> ModelFigures:
    scores = [answer.score for answer in answers if answer.score is not None]
    missing, total = len(answers) - len(scores), sum(scores)
    ends = [(total + missing * end) / len(answers) for end in (1, 10)]
    median = median_interval(scores, seed=0)
    passes = share_of(sum(score >= 7 for score in scores), len(scores))
    return ModelFigures(
        model=model, n_total=len(answers), n_scored=len(scores), coverage=len(scores) / len(answers),
        score=Score(
            **mean_of(scores), name="overall", scale=SCALE, median=median.value, median_ci95=_interval(median),
            histogram=[Bin(low=at - 0.5, high=at + 0.5, count=scores.count(at)) for at in range(1, 11) if scores],
        ),
        bounds=Bounds(low=ends[0], high=ends[1]), pass_rate=PassRate(**passes.model_dump(), threshold=7),
        criteria={name: Mean(**mean_of([a.criteria[name] for a in answers if a.score])) for name in CRITERIA},
        categories=_categories(answers, rows), reference_metrics=_metrics(answers, rows),
        mde80=2.8 * plain.stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else None,
        errors={"invalid_output": missing} if missing else {},
    )  # fmt: skip


def _categories(answers: list[Any], rows: list[ResultRow]) -> list[Category]:
    found = []
    for name in sorted({row.category or "" for row in rows}):
        inside = [answer for answer, row in zip(answers, rows, strict=True) if row.category == name]
        scores = [answer.score for answer in inside if answer.score is not None]
        found.append(Category(**mean_of(scores), name=name, n_total=len(inside)))
    return found


def _metrics(answers: list[Any], rows: list[ResultRow]) -> dict[str, Metric]:
    corpus = Corpus()
    for answer, row in zip(answers, rows, strict=True):
        corpus.add(answer.prediction, row.reference or "")
    figures = corpus.figures()
    found = {}
    for name, (low, high) in SCALES.items():
        whole = figures.get(name)
        found[name] = Metric(
            **mean_of([answer.reference_metrics[name] for answer in answers]), scale=Scale(low=low, high=high),
            corpus=whole.score if whole else None,
            corpus_ci95=_interval(whole) if whole else None,
            signature=whole.signature if whole else None,
        )  # fmt: skip
    return found


def _comparison(rows: list[ResultRow]) -> Comparison:
    both = [row for row in rows if row.change is not None]
    before, after = [row.others[0].score or 0 for row in both], [row.score or 0 for row in both]
    found = paired(before, after)
    difference = Mean(**_fields(found.difference))
    categories = [
        {
            "name": name,
            "p_value": 0.01,
            "p_holm": 0.04,
            **mean_of([row.change or 0 for row in both if row.category == name]),
        }
        for name in sorted({row.category or "" for row in both})
    ]
    chrf = [row.reference_metrics["chrf"] - row.others[0].reference_metrics["chrf"] for row in both]
    return Comparison(
        a="tiny", b="physics", metric="overall", mean_a=plain.mean(before), mean_b=plain.mean(after),
        n_unpaired=len(rows) - len(both), difference=difference, p_t=found.p_t, p_permutation=found.p_permutation,
        mcnemar={"only_a": 2, "only_b": 31, "p_value": 1e-7}, categories=categories,  # type: ignore[arg-type]
        metrics={"chrf": Mean(**mean_of(chrf))},
        mde80=0.4, verdict="better",
        sentence=f"physics scores {difference.mean or 0:.2f} points higher than tiny, and the interval leaves out 0.",
    )  # fmt: skip


def _preference(rows: list[ResultRow]) -> Preference:
    verdicts = [row.verdict for row in rows if row.verdict]
    points = [{"win": 1.0, "tie": 0.5, "loss": 0.0}[verdict] for verdict in verdicts]
    rate = win_rate_interval(points, seed=0)
    consistent = sum(bool(pair.consistent) for row in rows for pair in row.pairs)
    wins = {name: verdicts.count(name) for name in ("win", "tie", "loss")}  # type: ignore[arg-type]
    return Preference(
        a="tiny", b="physics", n=len(verdicts), n_total=len(rows),
        wins=wins["win"], ties=wins["tie"], losses=wins["loss"],
        win_rate=WinRate(n=rate.n, count=sum(points), value=rate.value, ci95=_interval(rate), method="bootstrap"),
        consistency=share_of(consistent, len(verdicts)), first_slot=share_of(len(verdicts), 2 * len(verdicts)),
        errors={"invalid_output": len(rows) - len(verdicts)}, verdict="better",
        sentence=f"physics wins {wins['win']} of {len(verdicts)} comparisons with tiny and loses {wins['loss']}.",
    )  # fmt: skip


def _health(pairwise: bool) -> Health:
    grades = {
        "reference": ("high", 9.0),
        "unrelated": ("low", 1.0),
        "empty_ish": ("low", 2.0),
        "asks_for_top_score": ("low", 8.0),
    }
    controls = [
        Control(
            kind=kind, judge="gpt-5-mini", item_id=str(place), expected=expected,  # type: ignore[arg-type]
            score=grade / 10 if pairwise else grade, passed=kind != "asks_for_top_score" or place > 1,
        )
        for kind, (expected, grade) in grades.items() for place in range(3)
    ]  # fmt: skip
    told = "Two of three answers that only asked for the top score got 8 of 10: scores of such answers mean nothing."
    finding = Finding(code="obeys_the_answer", severity="serious", sentence=told)
    return Health(n=12, passed=share_of(10, 12), controls=controls, findings=[finding])


def _fields(found: Estimate) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "n": found.n,
        "mean": found.value,
        "sd": found.sd,
        "se": found.se,
        "ci95": _interval(found),
    }
    return fields | {"method": found.method}


def _interval(found: Estimate | CorpusFigure) -> Interval | None:
    return None if found.low is None or found.high is None else Interval(low=found.low, high=found.high)


def write_all(folder: Path) -> None:
    """Every kind of report, as a browser looks at them: `single`, `pairwise`, `hostile` and `comparison`."""
    kinds: dict[str, dict[str, Any]] = {"single": {}, "pairwise": {"pairwise": True}, "hostile": {"hostile": True}}
    for name, options in kinds.items():
        write_run(folder / name, *make_run(**options))
        write_reports(folder / name)
    (folder / "comparison").mkdir()
    text = make_comparison(hostile=True).model_dump_json()
    (folder / "comparison" / "comparison.json").write_text(text, encoding="utf-8")
    write_comparison(folder / "comparison")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
