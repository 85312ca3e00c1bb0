"""One child process: started apart from the service, stopped with all it started, dead when the service dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from backend.core.environment.settings import load_settings
from backend.core.paths import PROJECT_ROOT
from backend.core.processes.lifeline import LIFELINE_VARIABLE
from backend.core.processes.tree import JOB_ID_VARIABLE, kill_marked
from backend.core.runs.events import JOB_DIR_VARIABLE
from backend.jobs.outcome import StopIntent

SECRETS = (
    "API_TOKEN", "OPENAI_API_KEY", "INFERENCE_SERVER_KEY", "HF_TOKEN", "WEBHOOK_URL", "WEBHOOK_SECRET",
    "RAY_AUTH_TOKEN", "WANDB_API_KEY", "MLFLOW_TRACKING_TOKEN",
)  # fmt: skip
PACKAGE = PROJECT_ROOT / "backend"

KILL_SECONDS = 5.0
"""What lives on so long after KILL is stuck in a call to a driver."""


class Child:
    """A running job's process.

    Args:
        job_id: goes into the environment of the whole tree.
        program: the recipe, started as `python <program> --config <folder>/params.json`.
        folder: the job's folder; `log.txt` there takes everything the process prints.
        environ: further variables, over the service's own.
        secrets: which of `SECRETS` the program may see.
        online: whether it may ask the model hub.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(
        self,
        job_id: str,
        program: Path,
        folder: Path,
        environ: Mapping[str, str],
        secrets: frozenset[str] = frozenset(),
        *,
        online: bool = False,
    ) -> None:
        self.job_id = job_id
        read_end, self._lifeline = os.pipe()
        try:
            with (folder / "log.txt").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, *started_as(program), "--config", str(folder / "params.json")],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=PROJECT_ROOT,
                    env=child_environment(
                        {
                            **environ,
                            JOB_DIR_VARIABLE: str(folder),
                            JOB_ID_VARIABLE: job_id,
                            LIFELINE_VARIABLE: str(read_end),
                        },
                        secrets,
                        online=online,
                    ),
                    start_new_session=True,
                    pass_fds=(read_end,),
                )
        except OSError:
            os.close(self._lifeline)
            raise
        finally:
            os.close(read_end)
        yield_to_others(self._process.pid)

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """The exit code (negative: the signal), or None while it runs on."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def ask_to_stop(self, intent: StopIntent) -> None:
        """TERM to the group, whatever the intent: a recipe writes its checkpoint and ends."""
        self._signal(signal.SIGTERM)

    def kill(self) -> int | None:
        """KILL to the group, and the exit code; None if the process outlives even that."""
        self._signal(signal.SIGKILL)
        return self.wait(KILL_SECONDS)

    def sweep(self) -> list[int]:
        """Kill what it left behind; returns the processes that outlive even that."""
        return list(kill_marked(self.job_id))

    def bury(self) -> None:
        """After its end: kill what it left behind, let go of the pipe."""
        self.sweep()
        os.close(self._lifeline)

    def _signal(self, number: signal.Signals) -> None:
        # Until it is waited for, the number cannot belong to anybody else.
        if self._process.poll() is None and self.pid > 1:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def started_as(program: Path) -> list[str]:
    """What follows `python`: the path of a recipe, `-m` and the name of a module of ours."""
    if not program.is_relative_to(PACKAGE):
        return [str(program)]
    return ["-m", ".".join(program.relative_to(PROJECT_ROOT).with_suffix("").parts)]


def child_environment(
    given: Mapping[str, str], secrets: frozenset[str] = frozenset(), *, online: bool = False
) -> dict[str, str]:
    """The service's environment for a child: without the keys it has no use for, with what is given.

    Unless it is `online`, it is kept off the model hub: no other program fetches what nobody asked for.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in SECRETS or name in secrets}
    offline = {} if online else {"HF_HUB_OFFLINE": "1"}
    return {**inherited, "PYTHONUNBUFFERED": "1", **offline, **given}


def yield_to_others(pid: int) -> None:
    """Let the service and the desktop go first, and let the system run out of memory at the child's cost.

    Polls then stay quick beside runs that use every core: docs/reliability.md, R9.
    """
    niceness = load_settings().run_niceness
    with suppress(psutil.Error):
        psutil.Process(pid).nice(niceness)
    with suppress(OSError):  # Linux, where sessions are groups and niceness counts only within one
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
    with suppress(OSError):  # Linux only
        Path(f"/proc/{pid}/oom_score_adj").write_text("500")
