"""The process on a node that runs a job's recipe there, as the service would at home.

    python -m backend.cluster.worker pipeline-<job id>-<attempt>

Ray starts it. It unpacks what home has left in the depot, runs the recipe in a folder of its own, sends home what the
run tells and seals while it works, and at its end what it made. Ray's stop is a TERM to it and to all below it: the
recipe writes its checkpoint, and it is brought home before this ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from backend.cluster import names
from backend.cluster.away import ClusterAway
from backend.cluster.departures import Departures
from backend.cluster.depot import Depot
from backend.cluster.parcels import AnyDepot, fetch
from backend.cluster.places import CONFIG, JOB, node_folder
from backend.core.paths import PROJECT_ROOT
from backend.core.process import guarded
from backend.core.processes.lifeline import LIFELINE_VARIABLE
from backend.core.processes.tree import JOB_ID_VARIABLE, kill_marked
from backend.core.runs.events import JOB_DIR_VARIABLE
from backend.core.runs.request import ask_to_finish

LOOK_SECONDS = 0.5
STOPPED = 4
FORCED = 128 + signal.SIGKILL


class Worker:
    """Runs one attempt of a job.

    Args:
        submission: the attempt.
        depot: what home and we leave for each other.
        work: the folder on this node in which runs work.
    """

    def __init__(self, submission: str, depot: AnyDepot, work: Path) -> None:
        self._submission = submission
        self._depot = depot
        self._root = node_folder(work, submission.split("-")[1])
        self._job_dir = self._root / JOB
        self._stop_asked_at: float | None = None
        signal.signal(signal.SIGTERM, self._on_stop)

    def work(self) -> int:
        """The whole stay; returns the recipe's exit code as a shell tells it."""
        kill_marked(*names.older_attempts(self._submission))  # of a node that was only out of reach
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir(mode=0o700, parents=True)
        try:
            order = self._unpacked()
            target, registry = Path(order["target"]), self._root / CONFIG
            departures = Departures(self._depot, self._submission, self._job_dir, target, registry)
            code = STOPPED if self._stop_asked_at else self._run(order, departures)
            if code != FORCED:
                self._depart(departures, code)
            return code if code >= 0 else 128 - code
        finally:
            shutil.rmtree(self._root, ignore_errors=True)

    def _unpacked(self) -> dict[str, Any]:
        data, name = b"", f"{self._submission}/{names.ORDER}"
        while piece := self._depot.read(name, len(data)):
            data += piece
        order: dict[str, Any] = json.loads(data)
        for parcel in order["parcels"]:
            fetch(self._depot, parcel, self._root)
        (self._root / CONFIG).parent.mkdir(parents=True, exist_ok=True)
        return order

    def _run(self, order: Mapping[str, Any], departures: Departures) -> int:
        """The recipe from its start to its end; FORCED = home wants nothing more of it."""
        read_end, _ = os.pipe()  # never closed: the recipe dies with us
        with (self._job_dir / names.LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, order["program"], "--config", str(self._job_dir / "params.json")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT_ROOT,
                env={**self._variables(order["environment"]), LIFELINE_VARIABLE: str(read_end)},
                start_new_session=True,
                pass_fds=(read_end,),
            )
        os.close(read_end)
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(LOOK_SECONDS)
            with suppress(ClusterAway):
                departures.send_news()
                if self._heeds_wishes():
                    self._kill(process)
                    return FORCED
            if self._stop_asked_at and time.monotonic() - self._stop_asked_at > order["grace_seconds"]:
                self._kill(process)

    def _variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """The node's environment with home's settings; without Ray's own variables, which would be taken for those."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("RAY_")},
            **given,
            JOB_DIR_VARIABLE: str(self._job_dir),
            JOB_ID_VARIABLE: self._submission,
            "PIPELINE_ENV_FILE": str(self._root / ".env"),  # there is none: the settings are those of home
            "HF_HUB_OFFLINE": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def _heeds_wishes(self) -> bool:
        """Pass a wish to finish on; returns whether to end at once."""
        wishes = self._depot.stamps(f"{self._submission}/{names.WISHES}")
        if names.FINISH in wishes:
            ask_to_finish(self._job_dir)
        return names.FORCE in wishes

    def _depart(self, departures: Departures, code: int) -> None:
        """Leave what came of it in the depot, however long the head is out of reach."""
        while True:
            try:
                return departures.send_end(code)
            except ClusterAway:
                time.sleep(LOOK_SECONDS)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        kill_marked(self._submission)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked_at = self._stop_asked_at or time.monotonic()


def main(submission: str) -> int:
    """Run the attempt of that name."""
    work = Path(os.environ[names.WORK_VARIABLE])
    if shared := os.environ.get(names.DEPOT_VARIABLE):
        return Worker(submission, Depot(shared), work).work()
    from backend.cluster.depot_actor import ActorDepot, found_actor

    return Worker(submission, ActorDepot(found_actor), work).work()


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: main(sys.argv[1])))
