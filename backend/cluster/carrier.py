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
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.cluster.arrivals import Arrivals
from backend.cluster.attempt import Attempt, AttemptRecord
from backend.cluster.away import ClusterAway
from backend.cluster.handing_in import hand_in
from backend.cluster.inputs import Journey
from backend.cluster.link import Link
from backend.cluster.loss import Loss
from backend.cluster.passing_on import PassingOn
from backend.cluster.places import Places
from backend.cluster.ray_jobs import Seen
from backend.cluster.wishes import Wish, Wishes
from backend.core.environment.settings import Settings, load_settings
from backend.core.errors import PipelineError, Stopped
from backend.core.process import guarded
from backend.core.processes.lifeline import leave_with_service
from backend.core.processes.tree import JOB_ID_VARIABLE
from backend.core.runs.away import PROGRAM_VARIABLE
from backend.core.runs.checkpoints import by_step, is_whole, step_of
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import CHECKPOINTS
from backend.core.storage.files import partial_of
from backend.core.storage.hold import Hold

logger = logging.getLogger("carrier")

LOOK_SECONDS = 0.5
AWAY_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""For a cluster that does not answer when a run is to begin: longer, and the address is told to be wrong."""
MOST_LOSSES = 3
"""Attempts that may be lost one after the other, none of them getting further, before the job fails."""
WAITING_SECONDS = 60.0
LATE_LOOKS = 5
"""Of a run whose node is said to be dead: its last files may be on their way."""


class Carrier:
    """Stands for one job on the cluster.

    Args:
        journey: the job.
        job_id: of the job.
        link: the way to the cluster.
        wishes: what the service asks meanwhile.
    """

    def __init__(self, journey: Journey, job_id: str, link: Link, wishes: Wishes) -> None:
        self._journey = journey
        self._link = link
        self._wishes = wishes
        self._record = AttemptRecord(journey.job_dir, job_id)
        self._is_away = False
        self._told_waiting = -WAITING_SECONDS

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
            logger.info("--- The run %s on the cluster is taken up again. ---", attempt.submission_id)
        while isinstance(end := self._seen_through(attempt), Loss):
            attempt = self._after_loss(attempt, end)
        return end

    def _handed_in(self, losses: int) -> Attempt:
        self._link.reach(PATIENCE_SECONDS)
        return hand_in(self._link, self._record, self._journey, self._wishes, step=self._reached(), losses=losses)

    def _seen_through(self, attempt: Attempt) -> int | Loss:
        """Follow the run to its end: its exit code, or how it was lost.

        Raises:
            Stopped: it ended by a stop before it could say so itself, or is left to go on.
        """
        arrivals = Arrivals(self._link.depot, attempt, self._record, self._journey)
        passing_on = PassingOn(self._link, attempt.submission_id, self._journey.job_dir)
        late = 0
        while True:
            if self._wishes.highest is Wish.leave:
                raise Stopped("The run goes on on the cluster and is taken up again.")
            try:
                passing_on.tell(self._wishes.highest)
                seen = self._link.jobs.seen(attempt.submission_id)  # before its files: what it left is there then
                arrivals.take_news()
                code = arrivals.end()
                if code is not None:
                    arrivals.settle(code)
                    return code
                self._is_away = False
                late = late + 1 if seen is None or seen.has_ended else 0
                if late and self._wishes.end_it:
                    self._abandon(attempt)
                    raise Stopped("Stopped on the cluster.")
                if late > LATE_LOOKS:
                    return Loss.of(seen)
                self._tell_waiting(seen)
                time.sleep(LOOK_SECONDS)
            except ClusterAway as error:
                self._note_away(error)
                time.sleep(AWAY_SECONDS)

    def _after_loss(self, lost: Attempt, loss: Loss) -> Attempt:
        """Hand the job in again, to go on from its last checkpoint that came home."""
        logger.info("--- %s ---", loss.sentence)
        step = self._reached()
        losses = 0 if step > lost.began_at_step else lost.losses + loss.counts
        self._abandon(lost)
        if loss.is_final:
            raise PipelineError(loss.sentence)
        if losses >= MOST_LOSSES:
            raise PipelineError(
                f"The cluster lost the run {losses} times, and it got no further: see the end of the log and the "
                "cluster's dashboard, then resume it."
            )
        logger.info("--- It goes on from step %d on another node. ---", step)
        return self._handed_in(losses)

    def _abandon(self, attempt: Attempt) -> None:
        """Nothing more is expected of an attempt."""
        self._record.keep(attempt.model_copy(update={"is_done": True}))
        self._link.depot.drop(attempt.submission_id)

    def _reached(self) -> int:
        """The step of the newest whole checkpoint at home; 0 = there is none."""
        checkpoints = by_step(partial_of(self._journey.target) / CHECKPOINTS)
        return next((step_of(path) for path in checkpoints if is_whole(path)), 0)

    def _tell_waiting(self, seen: Seen | None) -> None:
        """To wait for a node is no sign of death."""
        if seen and seen.waits and time.monotonic() - self._told_waiting > WAITING_SECONDS:
            self._told_waiting = time.monotonic()
            RunReporter(job_dir=self._journey.job_dir).progress("waiting for the cluster")

    def _note_away(self, error: ClusterAway) -> None:
        """Once each time: it may be away for hours."""
        if not self._is_away:
            logger.info("--- %s Trying again; the run goes on meanwhile. ---", error)
        self._is_away = True


def main(arguments: Sequence[str]) -> int:
    """Carry the job whose parameters are given; ends by the signal that its run ended by."""
    config = Path(arguments[arguments.index("--config") + 1])
    code = carried(json.loads(config.read_bytes()), config.parent, load_settings(), Wishes())
    if code < 0:
        with suppress(OSError):  # KILL can be neither caught nor set
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def carried(params: Mapping[str, Any], job_dir: Path, settings: Settings, wishes: Wishes) -> int:
    """The exit code of the run of these parameters. Raises as `Carrier.carry`, and Conflict."""
    job_id = os.environ[JOB_ID_VARIABLE]
    journey = Journey(params, os.environ[PROGRAM_VARIABLE], job_dir, settings, Places.of(settings, job_id))
    hold = Hold(journey.target)
    hold.take(f"Another run is working on {journey.target.name}: choose another name.")
    try:
        return Carrier(journey, job_id, Link(settings), wishes).carry()
    finally:
        hold.release()


if __name__ == "__main__":
    leave_with_service()
    raise SystemExit(guarded(lambda: main(sys.argv[1:])))
