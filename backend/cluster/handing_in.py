"""The beginning of an attempt: everything it needs is left in the depot, and the cluster is told to run it."""

from __future__ import annotations

import logging
import shlex

from backend.cluster import names
from backend.cluster.attempt import Attempt, AttemptRecord
from backend.cluster.inputs import Journey, code_of, send_inputs
from backend.cluster.link import DEPOT, Link
from backend.cluster.ray_jobs import Demand
from backend.cluster.wishes import Wishes
from backend.core.environment.settings import Settings
from backend.core.errors import Stopped
from backend.core.runs.events import RunReporter

logger = logging.getLogger(__name__)

SHIPPING_SECONDS = 600
"""What a stopped run may take, after its grace, to leave its last checkpoint in the depot."""


def hand_in(link: Link, record: AttemptRecord, journey: Journey, wishes: Wishes, *, step: int, losses: int) -> Attempt:
    """Begin the next attempt of a job.

    Args:
        step: of the checkpoint at home that it goes on from; 0 = it begins.
        losses: attempts before it that were lost and got no further.

    Raises:
        Stopped: a stop was asked for meanwhile; the cluster knows nothing of it.
        PipelineError: the cluster refuses it, or something did not arrive whole.
    """
    curve = journey.job_dir / names.CURVE
    attempt = record.begin(curve.stat().st_size if curve.is_file() else 0, step, losses)
    reporter = RunReporter(job_dir=journey.job_dir)
    reporter.progress("sending data and model to the cluster")
    send_inputs(link.depot, attempt.submission_id, journey)
    if wishes.end_it:  # it may have taken minutes
        record.keep(attempt.model_copy(update={"is_done": True}))
        link.depot.drop(attempt.submission_id)
        raise Stopped("Stopped before the cluster had it.")
    attempt = record.keep(attempt.model_copy(update={"is_submitted": True}))
    settings = journey.settings
    command = f"exec {settings.ray_python} -m backend.cluster.worker {shlex.quote(attempt.submission_id)}"
    demand = Demand(settings.ray_job_cpus, settings.ray_job_gpus, settings.ray_job_resources)
    with code_of(journey.program) as code:
        link.jobs.submit(attempt.submission_id, command, code, _variables(settings), demand)
    reporter.progress("waiting for the cluster")
    logger.info("--- Handed in to the Ray cluster at %s as %s. ---", settings.ray_address, attempt.submission_id)
    return attempt


def _variables(settings: Settings) -> dict[str, str]:
    """Of the worker's environment: whoever sees the cluster's dashboard reads them."""
    shared = {names.DEPOT_VARIABLE: str(settings.ray_shared_dir / DEPOT)} if settings.ray_shared_dir else {}
    return {
        **shared,
        names.WORK_VARIABLE: str(settings.ray_work_dir),
        "RAY_JOB_STOP_WAIT_TIME_S": str(int(settings.stop_grace_seconds) + SHIPPING_SECONDS),
    }
