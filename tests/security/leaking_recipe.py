"""A recipe for tests that lets every secret out that it was given, by the way its parameters name."""

from __future__ import annotations

# ruff: noqa: T201
import json
import logging
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backend.core.errors import BadDataset
from backend.core.process import guarded
from backend.core.runs.events import RunReporter

PARAMS = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
CANARIES: list[str] = json.loads(Path(PARAMS["wait_for"]).read_text(encoding="utf-8"))


def leak() -> None:
    """Print, log, redraw, colour, quote in an error: whatever a library might do."""
    way = PARAMS["play"]
    logger = logging.getLogger("library")
    for canary in CANARIES:
        middle = len(canary) // 2
        if way == "print":
            print(f"using {canary} now")
            print(f'{{"headers": {{"Authorization": "Bearer {canary}"}}}}', file=sys.stderr)
        elif way == "colour":
            print(f"key \x1b[31m{canary[:middle]}\x1b[0m{canary[middle:]}")
            print(f"10%\r50% {canary}\r90% {canary}")
        elif way == "log":
            logger.warning("asking with %s", canary)
            logger.error("url https://user:%s@host/path?token=%s", canary, canary)
    if way == "known":
        raise BadDataset("refused: " + " ".join(CANARIES))
    if way == "unknown":
        raise RuntimeError("401 for " + " ".join(CANARIES))
    if way == "crash":
        print("last words: " + " ".join(CANARIES), flush=True)
        os._exit(7)
    if way == "wait":
        RunReporter().progress("waiting", 1, 2)
        while True:
            time.sleep(0.05)
    RunReporter().result({"done": True})


if __name__ == "__main__":
    raise SystemExit(guarded(leak))
