"""A job table changed step by step in a process whose calls fail by plan; run by `test_job_table_faults.py`.

LD_PRELOAD=<shim> python -m tests.reliability.job_table_changes <folder> <one point in so many>
"""

# ruff: noqa: T201
from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from backend.core.errors import PipelineError
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore
from tests.reliability.faults import DIED, ERRORS

TOLD = 3
"""The child's exit code when it was told of the fault in our words."""
SHIM = ctypes.CDLL(None)
State = dict[str, str]


def job(job_id: str) -> Job:
    """A waiting job."""
    return Job(id=job_id, kind="train", name=job_id, params={"text": "x" * 3000}, created_at=now())


def _add(store: JobStore) -> None:
    store["new"] = job("new")


def _start(store: JobStore) -> None:
    store.change("first", status=JobStatus.starting)


def _reorder(store: JobStore) -> None:
    store.put_together(store[name].model_copy(update={"turn": turn}) for name, turn in (("new", 1), ("second", 2)))


def _forget(store: JobStore) -> None:
    del store["second"]


STEPS: tuple[Callable[[JobStore], None], ...] = (_add, _start, _reorder, _forget)
STATES: tuple[State, ...] = (
    {"first": "queued 0", "second": "queued 0"},
    {"first": "queued 0", "second": "queued 0", "new": "queued 0"},
    {"first": "starting 0", "second": "queued 0", "new": "queued 0"},
    {"first": "starting 0", "second": "queued 2", "new": "queued 1"},
    {"first": "starting 0", "new": "queued 1"},
)
"""What the table holds before the steps and after each."""


def attempt(folder: Path, at: int, error: int, acknowledge: int) -> int:
    """Open the table and take the steps, telling each that returned; the exit code of the process."""
    SHIM.fault_plan(str(folder).encode(), at, error)
    store = JobStore()
    try:
        store.open(folder / "jobs.db")
        for step in STEPS:
            step(store)
            os.write(acknowledge, b".")
        store.close()
    except PipelineError:
        return TOLD
    return 0


def forked(work: Callable[[int], int]) -> tuple[int, int]:
    """Exit code of a fork, and how many steps it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = work(writing)
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        acknowledged = len(stream.read())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), acknowledged


def seen(folder: Path) -> State:
    """The jobs as the next service reads them."""
    store = JobStore()
    store.open(folder / "jobs.db")
    found = {job_id: f"{store[job_id].status.value} {store[job_id].turn}" for job_id in store}
    store.close()
    return found


def fresh(folder: Path, name: str) -> Path:
    """A folder with the table before the steps."""
    place = folder / name
    place.mkdir()
    store = JobStore()
    store.open(place / "jobs.db")
    for job_id in ("first", "second"):
        store[job_id] = job(job_id)
    store.close()
    return place


def main(folder: Path, every: int) -> None:
    """Try every fault at every call, and print what was found."""
    whole = fresh(folder, "whole")
    code, acknowledged = forked(lambda handle: attempt(whole, 0, 0, handle) or SHIM.fault_calls() + 10)
    calls, violations, points, told = code - 10, [], 0, 0
    assert acknowledged == len(STEPS)
    for turn, fault in enumerate((0, *(getattr(errno, name) for name in ERRORS))):
        for at in range(1 + turn % every, calls + 1, every):
            place = fresh(folder, f"{at}-{fault}")
            code, acknowledged = forked(lambda handle, p=place, n=at, e=fault: attempt(p, n, e, handle))  # type: ignore[misc]
            found = seen(place)
            if code not in (0, TOLD, DIED) or found not in STATES[acknowledged : acknowledged + 2]:
                violations.append([at, fault, code, acknowledged, found])
            points += 1
            told += code == TOLD
            shutil.rmtree(place)
    print(json.dumps({"calls": calls, "points": points, "told": told, "violations": violations}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
