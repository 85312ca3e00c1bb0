"""Every file in `config/` is a run that would start."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.params import EvaluationParams, GenerationParams, MergeParams, Params, TrainParams
from backend.core.paths import PROJECT_ROOT

CONFIGS = sorted((PROJECT_ROOT / "config").glob("*_*.yaml"))
"""Named after their kind; prices and rubrics are no runs."""


def test_there_are_configs() -> None:
    assert PROJECT_ROOT / "config" / "train_tiny_physics.yaml" in CONFIGS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_config_validates_and_says_what_it_is(path: Path) -> None:
    kinds: dict[str, type[Params]] = {
        "train": TrainParams,
        "merge": MergeParams,
        "evaluate": EvaluationParams,
        "generate": GenerationParams,
    }
    parse_params(kinds[path.stem.partition("_")[0]], ["--config", str(path)])
    assert path.read_text(encoding="utf-8").startswith("# ")
