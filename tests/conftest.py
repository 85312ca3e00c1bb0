"""What every test starts from: no variables of the developer's, no network, no state of the checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core.params import EvaluationParams, GenerationParams, InferenceParams, MergeParams, TrainParams
from backend.core.settings import Settings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

_KINDS = (Settings, TrainParams, InferenceParams, EvaluationParams, MergeParams, GenerationParams)
_VARIABLES = {name.upper() for kind in _KINDS for name in kind.model_fields}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in _VARIABLES & set(os.environ):
        monkeypatch.delenv(name)
    return
