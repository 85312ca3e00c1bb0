"""R4: whatever call of the job table's database fails, what was acknowledged is there, and the table can be read.

CAMPAIGN=1 pytest tests/reliability/test_job_table_faults.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.paths import PROJECT_ROOT
from tests.campaign import number, tell

SOURCE = Path(__file__).with_name("fault_shim.c")


@pytest.fixture
def shim(tmp_path: Path) -> Path:
    """The library that makes calls fail, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("making the database's own calls fail takes Linux and a C compiler")
    library = tmp_path / "fault_shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def test_what_was_acknowledged_is_there_after_any_fault(shim: Path, in_memory: Path) -> None:
    every = number(4, 1)
    command = [sys.executable, "-m", "tests.reliability.job_table_changes", str(in_memory), str(every)]
    environ = {**os.environ, "LD_PRELOAD": str(shim)}
    done = subprocess.run(command, env=environ, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert found["calls"] > 20
    assert found["told"] > found["points"] / 3
    tell("R4", change="job table", calls=found["calls"], points=found["points"], violations=0)
