"""The process at home that stands for a run on the cluster: it takes the job there, and brings home what comes of it.

    python -m backend.cluster.carrier --config <job folder>/params.json

The service starts it in the recipe's place, and sees the run as if it were here: the same files grow in the job's
folder, and it ends as the run ends. It may die at any time; the run goes on, and the next carrier of the job takes it
up. When the run's node dies, it hands the job in again, to go on from the last checkpoint that came home.

TERM stops the run, with a checkpoint; USR2 ends it at once; HUP leaves it to go on without us.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from types import FrameType

from backend.cluster import names
from backend.cluster.arrivals import Arrivals
from backend.cluster.attempt import Attempt, AttemptRecord
from backend.cluster.away import ClusterAway
from backend.cluster.inputs import Journey, code_of, send_inputs
from backend.cluster.link import DEPOT, Link
from backend.cluster.places import Places
from backend.cluster.ray_jobs import Demand, Seen
from backend.core.environment.settings import Settings, load_settings
from backend.core.errors import PipelineError, Stopped
from backend.core.process import guarded
from backend.core.processes.lifeline import leave_with_service
from backend.core.processes.tree import JOB_ID_VARIABLE
from backend.core.runs.away import PROGRAM_VARIABLE
from backend.core.runs.checkpoints import by_step, is_whole, step_of
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import CHECKPOINTS
from backend.core.runs.request import is_asked_to_finish
from backend.core.storage.files import partial_of
from backend.core.storage.hold import Hold

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
AWAY_SECONDS = 5.0
SHIPPING_SECONDS = 600
"""What a stopped run may take, after its grace, to leave its last checkpoint in the depot."""
MOST_LOSSES = 3
"""Attempts that may be lost one after the other, none of them getting further, before the job fails."""
LATE_LOOKS = 5
"""Of a run whose node is said to be dead: its last files may be on their way."""


class Wish(IntEnum):
    """What is asked of the run; of several wishes the highest counts."""

    go_on = 0
    stop = 1
    force = 2
    leave = 3


class Carrier:
    """Stands for one job on the cluster.

    Args:
        journey: the job.
        job_id: of the job.
        link: the way to the cluster.
    """

    def __init__(self, journey: Journey, job_id: str, link: Link) -> None:
        self._journey = journey
        self._link = link
        self._record = AttemptRecord(journey.job_dir, job_id)
        self._reporter = RunReporter(job_dir=journey.job_dir)
        self._wish = Wish.go_on
        self._is_away = False
        for number, wish in ((signal.SIGTERM, Wish.stop), (signal.SIGUSR2, Wish.force), (signal.SIGHUP, Wish.leave)):
            signal.signal(number, self._hearing(wish))

    def carry(self) -> int:
        """See the job through; returns the exit code of its run.

        Raises:
            Stopped: it was stopped before its run could answer, or left to itself.
            PipelineError: the cluster refuses it, or lost it too often.
        """
        attempt = self._record.last()
        if attempt is None or attempt.is_done or not attempt.is_submitted:
            attempt = self._handed_in(losses=0)
        else:
            _say(f"The run {attempt.submission_id} on the cluster is taken up again.")
        while (code := self._seen_through(attempt)) is None:
            attempt = self._after_loss(attempt)
        return code

    def _handed_in(self, losses: int) -> Attempt:
        """Leave everything in the depot and have the cluster begin."""
        curve = self._journey.job_dir / names.CURVE
        start = curve.stat().st_size if curve.is_file() else 0
        attempt = self._record.begin(start, self._reached(), losses)
        self._reporter.progress("sending data and model to the cluster")
        send_inputs(self._link.depot, attempt.submission_id, self._journey)
        settings = self._journey.settings
        shared = {names.DEPOT_VARIABLE: str(settings.ray_shared_dir / DEPOT)} if settings.ray_shared_dir else {}
        variables = {
            **shared,
            names.WORK_VARIABLE: str(settings.ray_work_dir),
            "RAY_JOB_STOP_WAIT_TIME_S": str(int(settings.stop_grace_seconds) + SHIPPING_SECONDS),
        }
        if self._wish is not Wish.go_on:  # it may have taken minutes
            self._abandon(attempt)
            raise Stopped("Stopped before the cluster had it.")
        attempt = self._record.keep(attempt.model_copy(update={"is_submitted": True}))
        command = f"exec {settings.ray_python} -m backend.cluster.worker {shlex.quote(attempt.submission_id)}"
        demand = Demand(settings.ray_job_cpus, settings.ray_job_gpus, settings.ray_job_resources)
        with code_of(self._journey.program) as code:
            self._link.jobs.submit(attempt.submission_id, command, code, variables, demand)
        self._reporter.progress("waiting for the cluster")
        _say(f"Handed in to the Ray cluster at {settings.ray_address} as {attempt.submission_id}.")
        return attempt

    def _seen_through(self, attempt: Attempt) -> int | None:
        """Follow the run to its end; None = it was lost with its node.

        Raises:
            Stopped: it ended by a stop before it could say so itself, or is left to go on.
        """
        arrivals = Arrivals(self._link.depot, attempt, self._record, self._journey)
        told: Wish | None = None
        finish_told = False
        late = 0
        while True:
            if self._wish is Wish.leave:
                raise Stopped("The run goes on on the cluster and is taken up again.")
            try:
                if self._wish is not told:
                    self._tell(attempt, self._wish)
                    told = self._wish
                if not finish_told and is_asked_to_finish(self._journey.job_dir):
                    self._link.depot.write(f"{attempt.submission_id}/{names.WISHES}/{names.FINISH}", b"")
                    finish_told = True
                seen = self._link.jobs.seen(attempt.submission_id)  # before its files: what it left is there then
                arrivals.take_news()
                code = arrivals.end()
                if code is not None:
                    arrivals.settle(code)
                    return code
                late = late + 1 if seen is None or seen.has_ended else 0
                if late and self._wish is not Wish.go_on:
                    self._abandon(attempt)
                    raise Stopped("Stopped on the cluster.")
                if late > LATE_LOOKS:
                    _say(_loss(seen))
                    return None
                self._is_away = False
                time.sleep(LOOK_SECONDS)
            except ClusterAway as error:
                self._note_away(error)
                time.sleep(AWAY_SECONDS)

    def _after_loss(self, lost: Attempt) -> Attempt:
        """Hand the job in again, to go on from its last checkpoint that came home."""
        losses = 0 if self._reached() > lost.began_at_step else lost.losses + 1
        self._abandon(lost)
        if losses >= MOST_LOSSES:
            raise PipelineError(
                f"The cluster lost the run {losses} times, and it got no further: see the end of the log and the "
                "cluster's dashboard, then resume it."
            )
        step = self._reached()
        _say(f"It goes on from step {step} on another node." if step else "It begins again on another node.")
        return self._handed_in(losses)

    def _tell(self, attempt: Attempt, wish: Wish) -> None:
        if wish is Wish.force:
            self._link.depot.write(f"{attempt.submission_id}/{names.WISHES}/{names.FORCE}", b"")
        if wish is not Wish.go_on:
            self._link.jobs.stop(attempt.submission_id)

    def _abandon(self, attempt: Attempt) -> None:
        """Nothing more is expected of an attempt."""
        self._record.keep(attempt.model_copy(update={"is_done": True}))
        self._link.depot.drop(attempt.submission_id)

    def _reached(self) -> int:
        """The step of the newest whole checkpoint at home."""
        checkpoints = by_step(partial_of(self._journey.target) / CHECKPOINTS)
        return next((step_of(path) for path in checkpoints if is_whole(path)), 0)

    def _note_away(self, error: ClusterAway) -> None:
        """Once each time: it may be away for hours."""
        if not self._is_away:
            _say(f"{error} Trying again; the run goes on meanwhile.")
        self._is_away = True

    def _hearing(self, wish: Wish) -> Callable[[int, FrameType | None], None]:
        def hear(number: int, frame: FrameType | None) -> None:
            self._wish = max(self._wish, wish)

        return hear


def main(arguments: Sequence[str]) -> int:
    """Carry the job whose parameters are given; ends by the signal that its run ended by."""
    config = Path(arguments[arguments.index("--config") + 1])
    settings = load_settings()
    code = carried(json.loads(config.read_bytes()), config.parent, settings)
    if code < 0:
        with suppress(OSError):  # KILL can be neither caught nor set
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def carried(params: dict[str, object], job_dir: Path, settings: Settings) -> int:
    """The exit code of the run of these parameters. Raises as `Carrier.carry`."""
    job_id = os.environ[JOB_ID_VARIABLE]
    journey = Journey(params, os.environ[PROGRAM_VARIABLE], job_dir, settings, Places.of(settings, job_id))
    hold = Hold(journey.target)
    hold.take(f"Another run is working on {journey.target.name}: choose another name.")
    try:
        return Carrier(journey, job_id, Link(settings)).carry()
    finally:
        hold.release()


def _loss(seen: Seen | None) -> str:
    if seen is None:
        return "The cluster no longer knows the run: it was started anew."
    return f"The run was lost with its node or killed there: {(seen.message.splitlines() or [seen.status])[0][:300]}"


def _say(sentence: str) -> None:
    logger.info("--- %s ---", sentence)


if __name__ == "__main__":
    leave_with_service()
    raise SystemExit(guarded(lambda: main(sys.argv[1:])))
