"""All runs of a folder, newest first: `index.json` and `LATEST` beside them, made again from the runs' own files."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from backend.core.errors import NotFound
from backend.core.evaluation.comparison import Mode, WinRate
from backend.core.evaluation.figures import Cost, Figures, Interval, Scale
from backend.core.evaluation.run_files import CONFIG, PREFIX, SUMMARY, read_config
from backend.core.evaluation.summary import RunStatus, Summary
from backend.core.storage.files import write_atomically, write_json

INDEX, LATEST = "index.json", "LATEST"


class RunEntry(Figures):
    """A run in a list."""

    run: str
    created_at: str
    tag: str | None = None
    mode: Mode | Literal["unknown"]
    status: RunStatus | Literal["unfinished", "unreadable"]
    """`unfinished`: no results yet; it runs, or can be resumed"""
    model: str | None = None
    """The main model"""
    models: list[str]
    judges: list[str] = []  # noqa: RUF012 - pydantic copies defaults
    dataset: str | None = None
    n_total: int | None = None
    coverage: float | None = None
    score: float | None = None
    score_name: str | None = None
    scale: Scale | None = None
    ci95: Interval | None = None
    win_rate: WinRate | None = None
    """Of the main model against the first one"""
    cost: Cost | None = None
    serious: bool = False
    """The judge's health has a serious finding"""
    mock: bool = False


def list_runs(output_dir: Path) -> list[RunEntry]:
    """Every run of the folder, newest first; one that cannot be read is listed as such."""
    folders = [path for path in output_dir.glob(f"{PREFIX}*") if path.is_dir() and not path.is_symlink()]
    entries = [entry for folder in folders if (entry := entry_of(folder))]
    return sorted(entries, key=lambda entry: (entry.created_at, entry.run), reverse=True)


def entry_of(folder: Path) -> RunEntry | None:
    """A run as a line of the list; None when the folder is no run."""
    try:
        status = (folder / SUMMARY).stat()
        return _read(folder, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        return _unfinished(folder) if (folder / CONFIG).is_file() else None
    except (OSError, ValidationError):
        return _unreadable(folder)


@lru_cache(maxsize=2048)
def _read(folder: Path, changed: int, size: int) -> RunEntry:
    """The entry of a summary as it was at that moment: a finished run hardly ever changes, and reading takes 5 ms."""
    return _entry(Summary.model_validate_json((folder / SUMMARY).read_bytes()))


def _entry(summary: Summary) -> RunEntry:
    preference = next((found for found in summary.preferences if found.b == summary.model), None)
    return RunEntry(
        run=summary.run,
        created_at=summary.created_at,
        tag=summary.tag,
        mode=summary.mode,
        status=summary.status,
        model=summary.model,
        models=[figures.model for figures in summary.models],
        judges=summary.judges,
        dataset=summary.dataset,
        n_total=summary.n_total,
        coverage=summary.coverage,
        score=summary.score.mean,
        score_name=summary.score.name,
        scale=summary.score.scale,
        ci95=summary.score.ci95,
        win_rate=preference.win_rate if preference else None,
        cost=summary.cost,
        serious=bool(summary.health and any(found.severity == "serious" for found in summary.health.findings)),
        mock=summary.mock,
    )


def _unfinished(folder: Path) -> RunEntry:
    try:
        config = read_config(folder)
    except NotFound:
        return _unreadable(folder)
    return RunEntry(
        run=folder.name,
        created_at=str(config.get("created_at", "")),
        tag=config.get("tag"),
        mode=config.get("mode", "unknown"),
        status="unfinished",
        models=list(config.get("models", [])),
        judges=list(config.get("judges", [])),
        dataset=config.get("dataset"),
        mock=bool(config.get("mock")),
    )


def _unreadable(folder: Path) -> RunEntry:
    made = datetime.fromtimestamp(folder.stat().st_mtime, timezone.utc).isoformat(timespec="seconds")
    return RunEntry(run=folder.name, created_at=made, mode="unknown", status="unreadable", models=[])


def write_index(output_dir: Path, latest: str | None = None) -> None:
    """Write the leaderboard of finished runs, and which run was the last; a run below its coverage is left out."""
    runs = [entry.model_dump(mode="json") for entry in list_runs(output_dir) if entry.status == "complete"]
    write_json(output_dir / INDEX, {"runs": runs}, durable=False)
    if latest:
        write_atomically(output_dir / LATEST, f"{latest}\n", durable=False)
