"""The main process of `test_started`, by itself: it starts the others, and works until it is ended."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from backend.core.params import TrainParams
from backend.engine.processes import started
from backend.engine.processes.place import place_of

started.LOOK_SECONDS = started.NOTICE_SECONDS = 0.05
params = TrainParams(dataset_path="x", output_dir=sys.argv[1], description=sys.argv[2], num_processes=3)
with started.Others(place_of(params), params, Path(__file__).with_name("other.py")):
    time.sleep(60)
