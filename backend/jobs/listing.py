"""Which jobs a list shows, in which order, and how many there are of each sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, Literal

from pydantic import BaseModel

from backend.jobs.models import Job, JobStatus

Order = Literal[
    "-created", "created", "-finished", "finished", "-name", "name", "-duration", "duration", "-loss", "loss"
]
"""By what a list is sorted; with a minus the greatest or newest first."""

MOST_TAGS_COUNTED = 100


class Counts(BaseModel):
    """How many jobs a filter would show, each counted under the other filters."""

    status: dict[JobStatus, int]
    kind: dict[str, int]
    tag: dict[str, int]
    """The most used first"""


@dataclass(frozen=True)
class Filter:
    """What the jobs of a list have in common; nothing given = every job.

    Args:
        words: each is found in the name, the kind, a tag or a parameter; `name=value` in that parameter alone.
        statuses, kinds: any of them.
        tags: all of them.
    """

    words: tuple[str, ...] = ()
    statuses: Collection[JobStatus] = ()
    kinds: Collection[str] = ()
    tags: Collection[str] = ()


def listed(jobs: Iterable[Job], asked: Filter) -> tuple[list[Job], Counts]:
    """The jobs that a filter lets through, in their order, and the counts."""
    found: list[Job] = []
    counts = Counts(status={}, kind={}, tag={})
    tags: Counter[str] = Counter()
    for job in jobs:
        if (asked.words and not _has_words(job, asked.words)) or not all(tag in job.tags for tag in asked.tags):
            continue
        has_status = not asked.statuses or job.status in asked.statuses
        has_kind = not asked.kinds or job.kind in asked.kinds
        if has_kind:
            counts.status[job.status] = counts.status.get(job.status, 0) + 1
        if has_status:
            counts.kind[job.kind] = counts.kind.get(job.kind, 0) + 1
        if has_kind and has_status:
            tags.update(job.tags)
            found.append(job)
    counts.tag = dict(tags.most_common(MOST_TAGS_COUNTED))
    return found, counts


def ordered(jobs: Sequence[Job], order: Order, now: datetime, loss_of: Callable[[Job], float | None]) -> Sequence[Job]:
    """The jobs, given oldest first, sorted; those without the value come last either way."""
    field = order.removeprefix("-")
    descending = order.startswith("-")
    if field == "created":
        return jobs[::-1] if descending else jobs
    value_of = {
        "finished": lambda job: job.finished_at,
        "name": lambda job: job.name.casefold(),
        "duration": lambda job: _duration(job, now),
        "loss": loss_of,
    }[field]
    valued = [(value, job) for job in jobs if (value := value_of(job)) is not None]
    valued.sort(key=lambda pair: pair[0], reverse=descending)
    return [job for _, job in valued] + [job for job in jobs if value_of(job) is None]


def _duration(job: Job, now: datetime) -> float | None:
    if job.started_at is None or job.status is JobStatus.queued:
        return None
    return ((job.finished_at or now) - job.started_at).total_seconds()


def _has_words(job: Job, words: Sequence[str]) -> bool:
    told = " ".join((job.name, job.kind, *job.tags, *_texts(job.params))).casefold()
    return all(_has_value(job.params, word) if "=" in word else word.casefold() in told for word in words)


def _has_value(params: Mapping[str, Any], word: str) -> bool:
    name, _, wanted = word.partition("=")
    return name in params and _text(params[name]).casefold() == wanted.casefold()


def _texts(params: Mapping[str, Any]) -> Iterable[str]:
    """The parameters that are words, by the names that people use for files."""
    for value in params.values():
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and text:
                yield _text(text)


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return PurePath(text).name if text.startswith("/") else text
