"""The documented names are importable from where the documentation says, and no import of a recipe loads torch."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from backend.core.paths import PROJECT_ROOT

LIGHT = [
    ("train", "load_json_dataset"), ("train", "format_prompt"), ("run_inference", "format_prompt"),
    ("eval", "ModelEvaluator"), ("prepare_dataset", "load_json_dataset"), ("prepare_dataset", "format_prompt"),
    ("backend.main", "WINDOWS_DRIVE_PATTERN"), ("backend.main", "jobs_store"),
]  # fmt: skip
HEAVY = [
    ("train", "TrainingLogger"), ("train", "DataCollatorForCausalLM"), ("train", "ComputeMetrics"),
    ("run_inference", "ModelInference"),
]  # fmt: skip
RECIPES = ["train", "run_inference", "eval", "prepare_dataset", "dataset_generator"]


@pytest.mark.parametrize(("module", "name"), LIGHT)
def test_light_names(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.parametrize(("module", "name"), HEAVY)
def test_heavy_names(module: str, name: str) -> None:
    pytest.importorskip("torch")
    assert getattr(importlib.import_module(module), name).__name__ == name


@pytest.mark.parametrize("recipe", RECIPES)
def test_help_answers_without_torch_and_tells_every_flag_in_both_spellings(recipe: str) -> None:
    code = (
        f"import runpy, sys; sys.argv = ['{recipe}.py', '--help']\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as e: sys.exit(e.code or int('torch' in sys.modules or 'fastapi' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--config FILE" in done.stdout
    if recipe == "train":
        assert "--learning_rate" in done.stdout
        assert "--learning-rate" in done.stdout
