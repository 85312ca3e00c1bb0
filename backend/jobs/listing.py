"""Which jobs a list shows, in which order, and how many there are of each sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
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


class Texts:
    """What of each job is searched for words, kept for as long as its record stays the same.

    Reading ten thousand records for it takes 150 ms, looking at what is kept 12.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Job, str]] = {}

    def of(self, job: Job) -> str:
        """Name, kind, tags and parameters in small letters."""
        kept = self._kept.get(job.id)
        if kept is None or kept[0] is not job:
            kept = (job, " ".join((job.name, job.kind, *job.tags, *_texts(job.params))).casefold())
            self._kept[job.id] = kept
        return kept[1]

    def forget(self, job_id: str) -> None:
        """Drop what is kept of a deleted job."""
        self._kept.pop(job_id, None)


def listed(jobs: Iterable[Job], asked: Filter, texts: Texts) -> tuple[list[Job], Counts]:
    """The jobs that a filter lets through, in their order, and the counts."""
    has_words = partial(_has_words, words=[word.casefold() for word in asked.words], texts=texts)
    found: list[Job] = []
    statuses, kinds, tags = Counter[JobStatus](), Counter[str](), Counter[str]()
    for job in jobs:
        if (asked.words and not has_words(job)) or (asked.tags and not all(tag in job.tags for tag in asked.tags)):
            continue
        has_status = not asked.statuses or job.status in asked.statuses
        has_kind = not asked.kinds or job.kind in asked.kinds
        if has_kind:
            statuses[job.status] += 1
        if has_status:
            kinds[job.kind] += 1
        if has_kind and has_status:
            found.append(job)
    tags.update(tag for job in found for tag in job.tags)
    counts = Counts(status=dict(statuses), kind=dict(kinds), tag=dict(tags.most_common(MOST_TAGS_COUNTED)))
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
    pairs = [(value_of(job), job) for job in jobs]
    valued = sorted((pair for pair in pairs if pair[0] is not None), key=lambda pair: pair[0], reverse=descending)
    return [job for _, job in valued] + [job for value, job in pairs if value is None]


def _duration(job: Job, now: datetime) -> float | None:
    if job.started_at is None or job.status is JobStatus.queued:
        return None
    return ((job.finished_at or now) - job.started_at).total_seconds()


def _has_words(job: Job, words: Sequence[str], texts: Texts) -> bool:
    return all(_has_value(job.params, word) if "=" in word else word in texts.of(job) for word in words)


def _has_value(params: Mapping[str, Any], word: str) -> bool:
    name, _, wanted = word.partition("=")
    return name in params and _text(params[name]).casefold() == wanted


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
    return text.rpartition("/")[2] if text.startswith("/") else text
