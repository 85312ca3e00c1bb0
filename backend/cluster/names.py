"""What lies where in the depot, told to both sides by one page.

<submission>/in/order.json         what to run, and which parcels to unpack first
<submission>/in/inputs.tar         parameters, data and, for a resume, the unfinished run
<submission>/wish/finish, force    what a person asked for meanwhile
<submission>/out/log.txt, metrics.jsonl             as they grow
<submission>/out/progress.json, samples.jsonl       as they change
<submission>/out/checkpoint-<step>.tar              once sealed
<submission>/out/kept.json                          the checkpoints that the run still has
<submission>/out/result.json, failure.json, output.tar, adapters.json
<submission>/out/end.json                           last: the run's exit code
bases/<fingerprint>.tar                             a base model, for every job that needs it
"""

from __future__ import annotations

ORDER = "in/order.json"
INPUTS = "in/inputs.tar"
WISHES = "wish"
FINISH, FORCE = "finish", "force"
OUT = "out"
LOG = "log.txt"
CURVE = "metrics.jsonl"
CHANGING = ("progress.json", "samples.jsonl")
TOLD = ("result.json", "failure.json")
KEPT = "kept.json"
OUTPUT = "output.tar"
REGISTRY = "adapters.json"
END = "end.json"
BASES = "bases"

ACTOR, NAMESPACE = "pipeline-depot", "pipeline"

DEPOT_VARIABLE = "PIPELINE_DEPOT_DIR"
"""Of the worker: the depot's folder, where both sides see one; empty = the actor."""
WORK_VARIABLE = "PIPELINE_WORK_DIR"
"""Of the worker: where on its node runs work."""


def submission_id(job_id: str, attempt: int) -> str:
    """What Ray calls an attempt of a job, made of the job's own id: a service that has died finds it again."""
    return f"pipeline-{job_id}-{attempt}"


def older_attempts(submission: str) -> list[str]:
    """The names of the attempts before this one."""
    job, _, number = submission.rpartition("-")
    return [f"{job}-{earlier}" for earlier in range(1, int(number))]
