"""`dataset_generator.py` as its users start it: by itself, by the wrapper, in test mode."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.paths import PROJECT_ROOT


def run(data: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the checkout with a data folder of its own, and no key."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PIPELINE_"))}
    return subprocess.run(
        command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
        env={**given, "DATA_DIR": str(data), "PYTHON": sys.executable, **environ},
    )  # fmt: skip


def test_the_wrapper_takes_topic_count_and_type_in_this_order(tmp_path: Path) -> None:
    script = str(PROJECT_ROOT / "scripts" / "run_dataset_generator.sh")
    done = run(tmp_path, script, "physics", "50", "instruction", "--mock")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.json")
    assert path.name.startswith("physics_instruction_50_")
    assert len(json.loads(path.read_text())) == 50
    assert "50 records are in" in done.stdout


@pytest.mark.parametrize(("count", "form"), [("0", "qa"), ("-1", "qa"), ("x", "qa"), ("5", "poem")])
def test_the_wrapper_hands_mistakes_on(tmp_path: Path, count: str, form: str) -> None:
    """G12 through the wrapper: exit 2; an unknown type lists the known ones."""
    script = str(PROJECT_ROOT / "scripts" / "run_dataset_generator.sh")
    done = run(tmp_path, script, "physics", count, form, "--mock")
    assert done.returncode == 2
    assert ("num_examples" in done.stderr) or ("'preference'" in done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_test_mode_needs_no_key_and_marks_what_it_makes(tmp_path: Path) -> None:
    done = run(
        tmp_path, sys.executable, "dataset_generator.py", "--topic", "physics", "--num_examples", "3",
        "--format_type", "cot", PIPELINE_TEST_MODE="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.json")
    assert path.stem.endswith("_mock")
    assert all("MOCK" in record["input"] for record in json.loads(path.read_text()))
    (folder,) = (tmp_path / "runs").iterdir()
    assert "test_mode: true" in (folder / "CARD.md").read_text()
    for name in ("config.json", "report.json", "state.json"):
        assert "MOCK" in (folder / name).read_text(), name


def test_without_a_key_nothing_is_made(tmp_path: Path) -> None:
    done = run(tmp_path, sys.executable, "dataset_generator.py", "--topic", "physics")
    assert done.returncode == 2
    assert "OPENAI_API_KEY is not set" in done.stderr
    assert list(tmp_path.iterdir()) == []
