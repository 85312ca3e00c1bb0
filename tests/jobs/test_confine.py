"""What a request may name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import InvalidInput
from backend.core.params import EvaluationParams, GenerationParams, MergeParams, Params
from backend.jobs.confine import base_model, confined
from tests.service_kit import settings_in


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        (EvaluationParams, {"predictions": "/etc/passwd"}, "predictions"),
        (EvaluationParams, {"reference": "../x.json"}, "reference"),
        (GenerationParams, {"topic": "x", "output_path": "/tmp/x.json"}, "output_path"),
        (MergeParams, {"adapters": ["a:0.5", "../b:0.5"], "output_dir": "x"}, "adapters"),
        (MergeParams, {"adapters": ["a:0.5"], "output_dir": "/x"}, "output_dir"),
    ],
)
def test_a_path_without_a_rule_is_refused_whatever_the_kind(
    tmp_path: Path, kind: type[Params], given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        confined(kind.model_validate(given), settings_in(tmp_path))
    assert refused.value.field == field


def test_base_models_are_hub_ids_the_built_in_one_or_folders_of_ours(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    merged = tmp_path / "models" / "merged"
    merged.mkdir()
    assert base_model("tiny", settings) == "tiny"
    assert base_model("Qwen/Qwen2.5-0.5B-Instruct", settings) == "Qwen/Qwen2.5-0.5B-Instruct"
    assert base_model("merged", settings) == str(merged)
    assert base_model(str(merged), settings) == str(merged)
    (tmp_path / "models" / "link").symlink_to("/etc")
    for bad in ("link", "/etc", "backend/core", "C:\\models\\x", "none"):
        with pytest.raises(InvalidInput):
            base_model(bad, settings)
