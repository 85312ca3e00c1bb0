"""The service is light: importing it loads nothing that trains, and little else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "accelerate", "numpy", "openai")
MOST_MODULES = 1100
"""About 900 are loaded, in 1.5 seconds of one core; how long it takes is the machine's affair, how much is ours."""

PROBE = "import sys, backend.main; print(*sys.modules)"


def test_importing_the_service_is_light() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert {module.partition(".")[0] for module in modules}.isdisjoint(HEAVY)
    assert len(modules) <= MOST_MODULES


def test_importing_the_service_touches_no_state(tmp_path: Path) -> None:
    code = "import os; os.chdir(os.environ['HERE']); import backend.main as m; assert len(m.jobs_store) == 0"
    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True,
        env={"PYTHONPATH": str(ROOT), "HERE": str(tmp_path), "STATE_DIR": str(tmp_path / "state"), "PATH": ""},
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
