"""A recipe that keeps books of its own: whether it ever ran twice at once, or made its output twice.

It works as `train.py` does: checkpoints with a manifest, a stop at the next step, a folder published by rename, the
registry, the result last.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.core.errors import Stopped
from backend.core.process import guarded
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import CHECKPOINTS, PARAMS_FILE
from backend.core.storage.files import partial_of

PARAMS: dict[str, Any] = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
NAME: str = PARAMS["adapter_name"]
TARGET = Path(PARAMS["output_dir"])
BOOKS = Path(os.environ["STATE_DIR"]).parent / "books"
STEPS = 4
STEP_SECONDS = 0.04
"""As if a step took so long."""


def note(what: str) -> None:
    (BOOKS / f"{NAME}.{what}").touch()


def main() -> None:
    asked: list[int] = []
    import signal

    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    with (BOOKS / f"{NAME}.lock").open("a") as book:
        try:
            fcntl.flock(book, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("ran twice at once")
            raise
        if TARGET.exists():
            note("ran again after it was whole")
        if PARAMS["stray"]:
            subprocess.Popen(["sleep", "600"], start_new_session=True)
        work(asked)


def work(asked: list[int]) -> None:
    reporter, partial = RunReporter(), partial_of(TARGET)
    checkpoints = partial / CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    (partial / PARAMS_FILE).write_text("{}", encoding="utf-8")
    done = max((int(found.name.rpartition("-")[2]) for found in checkpoints.iterdir()), default=0)
    for step in range(done + 1, STEPS + 1):
        reporter.progress("training", step, STEPS)
        time.sleep(STEP_SECONDS)
        (checkpoints / f"checkpoint-{step}").mkdir()
        (checkpoints / f"checkpoint-{step}" / "manifest.json").write_text("{}", encoding="utf-8")
        if asked:
            raise Stopped(f"Stopped after step {step}.")
    os.rename(partial, TARGET)
    AdapterRegistry(Path(os.environ["ADAPTER_CONFIG_PATH"])).add(Adapter(name=NAME, path=str(TARGET)))
    reporter.result({"steps": STEPS - done})


if __name__ == "__main__":
    raise SystemExit(guarded(main))
