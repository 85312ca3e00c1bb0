"""How varied a dataset is, in figures that can be compared from run to run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.generation.rows import Row
from backend.core.metrics.words import words

STEPS = 10
"""Points of the curve of duplicates."""


def figures(records: Sequence[Mapping[str, Any]], rows: Sequence[Row], quotas: Mapping[str, int]) -> dict[str, Any]:
    """The figures.

    Args:
        records: as published.
        rows: all of the run, in order; the accepted ones know their nearest neighbour.
        quotas: planned records by leaf.

    Returns:
        `leaves`: planned, covered, and the evenness of the records over them (entropy, 1 = all alike);
        `distinct`: share of runs of 1, 2 and 3 words of the inputs that occur for the first time;
        `neighbour`: mean and 95th percentile of the similarity to the nearest earlier input, 0 to 1;
        `opening`: the commonest first word of the inputs and its share;
        `lengths`: characters of inputs and outputs at five points;
        `duplicates`: share of duplicates among the drafts, in ten steps of the run.
    """
    accepted = [row for row in rows if row.status == "accepted"]
    inputs = [words(str(record["input"])) for record in records]
    similarities = sorted(row.similarity or 0.0 for row in accepted)
    openings = Counter(tokens[0] for tokens in inputs if tokens)
    common = openings.most_common(1)[0] if openings else ("", 0)
    return {
        "leaves": _leaves(accepted, quotas),
        "distinct": {str(width): _distinct(inputs, width) for width in (1, 2, 3)},
        "neighbour": {"mean": _mean(similarities), "p95": _quantile(similarities, 0.95)},
        "opening": {"word": common[0], "share": round(common[1] / len(inputs), 4) if inputs else None},
        "lengths": {name: _lengths([len(str(record[name])) for record in records]) for name in ("input", "output")},
        "duplicates": _duplicates(rows),
    }


def _leaves(accepted: Sequence[Row], quotas: Mapping[str, int]) -> dict[str, Any]:
    counts = Counter(row.leaf for row in accepted)
    planned = sum(quota > 0 for quota in quotas.values())
    total = sum(counts.values())
    entropy = -sum(count / total * math.log(count / total) for count in counts.values()) if total else 0.0
    evenness = entropy / math.log(len(counts)) if len(counts) > 1 else None
    return {
        "planned": planned,
        "covered": sum(counts[leaf] > 0 for leaf, quota in quotas.items() if quota > 0),
        "evenness": None if evenness is None else round(evenness, 4),
    }


def _distinct(texts: Sequence[Sequence[str]], width: int) -> float | None:
    runs = [tuple(text[start : start + width]) for text in texts for start in range(len(text) - width + 1)]
    return round(len(set(runs)) / len(runs), 4) if runs else None


def _duplicates(rows: Sequence[Row]) -> list[float | None]:
    judged = [row for row in rows if row.reason not in ("call_failed",)]
    curve: list[float | None] = []
    for step in range(STEPS):
        part = judged[step * len(judged) // STEPS : (step + 1) * len(judged) // STEPS]
        same = sum(row.reason in ("duplicate", "near_duplicate") for row in part)
        curve.append(round(same / len(part), 4) if part else None)
    return curve


def _lengths(values: Sequence[int]) -> dict[str, int | None]:
    ordered = sorted(values)
    points = {"min": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "max": 1.0}
    return {name: (int(_quantile(ordered, point) or 0) if ordered else None) for name, point in points.items()}


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4) if ordered else None
