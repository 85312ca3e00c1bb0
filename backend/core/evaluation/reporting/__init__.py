"""What a finished evaluation looks like: a page, a Markdown file, a spreadsheet and plots, made from its files alone.

`report.html` is one file: it opens from disk, asks nothing of any server, and shows texts of models as texts. Its
Content-Security-Policy allows its own style and script by their hashes and nothing else, so even a mistake in the
escaping could not run anything. Served over HTTP with a sandbox it needs `allow-scripts` for its list of items.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_comparison", "write_reports"]


def write_reports(folder: Path) -> None:
    """Write report.html, report.md, results.csv and plots/*.svg from a run's summary.json and results.jsonl.

    Raises:
        InvalidInput: one of the two is missing or is none.
        DiskFull: no room left.
    """
    # Here, since evaluations import us and we import what they write; and since templates cost 0.1 s to load.
    from backend.core.evaluation.reporting.reports import write_reports

    write_reports(folder)


def write_comparison(folder: Path) -> None:
    """Write report.html, report.md, items.csv and plots/*.svg from a folder's comparison.json.

    Raises:
        InvalidInput: it is missing or is none.
        DiskFull: no room left.
    """
    from backend.core.evaluation.reporting.reports import write_comparison

    write_comparison(folder)
