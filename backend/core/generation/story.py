"""A run from its plan to its dataset, in the steps that `dataset_generator.py` tells."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import DiskFull, PipelineError
from backend.core.generation.assignment import Assignment
from backend.core.generation.books import Books
from backend.core.generation.card import MOCK, card
from backend.core.generation.checking import Checks
from backend.core.generation.estimate import estimate
from backend.core.generation.gate import Gate
from backend.core.generation.ledgers import keep_ledgers
from backend.core.generation.live import WRITING, Progress
from backend.core.generation.plan import Plan
from backend.core.generation.publishing import as_published, publish_dataset
from backend.core.generation.report import report, shortfall
from backend.core.generation.requests import Requests
from backend.core.generation.schedule import Schedule
from backend.core.generation.splitting import Split, split_groups
from backend.core.generation.writer import Writer
from backend.core.llm import LLMSession, NoRoom
from backend.core.paths import shown
from backend.core.storage.files import write_atomically

logger = logging.getLogger(__name__)


@contextmanager
def session_for(work: Assignment, settings: Settings, progress: Progress) -> Iterator[LLMSession]:
    """The session of a run; when it is stopped, a line says how to go on. Raises as `LLMSession` does."""
    # One at a time in test mode: the order of the answers, and with it the dataset, is then the seed's alone.
    params = work.params.model_copy(update={"concurrency": 1}) if work.mock else work.params
    folder = work.run.folder
    try:
        with LLMSession(
            params, settings, folder, model=work.model, phase="planning", total=None, on_progress=progress.tell
        ) as session:
            if work.run.is_new:
                work.run.keep_config({
                    "model": work.model, "judge": work.judge, "host": work.host,
                    "files": dict(work.materials.hashes),
                    "earlier": list(work.earlier), "prompts_sha256": work.brief.digest, "mock": work.mock,
                    "test_mode": work.mock, **({"banner": MOCK} if work.mock else {}),
                })  # fmt: skip
            yield session
    except DiskFull as error:
        raise NoRoom(f"{error} Everything finished is kept in {place_of(work)}/.") from error
    except PipelineError as error:
        if error.exit_code in (4, 130):
            logger.info("Go on with: python dataset_generator.py --resume %s", work.run.name)
        raise


def make_plan(work: Assignment, session: LLMSession) -> Plan:
    """The plan: the run's own when it was begun before, else a new one, written down before the first record."""
    plan = work.run.plan()
    if plan is None:
        plan = work.planner.plan(session.ask_all)
        work.run.keep_plan(plan)
    return plan


@dataclass(frozen=True)
class Written:
    """What the writing came to.

    Args:
        records: as they would be published, in the plan's order.
        leaves: of each.
        figures: of `report`.
    """

    records: list[dict[str, Any]]
    leaves: list[str]
    figures: dict[str, Any]

    @property
    def is_complete(self) -> bool:
        """Whether every wanted record is there."""
        return bool(len(self.records) == self.figures["wanted"])

    @property
    def shortfall(self) -> str:
        """Why not."""
        return shortfall(self.figures)


def write_records(work: Assignment, plan: Plan, session: LLMSession, progress: Progress) -> Written:
    """Write until every slot is filled or nothing more is to be expected. Raises as `LLMSession.run` does."""
    seeds = [str(example["input"]) for example in work.materials.examples]
    requests = Requests(
        work.brief, plan, work.model, work.judge, work.params.temperature, tuple(work.materials.examples)
    )
    budget = estimate(work.params, plan, work.brief, work.model, planned=True).call_budget
    schedule = Schedule(plan, work.params.batch_size)
    with Books(work.run.folder) as books:
        writer = Writer(
            plan, books, schedule,
            Gate(work.brief.form, seeds, work.materials.earlier, work.materials.guarded),
            Checks(work.brief.form, "" if work.mock else work.params.language, work.brief.system()),
            requests,
            budget=budget, quality_min=work.params.quality_min, on_row=progress.count,
        )  # fmt: skip
        progress.before = progress.accepted = len(writer.filled)
        session.begin(WRITING, None)
        session.run(writer)
        rows = sorted(books.accepted, key=lambda row: row.slot or 0)
        records = [as_published(dict(row.record), plain=work.params.plain) for row in rows]  # type: ignore[arg-type]
        figures = report(plan, books, schedule, session.totals, records, writer.stopped)
        figures["judge"] = writer.vetting.summary()
        keep_ledgers(work.run.folder, books.rows, plan, figures, mock=work.mock)
    return Written(records, [row.leaf for row in rows], figures)


def publish(work: Assignment, written: Written) -> dict[str, Any]:
    """Split if asked for, publish, and write the card; returns what the job's page shows.

    Raises:
        FinishedBelow: no split is free of leaks.
        Conflict: a file of the dataset's name appeared meanwhile.
    """
    share = work.params.split
    split = split_groups(written.records, written.leaves, share, work.params.seed) if share else None
    paths = publish_dataset(written.records, work.target, split)
    _write_card(work, written.figures, paths, split)
    result = outcome(work, written)
    result |= {"dataset": paths[0].name, "paths": [str(path) for path in paths], "path": str(paths[0])}
    if split:
        result["split"] = {"train": len(split.train), "test": len(split.test)}
    return result


def outcome(work: Assignment, written: Written) -> dict[str, Any]:
    """What came of the run, published or not."""
    names = ("wanted", "accepted", "rejected", "stopped")
    totals, judge = written.figures["service"], written.figures["judge"]
    return {
        **{name: written.figures[name] for name in names},
        "run": work.run.name, "requests": totals["requests"], "cost": totals["cost"], "tokens": totals["tokens"],
        "sample": work.params.sample, "mock": work.mock, "test_mode": work.mock, "dataset": None,
        "finding": judge["finding"] if judge else "",
    }  # fmt: skip


def _write_card(work: Assignment, figures: Mapping[str, Any], paths: Sequence[Path], split: Split | None) -> None:
    text = card(
        work.run, work.brief, figures, writer=work.model, host=work.host, paths=paths, split=split, mock=work.mock
    )
    write_atomically(work.run.folder / "CARD.md", text)


def place_of(work: Assignment) -> str:
    """Where the run's files are, for people."""
    return shown(work.run.folder)
