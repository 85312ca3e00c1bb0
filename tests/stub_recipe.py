"""A recipe for tests: `play` in its parameters says what it does."""

from __future__ import annotations

# ruff: noqa: T201
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.core.errors import BadDataset, Stopped
from backend.core.process import guarded
from backend.core.runs.events import RunReporter
from backend.core.runs.request import is_asked_to_finish

PARAMS: dict[str, Any] = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
REPORTER = RunReporter()


def succeed() -> None:
    for step in range(1, 4):
        REPORTER.progress("training", step, 3, eta_seconds=3.0 - step)
        REPORTER.metrics({"step": step, "loss": 3.0 / step})
        print(f"step {step} of 3", flush=True)
    REPORTER.result({"train_loss": 1.0, "resumed": PARAMS["resume"], "tokens_per_second": 100.0})


def wait() -> None:
    """Work until told to go on."""
    REPORTER.progress("training", 1, 3)
    print("waiting", flush=True)
    while not (PARAMS["wait_for"] and Path(PARAMS["wait_for"]).exists()):
        time.sleep(0.02)
    succeed()


def checkpoint() -> None:
    """End with code 4 when asked to stop."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    REPORTER.progress("training", 1, 3)
    while not asked:
        time.sleep(0.02)
    print("checkpoint written", flush=True)
    raise Stopped("Stopped after step 1.")


def finish_early() -> None:
    """Work until asked to finish, or to stop."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    REPORTER.progress("training", 1, 3)
    while not is_asked_to_finish(REPORTER.job_dir):
        if asked:
            raise Stopped("Stopped after step 1.")
        time.sleep(0.02)
    hold = Path(PARAMS["wait_for"]) if PARAMS["wait_for"] else None
    while hold and not hold.exists() and not asked:
        time.sleep(0.02)
    if asked:
        raise Stopped("Stopped after step 1.")
    REPORTER.result({"steps": 1, "stopped_early": True, "resumed": PARAMS["resume"]})


def stubborn() -> None:
    """Ignore TERM, with a grandchild that left the group and ignores it too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    grandchild = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    assert grandchild.stdout
    grandchild.stdout.readline()
    REPORTER.progress("training", 1, 3)
    time.sleep(600)


def deaf() -> None:
    """Ignore TERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    REPORTER.progress("training", 1, 3)
    time.sleep(600)


def bad_dataset() -> None:
    raise BadDataset("data/x.json is empty: give a file with at least one example.")


def crash() -> None:
    print("about to crash", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def exit_seven() -> None:
    print("the last word", flush=True)
    os._exit(7)


def noisy() -> None:
    """A log as recipes write it: colours, a progress bar, other scripts, an unfinished line."""
    out = sys.stdout.buffer
    out.write("\x1b[32mgrün\x1b[0m\n10%\r50%\r100%\nψ = ∑ 🙂\nhalf a line".encode())
    out.flush()
    succeed()


def secrets() -> None:
    """Tell which keys are seen."""
    seen = [name for name in ("API_TOKEN", "OPENAI_API_KEY") if name in os.environ]
    REPORTER.result({"seen": seen, "folders": os.environ["MODEL_OUTPUT_DIR"]})


if __name__ == "__main__":
    raise SystemExit(guarded(globals()[PARAMS["play"]]))
