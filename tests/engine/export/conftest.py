"""Tokenizers of several kinds, each as a run would load it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

QWEN_VARIABLE = "QWEN2_TOKENIZER"
"""Folder of Qwen2's own tokenizer: 151,646 entries and its real template."""


@pytest.fixture(scope="session")
def tiny_tokenizer() -> Any:
    """The one of `tiny`, trained on the spot."""
    from backend.core.physics import samples
    from backend.engine.pretraining import Recipe, train_tokenizer
    from backend.engine.tiny import GENERAL

    return train_tokenizer([*samples.statements(), *GENERAL], Recipe())


@pytest.fixture(scope="session")
def qwen_tokenizer() -> Any:
    folder = os.environ.get(QWEN_VARIABLE)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{QWEN_VARIABLE} names no folder with Qwen2's tokenizer")
    from backend.engine.loading import load_tokenizer

    return load_tokenizer(folder)
