"""One of the processes that `test_started` has started: tells its place, and does what its run's description says."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from backend.core.processes.lifeline import watch_lifeline

watch_lifeline()
params = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
told = {name: os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT", "OMP_NUM_THREADS")}
place = Path(params["output_dir"]) / f"{os.environ['RANK']}.json"
place.with_suffix(".part").write_text(json.dumps({**told, "pid": os.getpid(), "params": params}))
place.with_suffix(".part").rename(place)
if params["description"] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
if params["description"] == "fails":
    sys.exit(3)
if params["description"] == "stays":
    time.sleep(60)
