"""People's grades: read from a file, and held against the judge's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.core.data.rows import read_rows
from backend.core.errors import BadDataset, InvalidInput
from backend.core.evaluation.estimates import difference_of, share_of
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summary import HumanAgreement
from backend.core.paths import shown
from backend.core.statistics import agreement_with

NAMES = ("score", "label", "human", "grade", "rating")


def read_labels(path: Path) -> dict[str, float]:
    """Grades by item id, from JSON, JSON Lines, CSV or Parquet with `id` and `score` (or `label`, `grade`, ...).

    Several grades of an item (several people) become their mean.

    Raises:
        InvalidInput: a row has no id or no number; all such rows are named.
    """
    try:
        rows = read_rows(path)
    except BadDataset as error:
        raise InvalidInput(str(error), "human") from None
    found: dict[str, list[float]] = {}
    bad = []
    for index, row in enumerate(rows):
        item = row.get("id", row.get("item_id")) if isinstance(row, Mapping) else None
        grade = _number(row) if isinstance(row, Mapping) else None
        if item in (None, "") or grade is None:
            bad.append(index)
        else:
            found.setdefault(str(item), []).append(grade)
    if bad:
        shown_bad = ", ".join(map(str, bad[:10]))
        raise InvalidInput(
            f'{shown(path)}: {len(bad)} of {len(rows)} records are no grades (records {shown_bad}): each needs "id" '
            'and a number "score".',
            "human",
        )
    return {item: sum(grades) / len(grades) for item, grades in found.items()}


def _number(row: Mapping[str, object]) -> float | None:
    given = next((row[name] for name in NAMES if row.get(name) not in (None, "")), None)
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    try:
        return float(given)
    except ValueError:
        return None


def require_some(labels: Mapping[str, float], items: Sequence[str]) -> None:
    """Raises InvalidInput when none of the items has a grade: known before anybody is asked."""
    if not any(item in labels for item in items):
        first = next(iter(labels), "")
        raise InvalidInput(
            f"None of the {len(labels)} people's grades is for an item of this run: the file begins with the id "
            f"{first!r}, the run with {items[0]!r}.",
            "human",
        )


def agreement_with_people(rows: Sequence[ResultRow], labels: Mapping[str, float]) -> HumanAgreement:
    """The main model's scores against people's grades of the same items; those without a score are left out."""
    both = [(row.score, labels[row.item_id]) for row in rows if row.score is not None and row.item_id in labels]
    judged, given = [score for score, _ in both], [label for _, label in both]
    found = agreement_with(judged, given)
    exact = sum(round(score) == round(label) for score, label in both)
    near = sum(abs(round(score) - round(label)) <= 1 for score, label in both)
    return HumanAgreement(
        n=len(both),
        n_labels=len(labels),
        weighted_kappa=found.kappa,
        spearman=found.spearman,
        exact=share_of(exact, len(both)),
        within_one=share_of(near, len(both)),
        mean_difference=difference_of([score - label for score, label in both]),
    )
