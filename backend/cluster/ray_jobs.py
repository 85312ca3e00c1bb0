"""The cluster's job server: a run is handed in, looked after and stopped over its HTTP address."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import requests
from ray.job_submission import JobSubmissionClient

from backend.cluster.away import ClusterAway
from backend.core.errors import PipelineError

NOT_FOUND = "status code 404"
SERVER_FAULT = "status code 5"
"""How its library tells them. Asked something, the server may do better the next time."""
NO_ROOM, NO_ENVIRONMENT = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", "RUNTIME_ENV_SETUP_FAILURE"
ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})


@dataclass(frozen=True)
class Demand:
    """What a run needs of its node.

    Args:
        cpus, gpus: how many; threads are as many as the CPUs.
        resources: of the cluster's own names, e.g. `{"trainer": 1}`.
    """

    cpus: float
    gpus: float
    resources: Mapping[str, float]


@dataclass(frozen=True)
class Seen:
    """What the job server says of a job.

    Args:
        status: PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED.
        message: the same in its words.
        error_type: of one that failed, its word for why.
        exit_code: that of the worker, where the job server has heard it.
    """

    status: str
    message: str = ""
    error_type: str = ""
    exit_code: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.status in ENDED

    @property
    def waits(self) -> bool:
        """Whether no node has had room for it yet."""
        return self.status == "PENDING"

    @property
    def found_no_room(self) -> bool:
        """Whether the cluster gave up waiting for a node with room."""
        return self.error_type == NO_ROOM

    @property
    def is_broken(self) -> bool:
        """Whether the worker cannot even begin: another node would do no better."""
        return self.error_type == NO_ENVIRONMENT or (self.exit_code or 0) > 0

    @property
    def last_words(self) -> str:
        """The last line of its message."""
        lines = [line for line in self.message.splitlines() if line.strip()]
        return lines[-1].strip()[:300] if lines else self.status


class RayJobs:
    """The jobs of one cluster.

    Args:
        address: of its job server, `http://<head>:8265`.

    Every call raises ClusterAway when it does not answer.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    @cached_property
    def _client(self) -> JobSubmissionClient:
        client = JobSubmissionClient(self._address)  # asks for its version
        logging.getLogger("ray.dashboard.modules.dashboard_sdk").setLevel(logging.WARNING)  # sets its own
        return client

    def submit(
        self, submission: str, entrypoint: str, code: Path, variables: Mapping[str, str], demand: Demand
    ) -> None:
        """Hand a run in; again with the same name is nothing.

        Args:
            entrypoint: the command.
            code: the folder in which it runs, sent along.
            variables: of its environment. Everybody who sees the cluster's dashboard reads them: no secrets.

        Raises:
            PipelineError: the job server refuses it.
        """
        if self.seen(submission) is not None:
            return
        with self._explained(is_question=False):
            self._client.submit_job(
                entrypoint=entrypoint,
                submission_id=submission,
                runtime_env={"working_dir": str(code), "env_vars": dict(variables)},
                entrypoint_num_cpus=demand.cpus,
                entrypoint_num_gpus=demand.gpus,
                entrypoint_resources=dict(demand.resources) or None,
            )

    def seen(self, submission: str) -> Seen | None:
        """How it stands; None = the cluster knows no such job, since it was started anew, say."""
        with self._explained():
            try:
                told = self._client.get_job_info(submission)
            except RuntimeError as error:
                if NOT_FOUND in str(error):
                    return None
                raise
            status = str(getattr(told.status, "value", told.status))
            return Seen(status, told.message or "", told.error_type or "", told.driver_exit_code)

    def stop(self, submission: str) -> None:
        """TERM to all of its processes, KILL later; one that has ended, or is unknown, is left alone."""
        with self._explained():
            try:
                self._client.stop_job(submission)
            except RuntimeError as error:
                if NOT_FOUND not in str(error):
                    raise

    @contextmanager
    def _explained(self, *, is_question: bool = True) -> Iterator[None]:
        try:
            yield
        except (ConnectionError, requests.RequestException) as error:
            raise ClusterAway(
                f"The Ray cluster at {self._address} does not answer: is it running, and is RAY_ADDRESS right?"
            ) from error
        except RuntimeError as error:
            if is_question and SERVER_FAULT in str(error):
                raise ClusterAway(f"The Ray cluster at {self._address} fails to answer.") from error
            raise PipelineError(f"The Ray cluster refuses: {str(error).splitlines()[0][:500]}") from error
