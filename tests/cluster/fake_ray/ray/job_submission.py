"""A job server in a folder: a job is a process of its own, below a shell that notes how it ended.

It holds to what the real one does where we rely on it: the code is copied, the environment is the node's and not the
caller's, TERM goes to each process below the job, a job outlives whoever handed it in, and an unknown one is a 404.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil

FOLDER_VARIABLE = "FAKE_RAY_DIR"
KEPT = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")
TERM_CODE = 128 + signal.SIGTERM


class JobSubmissionClient:
    """As much of Ray's client as is used here."""

    def __init__(self, address: str) -> None:
        self._folder = Path(os.environ[FOLDER_VARIABLE])
        self._folder.mkdir(parents=True, exist_ok=True)

    def submit_job(self, *, entrypoint: str, submission_id: str, runtime_env: dict[str, Any], **demand: Any) -> str:
        home = self._folder / submission_id
        if home.exists():
            raise RuntimeError("Request failed with status code 500: a job of this id exists")
        shutil.copytree(runtime_env["working_dir"], home / "code")
        told = {"entrypoint": entrypoint, "runtime_env": runtime_env, "demand": demand}
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        process = subprocess.Popen(
            ["sh", "-c", f"({entrypoint}); echo $? > ../exit"],
            cwd=home / "code",
            env={**kept, "RAY_ADDRESS": "192.0.2.1:6379", **runtime_env["env_vars"]},
            stdin=subprocess.DEVNULL,
            stdout=(home / "driver.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        (home / "told.json").write_text(json.dumps({**told, "pid": process.pid}), encoding="utf-8")
        return submission_id

    def get_job_info(self, submission_id: str) -> Any:
        home = self._home(submission_id)
        if (home / "exit").exists():
            code = int((home / "exit").read_text() or 0)
            status = "STOPPED" if (home / "stop").exists() else "FAILED" if code else "SUCCEEDED"
            return SimpleNamespace(
                status=status, message=f"ended with {code}", error_type=None, driver_exit_code=code or None
            )
        if _is_alive(self._pid(home)):
            return SimpleNamespace(status="RUNNING", message=None, error_type=None, driver_exit_code=None)
        return SimpleNamespace(
            status="FAILED", message="The node died.", error_type="JOB_SUPERVISOR_ACTOR_DIED", driver_exit_code=None
        )

    def stop_job(self, submission_id: str) -> bool:
        home = self._home(submission_id)
        (home / "stop").touch()
        if _is_alive(self._pid(home)):
            for process in psutil.Process(self._pid(home)).children(recursive=True):
                process.send_signal(signal.SIGTERM)
        return True

    def _home(self, submission_id: str) -> Path:
        home = self._folder / submission_id
        if not (home / "told.json").exists():
            raise RuntimeError("Request failed with status code 404: no such job")
        return home

    def _pid(self, home: Path) -> int:
        return int(json.loads((home / "told.json").read_text(encoding="utf-8"))["pid"])


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
