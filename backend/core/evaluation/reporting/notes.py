"""What a reader must know before the first figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.evaluation.comparison import RunComparison
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.summary import Summary


@dataclass(frozen=True)
class Note:
    """A remark on top of a report.

    Args:
        kind: `bad` = the figures cannot be used as they are, `warn` = with care.
        title, text: what it says.
    """

    kind: str
    title: str
    text: str


def notes_of(summary: Summary) -> list[Note]:
    """Mock scores first, then what is missing, then what the planted answers say of the judge."""
    notes = _mock(summary.mock or summary.test_mode)
    told = summary.status_detail
    if summary.status in ("partial", "cancelled"):
        notes.append(Note("bad", "This run is not finished.", told or "Continue it with --resume."))
    if summary.status == "below_coverage":
        wanted, got = wording.percent(summary.min_coverage), wording.percent(summary.coverage)
        notes.append(
            Note("bad", "Too few items have a score.", told or f"{got} of them, where {wanted} are asked for.")
        )
    findings = summary.health.findings if summary.health else []
    for severity, kind in (("serious", "bad"), ("warning", "warn")):
        for finding in findings:
            if finding.severity == severity:
                title = "Do not trust this judge here." if kind == "bad" else "About the judge."
                notes.append(Note(kind, title, finding.sentence))
    return notes + _warnings(summary.warnings, [note.text for note in notes])


def comparison_notes(comparison: RunComparison) -> list[Note]:
    """The same for two runs."""
    return _mock(comparison.a.mock or comparison.b.mock) + _warnings(comparison.warnings, [])


def _mock(mock: bool) -> list[Note]:
    told = "Test mode made them up. They say nothing about any model."
    return [Note("warn", "MOCK: these scores are not real.", told)] if mock else []


def _warnings(warnings: Sequence[str], told: Sequence[str]) -> list[Note]:
    return [
        Note("warn", "Mind this.", warning)
        for warning in warnings
        if warning not in told and not warning.startswith("MOCK")
    ]
