"""The service is light: importing it loads nothing that trains, and is quick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "accelerate", "numpy", "openai")
SECONDS = 1.5

PROBE = """
import sys, time
started = time.process_time()
import backend.main
print(time.process_time() - started)
print(*sys.modules)
"""


def _probe() -> tuple[float, set[str]]:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, modules = done.stdout.splitlines()
    return float(seconds), {module.partition(".")[0] for module in modules.split()}


def test_importing_the_service_is_light_and_quick() -> None:
    seconds, modules = _probe()
    assert modules.isdisjoint(HEAVY)
    # Processor time, the best of two: other work on the machine must not decide.
    assert seconds <= SECONDS or _probe()[0] <= SECONDS


def test_importing_the_service_touches_no_state(tmp_path: Path) -> None:
    code = "import os; os.chdir(os.environ['HERE']); import backend.main as m; assert len(m.jobs_store) == 0"
    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True,
        env={"PYTHONPATH": str(ROOT), "HERE": str(tmp_path), "STATE_DIR": str(tmp_path / "state"), "PATH": ""},
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
