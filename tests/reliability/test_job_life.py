"""R15: every arrow in the life of a job is reached, no other is, and every end says why.

Hypothesis submits, cancels, resumes and deletes jobs, ends runs in every way, stops and kills the service, in any
order; after each step the job table is compared with what must be true of it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, get_args

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from backend.core.errors import Conflict, Reason
from backend.jobs.models import TRANSITIONS, Job, JobStatus
from backend.jobs.outcome import STOPPED, StopIntent
from backend.jobs.recovery import MAX_ATTEMPTS
from backend.jobs.service import Service
from backend.jobs.store import JobStore
from tests.campaign import number, tell
from tests.fake_child import FakeChild
from tests.memory_folder import memory_folder
from tests.service_kit import KINDS, StubParams, app_in, until

pytestmark = pytest.mark.filterwarnings("ignore:Exception in thread lane:pytest.PytestUnhandledThreadExceptionWarning")
"""A lane of a killed service ends by SystemExit; one that ends otherwise leaves a test waiting, which fails it."""

EXAMPLES, STEPS = number(45, 500), 20

DRAWN = {
    "queued": {"starting", "cancelled", "failed"},
    "starting": {"running", "finishing", "stopping", "succeeded", "failed", "interrupted"},
    "running": {"finishing", "stopping", "succeeded", "failed", "interrupted"},
    "finishing": {"stopping", "succeeded", "failed", "interrupted"},
    "stopping": {"succeeded", "failed", "cancelled", "interrupted"},
    "succeeded": set(),
    "failed": {"queued"},
    "cancelled": {"queued"},
    "interrupted": {"queued"},
}
"""The life of a job, written out once more: the code must neither lose an arrow nor gain one unseen."""

Move = Callable[[FakeChild], int | None]
ENDS: dict[str, Move] = {
    "well": FakeChild.succeed,
    "badly": lambda _: 1,
    "with a checkpoint": lambda _: STOPPED,
    "killed": lambda _: -9,
}


class Turns:
    """Whose turn it is: a run is looked at only when the test has made its next move."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._moves: dict[str, list[Move]] = {}
        self._is_over = False

    def play(self, child: FakeChild) -> int | None:
        """A look of the runner: wait for the move."""
        with self._changed:
            moves = self._moves[child.job_id] = []
            self._changed.wait_for(lambda: moves or self._is_over)
            del self._moves[child.job_id]
            if self._is_over:
                raise SystemExit  # as a killed service: no further line of the lane runs
            return moves[0](child)

    def move(self, job_id: str, move: Move) -> None:
        """The run's next move."""
        until(lambda: self.is_next(job_id))
        with self._changed:
            self._moves[job_id].append(move)
            self._changed.notify_all()

    def is_next(self, job_id: str) -> bool:
        """Whether the run waits for its move."""
        return self._moves.get(job_id) == []

    def end(self) -> None:
        """Kill whatever waits."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def count_waiting(self) -> int:
        """How many runs wait for their move."""
        with self._changed:
            return sum(not moves for moves in self._moves.values())


class JobLife(RuleBasedStateMachine):
    """The service with runs that the rules play.

    No rule has a precondition, for what hypothesis draws must not hang on threads: one that finds nothing to do does
    nothing.
    """

    arrows: ClassVar[Counter[tuple[str, str]]] = Counter()
    """Every change of status, with how often it came"""
    steps: ClassVar[int] = 0
    services: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        FakeChild.living.clear()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("backend.jobs.execution.local.Child", FakeChild)
        self.patch.setattr(FakeChild, "play", lambda child: self.turns.play(child))
        self.patch.setattr(JobStore, "__setitem__", self._noted(JobStore.__setitem__))
        self.folder = memory_folder()
        self.known: set[str] = set()
        self.submitted = 0
        self.start()

    def _noted(self, write: Callable[[JobStore, str, Job], None]) -> Callable[[JobStore, str, Job], None]:
        def noted(store: JobStore, job_id: str, job: Job) -> None:
            before = store.get(job_id)
            write(store, job_id, job)
            if before and before.status is not job.status:
                JobLife.arrows[before.status.value, job.status.value] += 1
                if job.status is JobStatus.starting:
                    assert not [other for other in self._eligible(job.kind) if other.turn < job.turn], "out of order"

        return noted

    def start(self) -> None:
        self.turns = Turns()
        self.service: Service = app_in(Path(self.folder.name), stop_grace_seconds=0).state.service
        self.service.start()
        JobLife.services += 1
        self._settle()

    def _settle(self) -> None:
        """Wait until each lane waits: for a job, or for the move of its run."""
        waiting = self.service.runner._wake._waiters  # type: ignore[attr-defined]
        until(lambda: len(waiting) + self.turns.count_waiting() == 2)

    def _eligible(self, kind: str) -> list[Job]:
        jobs = self.service.store
        return [
            job
            for job in jobs.values()
            if (job.kind, job.status) == (kind, JobStatus.queued)
            and all(jobs[before].status is JobStatus.succeeded for before in job.after)
        ]

    def _job(self, draw: int) -> Job | None:
        jobs = list(self.service.store.values())
        return jobs[draw % len(jobs)] if jobs else None

    def _runs(self) -> list[str]:
        """Jobs that run, in an order that is the same each time."""
        return sorted(self.service.runner._runs, key=lambda job_id: self.service.store[job_id].name)

    def _run(self, draw: int) -> str | None:
        runs = self._runs()
        return runs[draw % len(runs)] if runs else None

    which = st.integers(0, 1_000_000)

    @rule(kind=st.sampled_from(sorted(KINDS)), waits=st.booleans(), draw=which)
    def submit(self, kind: str, waits: bool, draw: int) -> None:
        before = self._job(draw) if waits else None
        self.submitted += 1
        params = StubParams(adapter_name=f"a{self.submitted}")
        self.known.add(self.service.submit(KINDS[kind], params, None, (before.id,) if before else ()).id)

    @rule(draw=which)
    def tell_progress(self, draw: int) -> None:
        if job_id := self._run(draw):
            self.turns.move(job_id, FakeChild.tell_progress)

    @rule(draw=which)
    def go_on(self, draw: int) -> None:
        if job_id := self._run(draw):
            self.turns.move(job_id, lambda _: None)

    @rule(draw=which, end=st.sampled_from(sorted(ENDS)))
    def end(self, draw: int, end: str) -> None:
        if job_id := self._run(draw):
            self.turns.move(job_id, ENDS[end])

    @rule(draw=which)
    def last_too_long(self, draw: int) -> None:
        if job_id := self._run(draw):
            self.service.runner._runs[job_id].ask_to_stop(StopIntent.time_limit)

    @rule(draw=which)
    def cancel(self, draw: int) -> None:
        if (job := self._job(draw)) is None:
            return
        try:
            self.service.runner.cancel(job.id)
        except Conflict:
            assert job.status.is_final
        else:
            assert self.service.store[job.id].status.value in ("cancelled", "stopping")

    @rule(draw=which)
    def finish(self, draw: int) -> None:
        if (job := self._job(draw)) is None:
            return
        try:
            self.service.runner.finish(job.id)
        except Conflict:
            assert job.status.value not in ("starting", "running") or not KINDS[job.kind].can_finish
        else:
            assert self.service.store[job.id].finish

    @rule(draw=which)
    def resume(self, draw: int) -> None:
        if (job := self._job(draw)) is None:
            return
        try:
            self.service.resume(job.id)
        except Conflict:
            blocked = any(self.service.store[before].status.is_resumable for before in job.after)
            assert blocked or not job.status.is_resumable

    @rule(draw=which)
    def delete(self, draw: int) -> None:
        if (job := self._job(draw)) is None:
            return
        followed = any(job.id in other.after and not other.status.is_final for other in self.service.store.values())
        try:
            self.service.delete(job.id)
        except Conflict:
            assert followed or not job.status.is_final
        else:
            self.known.remove(job.id)

    @rule()
    def kill_the_service(self) -> None:
        if not self._runs():
            return
        runner = self.service.runner
        with runner._wake:
            runner._closing = True
            runner._wake.notify_all()
        self.turns.end()
        for lane in runner._lanes:
            lane.join(20)
        self.service.store.close()
        self.service._lock.release()
        FakeChild.living.clear()
        self.start()

    @rule(ends=st.lists(st.sampled_from(sorted(ENDS)), min_size=2, max_size=2))
    def stop_the_service(self, ends: list[str]) -> None:
        if not self._runs():
            return
        self.service.begin_to_stop()
        runs = self.service.runner._runs
        for job_id, end in zip(self._runs(), ends, strict=False):
            self.turns.move(job_id, lambda _: None)
            until(lambda: job_id not in runs or self.turns.is_next(job_id))  # noqa: B023
            if job_id in runs:  # it was not being stopped for another reason before
                self.turns.move(job_id, ENDS[end])
        self.service.stop()
        self.start()

    @invariant()
    def the_table_is_true(self) -> None:
        JobLife.steps += 1
        self._settle()
        jobs = list(self.service.store.values())
        assert {job.id for job in jobs} == self.known, "lost, or from nowhere"
        for job in jobs:
            told = job.status.is_final and job.status is not JobStatus.succeeded
            assert (job.reason in get_args(Reason)) == (told or job.status is JobStatus.stopping), job
            assert bool(job.error) == told, job
            assert job.attempts <= MAX_ATTEMPTS or job.status is not JobStatus.queued, job
        active = [job for job in jobs if job.status.value in ("starting", "running", "finishing", "stopping")]
        assert {job.id for job in active} == set(self.service.runner._runs) == set(FakeChild.living)
        for kind in KINDS:
            running = [job for job in active if job.kind == kind]
            assert len(running) <= 1
            assert running or not self._eligible(kind), "a lane sleeps while a job could run"

    def teardown(self) -> None:
        for job_id in list(self.service.runner._runs):
            self.turns.move(job_id, FakeChild.succeed)
        self._settle_all()
        self.service.stop()
        self.patch.undo()
        self.folder.cleanup()

    def _settle_all(self) -> None:
        """Play every run to its end."""
        while self._runs() or any(self._eligible(kind) for kind in KINDS):
            self._settle()
            for job_id in list(self.service.runner._runs):
                self.turns.move(job_id, FakeChild.succeed)
                until(lambda: job_id not in self.service.runner._runs)  # noqa: B023


ARROWS = {(before, after) for before, ends in DRAWN.items() for after in ends}

WALK: list[tuple[Callable[..., None], dict[str, object]]] = [
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 0
    (JobLife.tell_progress, {"draw": 0}),
    (JobLife.end, {"draw": 0, "end": "well"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 1
    (JobLife.end, {"draw": 0, "end": "well"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 2
    (JobLife.end, {"draw": 0, "end": "badly"}),
    (JobLife.resume, {"draw": 2}),
    (JobLife.end, {"draw": 0, "end": "with a checkpoint"}),
    (JobLife.resume, {"draw": 2}),
    (JobLife.tell_progress, {"draw": 0}),
    (JobLife.end, {"draw": 0, "end": "badly"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 3
    (JobLife.tell_progress, {"draw": 0}),
    (JobLife.end, {"draw": 0, "end": "with a checkpoint"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 4
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 5
    (JobLife.cancel, {"draw": 5}),
    (JobLife.resume, {"draw": 5}),
    (JobLife.submit, {"kind": "train", "waits": True, "draw": 4}),  # job 6
    (JobLife.end, {"draw": 0, "end": "badly"}),
    (JobLife.cancel, {"draw": 5}),
    (JobLife.go_on, {"draw": 0}),
    (JobLife.end, {"draw": 0, "end": "killed"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 7
    (JobLife.tell_progress, {"draw": 0}),
    (JobLife.cancel, {"draw": 7}),
    (JobLife.end, {"draw": 0, "end": "well"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 8
    (JobLife.last_too_long, {"draw": 0}),
    (JobLife.go_on, {"draw": 0}),
    (JobLife.go_on, {"draw": 0}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 9
    (JobLife.finish, {"draw": 9}),
    (JobLife.end, {"draw": 0, "end": "well"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 10
    (JobLife.tell_progress, {"draw": 0}),
    (JobLife.finish, {"draw": 10}),
    (JobLife.end, {"draw": 0, "end": "badly"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 11
    (JobLife.finish, {"draw": 11}),
    (JobLife.end, {"draw": 0, "end": "with a checkpoint"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 12
    (JobLife.finish, {"draw": 12}),
    (JobLife.cancel, {"draw": 12}),
    (JobLife.end, {"draw": 0, "end": "well"}),
    (JobLife.submit, {"kind": "train", "waits": False, "draw": 0}),  # job 13
    (JobLife.stop_the_service, {"ends": ["killed", "killed"]}),
    (JobLife.kill_the_service, {}),
]


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    JobLife.arrows.clear()
    JobLife.steps = JobLife.services = 0


def test_every_drawn_arrow_can_be_reached() -> None:
    assert {status.value: {after.value for after in arrows} for status, arrows in TRANSITIONS.items()} == DRAWN
    life = JobLife()
    life.the_table_is_true()
    for step, given in WALK:
        step(life, **given)
        life.the_table_is_true()
    life.teardown()
    assert set(JobLife.arrows) == ARROWS


def test_no_order_of_events_takes_another_arrow() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        JobLife,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # making a failure smaller takes longer than reading it
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    reached = set(JobLife.arrows)
    tell(
        "R15", steps=JobLife.steps, services=JobLife.services, arrows=len(ARROWS), reached=len(reached & ARROWS),
        illegal=len(reached - ARROWS),
    )  # fmt: skip
    assert reached <= ARROWS
