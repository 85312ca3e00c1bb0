"""Two finished runs on the same items: the difference, item by item, and what could spoil it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from backend.core.errors import InvalidInput
from backend.core.evaluation.aggregation import Measure
from backend.core.evaluation.comparison import ChangedItem, RunComparison, RunReference
from backend.core.evaluation.contrasts import comparison_of
from backend.core.evaluation.items import Question
from backend.core.evaluation.matching import match
from backend.core.evaluation.rows import Answer, ResultRow
from backend.core.evaluation.run_files import read_results
from backend.core.evaluation.summary import Summary
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, write_json

COMPARISON = "comparison.json"


def compare(folder_a: Path, folder_b: Path, seed: int = 42) -> RunComparison:
    """Run b against run a.

    Raises:
        NotFound: one of them has not ended.
        InvalidInput: they share no item, or their scores are of different kinds.
    """
    (rows_a, a), (rows_b, b) = read_results(folder_a), read_results(folder_b)
    if (a.score.name, a.score.scale) != (b.score.name, b.score.scale):
        raise InvalidInput(
            f"{a.run} scores by {_kind(a)}, {b.run} by {_kind(b)}: only runs of the same kind can be compared.",
            "compare",
        )
    if a.mode == "pairwise":
        raise InvalidInput(
            "Runs of mode pairwise hold verdicts against another model, not scores of their own: compare runs of "
            "another mode.",
            "compare",
        )
    found = match([_question(row) for row in rows_b], [_question(row) for row in rows_a])
    pairs = [(rows_a[at], row) for row, at in zip(rows_b, found.positions, strict=True) if at is not None]
    if not pairs:
        raise InvalidInput(f"{a.run} and {b.run} have no item in common, neither by id nor by question.", "compare")
    measure = Measure(a.score.name, (a.score.scale.low, a.score.scale.high), _threshold(a, b), (), seed)
    before, after = [_named(old, a, b) for old, _ in pairs], [_named(new, b, a) for _, new in pairs]
    return RunComparison(
        created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        a=_reference(a),
        b=_reference(b),
        scale=measure.scale,
        comparison=comparison_of(before, after, [_question(new) for _, new in pairs], measure),
        matched_by=found.by,
        only_in_a=len(rows_a) - len(pairs),
        only_in_b=len(rows_b) - len(pairs),
        same_predictions=sum(old.prediction == new.prediction for old, new in pairs),
        items=_changed(pairs),
        warnings=_warnings(a, b),
    )


def write(folder_a: Path, folder_b: Path, output_dir: Path, seed: int) -> tuple[Path, RunComparison]:
    """Compare, and write `compare_<time>/` with comparison.json and its report."""
    from backend.core.evaluation.reporting import write_comparison

    comparison = compare(folder_a, folder_b, seed)
    stamp = datetime.now(timezone.utc).strftime("%Y%m%d_%H%M%S_%f")[:-3]
    folder = output_dir / f"compare_{stamp}"
    with explained_errors(folder):
        folder.mkdir(parents=True)
    write_json(folder / COMPARISON, comparison.model_dump(mode="json"))
    write_comparison(folder)
    return folder, comparison


def lines(comparison: RunComparison, folder: Path) -> list[str]:
    """The comparison on a terminal."""
    told = [f"! {warning}" for warning in comparison.warnings]
    left = comparison.only_in_a + comparison.only_in_b
    matched = f"{len(comparison.items):,} items matched by {comparison.matched_by}"
    told.append(matched + (f"; {left:,} are in one of the runs only." if left else "."))
    told.append(comparison.comparison.sentence)
    found = comparison.comparison
    if found.p_permutation is not None:
        told.append(f"p = {found.p_permutation:.2g} (sign-flip permutation).")
    return [*told, "", f"Every item: {shown(folder)}/report.html"]


def _kind(summary: Summary) -> str:
    return f"{summary.score.name} from {summary.score.scale.low:g} to {summary.score.scale.high:g}"


def _question(row: ResultRow) -> Question:
    return Question(row.item_id, row.index, row.input, row.reference, row.category, row.source)


def _threshold(a: Summary, b: Summary) -> float | None:
    if a.pass_rate is None or b.pass_rate is None or a.pass_rate.threshold != b.pass_rate.threshold:
        return None
    return a.pass_rate.threshold


def _named(row: ResultRow, own: Summary, other: Summary) -> Answer:
    """The row's answer; two runs of one model are told apart by the runs' names."""
    name = own.model if own.model != other.model else f"{own.model} ({own.run})"
    return row.model_copy(update={"model": name})


def _reference(summary: Summary) -> RunReference:
    return RunReference(
        run=summary.run,
        model=summary.model,
        mode=summary.mode,
        created_at=summary.created_at,
        tag=summary.tag,
        judges=summary.judges,
        mock=summary.mock,
    )


def _changed(pairs: list[tuple[ResultRow, ResultRow]]) -> list[ChangedItem]:
    items = [
        ChangedItem(
            item_id=new.item_id,
            index=new.index,
            input=new.input,
            reference=new.reference or old.reference,
            category=new.category,
            prediction_a=old.prediction,
            prediction_b=new.prediction,
            score_a=old.score,
            score_b=new.score,
            change=new.score - old.score if old.score is not None and new.score is not None else None,
        )
        for old, new in pairs
    ]
    return sorted(items, key=lambda item: (item.change is None, -abs(item.change or 0.0), item.index))


def _warnings(a: Summary, b: Summary) -> list[str]:
    told = []
    if a.judges != b.judges:
        judges = [", ".join(found.judges) or "nobody" for found in (a, b)]
        told.append(f"The judges differ ({judges[0]}; {judges[1]}): a difference may be theirs.")
    if a.rubric != b.rubric:
        told.append(f"The rubrics differ ({a.rubric}; {b.rubric}).")
    for found in (a, b):
        if found.mock:
            told.append(f"MOCK: the grades of {found.run} were made up by test mode.")
        if found.status != "complete":
            told.append(f"{found.run} is not complete: {found.status_detail}")
        if found.health:
            told += [entry.sentence for entry in found.health.findings if entry.severity == "serious"]
    return list(dict.fromkeys(told))
