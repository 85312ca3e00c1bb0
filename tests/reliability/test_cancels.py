"""R11: a cancelled job ends as such at whatever moment the wish comes, and nothing that it started lives on."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import Conflict
from backend.jobs import admission
from backend.jobs.outcome import STOPPED
from backend.jobs.runner import Runner
from backend.jobs.service import Service
from backend.jobs.store import JobStore
from tests.campaign import number, tell
from tests.fake_child import FakeChild
from tests.memory_folder import memory_folder
from tests.service_kit import KINDS, StubParams, app_in, processes_of, submit, until, until_ended, until_status

TREES = number(2, 300)
INTERLEAVINGS = number(120, 2_000)
GRACE_SECONDS = 0.2
SEED = 20_261_123

Moment = tuple[str, str, int]
"""A place in the runner's code, before or after, at its so-many-th call."""


def test_no_process_of_a_cancelled_tree_lives_on(tmp_path: Path) -> None:
    answered, gone, left = [], [], 0
    with TestClient(app_in(tmp_path, stop_grace_seconds=GRACE_SECONDS)) as client:
        for tree in range(TREES):
            job_id = submit(client, f"tree-{tree}", "stubborn", "/side")
            until_status(client, job_id, "running")
            assert len(processes_of(job_id)) == 2, "one ignores TERM, the other has left the group as well"
            began = time.monotonic()
            client.post(f"/jobs/{job_id}/cancel")
            answered.append(time.monotonic() - began)
            assert until_ended(client, job_id)["status"] == "cancelled"
            gone.append(time.monotonic() - began)
            left += len(processes_of(job_id))
    tell(
        "R11", trees=TREES, left_alive=left, answer_ms_p99=round(1000 * sorted(answered)[int(0.99 * (TREES - 1))]),
        gone_seconds_max=round(max(gone), 2), grace_seconds=GRACE_SECONDS,
    )  # fmt: skip
    assert left == 0


MOMENTS: dict[str, tuple[Any, str]] = {
    "taken": (Runner, "_take"),
    "started": (Runner, "_run"),
    "spawned": (FakeChild, "__init__"),
    "looked at": (FakeChild, "wait"),
    "asked": (FakeChild, "ask_to_stop"),
    "swept": (FakeChild, "sweep"),
    "buried": (FakeChild, "bury"),
    "written": (JobStore, "change"),
    "settled": (Runner, "_end"),
}
LOOKS = 3
"""Of the runner at its child, until that ends by itself."""


def succeeds_all_the_same(child: FakeChild) -> int | None:
    if child.looks == 1:
        child.tell_progress()
    return child.succeed() if child.looks >= LOOKS else None


def succeeds_at_once(child: FakeChild) -> int | None:
    return child.succeed()


def stops_when_asked(child: FakeChild) -> int | None:
    return STOPPED if child.is_asked_to_stop else succeeds_all_the_same(child)


def must_be_killed(child: FakeChild) -> int | None:
    return None if child.is_asked_to_stop else succeeds_all_the_same(child)


PLAYS = (succeeds_all_the_same, succeeds_at_once, stops_when_asked, must_be_killed)


REPEATED = ("looked at", "written")
CANCELS = "cancels"


class Cancels:
    """Cancels that come at given moments: before or after the so-many-th call of a place in the runner's code."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self._service = service
        self._due: dict[Moment, int] = {}
        self._calls: dict[str, int] = {}
        self.accepted = 0
        self._threads: list[threading.Thread] = []
        self.job_id = ""
        for moment, (owner, name) in MOMENTS.items():
            monkeypatch.setattr(owner, name, self._watched(moment, getattr(owner, name)))

    def plan(self, job_id: str, *moments: Moment) -> None:
        self.job_id, self.accepted = job_id, 0
        self._calls = dict.fromkeys(MOMENTS, 0)
        self._due = {moment: moments.count(moment) for moment in moments}

    def join(self) -> None:
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive(), "a cancel hangs"
        self._threads.clear()

    def _watched(self, moment: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            if threading.current_thread().name == CANCELS:
                return original(*args, **named)
            self._calls[moment] = count = self._calls.get(moment, 0) + 1
            self._cancel(moment, "before", count)
            answer = original(*args, **named)
            self._cancel(moment, "after", count)
            return answer

        return watched

    def _cancel(self, *moment: Any) -> None:
        """In a thread of its own: it waits there if the runner holds what it needs."""
        for _ in range(self._due.pop(moment, 0)):
            thread = threading.Thread(target=self._ask, name=CANCELS, daemon=True)
            thread.start()
            self._threads.append(thread)
            thread.join(0.002)

    def _ask(self) -> None:
        try:
            self._service.runner.cancel(self.job_id)
            self.accepted += 1
        except Conflict:
            return


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr("backend.jobs.execution.local.Child", FakeChild)
    with memory_folder() as folder:
        service: Service = app_in(Path(folder), stop_grace_seconds=0).state.service
        yield service


def test_a_cancel_between_any_two_steps_of_a_run_never_yields_a_wrong_end(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = Cancels(service, monkeypatch)
    moments = [
        (moment, side, count)
        for moment in MOMENTS
        for side in ("before", "after")
        for count in ((1, 2, 3) if moment in REPEATED else (1,))
    ]
    cases = list(itertools.product(PLAYS, moments, [None, *moments]))
    ends: dict[str, int] = {}
    service.start()
    for case in Random(SEED).sample(cases, INTERLEAVINGS):
        end = _end_of(service, planned, monkeypatch, *case)
        ends[end] = ends.get(end, 0) + 1
    service.stop()
    tell("R11", interleavings=INTERLEAVINGS, of=len(cases), wrong_ends=0, **ends)
    assert set(ends) == {"succeeded", "cancelled"}


def _end_of(
    service: Service,
    planned: Cancels,
    monkeypatch: pytest.MonkeyPatch,
    play: Callable[[FakeChild], int | None],
    *moments: Moment | None,
) -> str:
    case = (play.__name__, moments)
    monkeypatch.setattr(FakeChild, "play", play)
    params = StubParams(adapter_name="a")
    # Past the service's own submit: the lane sleeps until it is told, and the plan is there before its first step.
    job, _ = admission.admit(service.store, KINDS["side"], params, service.settings)
    planned.plan(job.id, *filter(None, moments))
    service.runner.notify()
    until(lambda: service.store[job.id].status.is_final and _both_lanes_wait(service.runner))
    planned.join()
    ended = service.store[job.id]
    assert (ended.status.value, ended.reason) in {("succeeded", None), ("cancelled", "user_cancel")}, (case, ended)
    assert planned.accepted or ended.status.value == "succeeded", (case, "cancelled by nobody")
    assert (service.runner._runs, FakeChild.living) == ({}, {}), case
    service.store.clear()
    return ended.status.value


def _both_lanes_wait(runner: Runner) -> bool:
    return len(runner._wake._waiters) == 2  # type: ignore[attr-defined]
