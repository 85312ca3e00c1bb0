"""The list of jobs: filtered, counted, sorted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from backend.jobs.listing import Filter, Texts, listed, ordered
from backend.jobs.models import Job, JobStatus

THEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def _job(name: str, minutes: int | None = None, **fields: Any) -> Job:
    ended = None if minutes is None else THEN + timedelta(minutes=minutes)
    status = JobStatus.queued if ended is None else JobStatus.succeeded
    given = {"kind": "train", "status": status, "params": {}, "started_at": ended and THEN, "finished_at": ended}
    return Job.model_validate({"id": name, "name": name, "created_at": THEN, **given, **fields})


JOBS = [
    _job(
        "Alpha", 5, tags=("paper", "sweep:rank"), loss=0.5, params={"lora_r": 8, "dataset_path": "/x/data/facts.json"}
    ),
    _job("beta", 1, kind="merge", status="failed", params={"adapters": ["alpha:0.5"], "density": 1.0}),
    _job("gamma", 3, tags=("paper",), loss=0.2, params={"base_model_name": "owner/Model", "lora_r": 16}),
    _job("delta"),
]

TEXTS = Texts()


def _names(**asked: Any) -> list[str]:
    return [job.name for job in listed(JOBS, Filter(**asked), TEXTS)[0]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("ALPHA",), ["Alpha", "beta"]),
        (("facts", "sweep"), ["Alpha"]),
        (("x/data",), []),
        (("model",), ["gamma"]),
        (("lora_r=8",), ["Alpha"]),
        (("density=1",), ["beta"]),
        (("lora_r=1",), []),
        (("nobody=1",), []),
        (("merge",), ["beta"]),
    ],
)
def test_words_are_found_in_names_tags_and_parameters(words: tuple[str, ...], found: list[str]) -> None:
    assert _names(words=words) == found


def test_filters_narrow_and_each_sort_is_counted_under_the_others() -> None:
    found, counts = listed(JOBS, Filter(statuses=[JobStatus.succeeded], tags=["paper"]), TEXTS)
    assert [job.name for job in found] == ["Alpha", "gamma"]
    assert (counts.status, counts.kind) == ({JobStatus.succeeded: 2}, {"train": 2})
    assert counts.tag == {"paper": 2, "sweep:rank": 1}
    found, counts = listed(JOBS, Filter(kinds=["merge"], statuses=[JobStatus.failed, JobStatus.queued]), TEXTS)
    assert [job.name for job in found] == ["beta"]
    assert counts.status == {JobStatus.failed: 1}
    assert counts.kind == {"merge": 1, "train": 1}
    assert _names(tags=["paper", "sweep:rank"]) == ["Alpha"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("-created", ["delta", "gamma", "beta", "Alpha"]),
        ("created", ["Alpha", "beta", "gamma", "delta"]),
        ("name", ["Alpha", "beta", "delta", "gamma"]),
        ("-duration", ["Alpha", "gamma", "beta", "delta"]),
        ("finished", ["beta", "gamma", "Alpha", "delta"]),
        ("loss", ["gamma", "Alpha", "beta", "delta"]),
        ("-loss", ["Alpha", "gamma", "beta", "delta"]),
    ],
)
def test_what_has_no_value_comes_last_either_way(order: Any, names: list[str]) -> None:
    assert [job.name for job in ordered(JOBS, order, THEN, lambda job: job.loss)] == names


def test_a_record_that_has_changed_is_searched_as_it_is_now() -> None:
    texts = Texts()
    job = JOBS[0]
    assert texts.of(job) is texts.of(job)
    renamed = job.model_copy(update={"name": "Omega"})
    assert listed([renamed], Filter(words=("omega",)), texts)[0] == [renamed]
    assert listed([renamed], Filter(words=("alpha",)), texts)[0] == []
