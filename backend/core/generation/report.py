"""What came of a run, in figures: `report.json`, and the table that a shortfall is told with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.generation.books import Books
from backend.core.generation.diversity import figures
from backend.core.generation.plan import Plan
from backend.core.generation.rows import REASONS_IN_WORDS, Row
from backend.core.generation.schedule import Schedule
from backend.core.llm.totals import Totals

LEAVES_SHOWN = 10


def report(
    plan: Plan,
    books: Books,
    schedule: Schedule,
    totals: Totals,
    records: Sequence[Mapping[str, Any]],
    stopped: str,
) -> dict[str, Any]:
    """The figures of a run.

    Args:
        records: accepted ones, as published.
        stopped: why it ended before every slot was filled; empty = it did not.
    """
    accepted = books.accepted
    drafts = Counter[str]()
    for row in books.rows:
        drafts.update({row.reason: row.count} if row.reason else {})
    return {
        "wanted": len(plan.slots),
        "accepted": len(accepted),
        "rejected": dict(drafts.most_common()),
        "failed_requests": dict(_failures(books.rows).most_common()),
        "missing_from_answers": books.missing,
        "surplus": books.surplus,
        "mended": sum("mended" in row.flags for row in accepted),
        "evolved": sum("evolved" in row.flags for row in accepted),
        "quality": _quality([row.quality for row in accepted if row.quality is not None]),
        "stopped": stopped,
        "origin": plan.origin,
        "note": plan.note,
        "leaves": _leaves(plan, schedule, accepted),
        "moved": [{"slot": slot, "from": source, "to": target} for source, target, slot in schedule.moves],
        "diversity": figures(records, books.rows, plan.quotas()),
        "contamination": _leaks(books.rows),
        "service": totals.as_json(),
    }


def _leaves(plan: Plan, schedule: Schedule, accepted: Sequence[Row]) -> list[dict[str, Any]]:
    quotas, filled = plan.quotas(), Counter(row.leaf for row in accepted)
    return [
        {
            "leaf": leaf.id, "subtopic": leaf.title, "planned": quotas[leaf.id], "accepted": filled[leaf.id],
            "closed": schedule.states[leaf.id].closed,
        }
        for leaf in plan.leaves
    ]  # fmt: skip


def _leaks(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Every record that was left out since it stands in a file of `against`."""
    return [
        {"row": row.id, "input": row.record.get("input"), "how": row.detail}
        for row in rows
        if row.reason == "contaminated" and isinstance(row.record, dict)
    ]


def shortfall(figures: Mapping[str, Any]) -> str:
    """Why fewer records were made than wanted: a sentence, then accepted, rejected by reason, missing per leaf."""
    lines = [
        f"Only {figures['accepted']} of {figures['wanted']} records could be made: {figures['stopped'] or 'unknown'}.",
        *rejection_lines(figures),
    ]
    short = [leaf for leaf in figures["leaves"] if leaf["accepted"] < leaf["planned"]]
    for leaf in short[:LEAVES_SHOWN]:
        why = f" ({leaf['closed']})" if leaf["closed"] else ""
        lines.append(f"  missing {leaf['planned'] - leaf['accepted']:>4}  {leaf['subtopic'][:70]}{why}")
    if len(short) > LEAVES_SHOWN:
        lines.append(f"  ... and {len(short) - LEAVES_SHOWN} more subtopics")
    return "\n".join(lines)


def _failures(rows: Sequence[Row]) -> Counter[str]:
    """Requests that came to nothing, by what the client says of them."""
    return Counter(row.detail.partition(":")[0] for row in rows if row.reason == "call_failed")


def rejection_lines(figures: Mapping[str, Any]) -> list[str]:
    """A line per reason."""
    failures = ", ".join(f"{name} {count}" for name, count in figures["failed_requests"].items())
    lines = []
    for reason, count in figures["rejected"].items():
        told = f" ({failures})" if reason == "call_failed" and failures else ""
        lines.append(f"  rejected {count:>4}  {reason}: {REASONS_IN_WORDS[reason]}{told}")
    return lines


def _quality(grades: Sequence[float]) -> dict[str, float] | None:
    if not grades:
        return None
    return {"n": len(grades), "mean": round(sum(grades) / len(grades), 3), "min": min(grades), "max": max(grades)}
