"""Folders of a test's own, and no keys of the developer's."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the test, as the recipe sees it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "PIPELINE_TEST_MODE", "PIPELINE_JOB_DIR", "PIPELINE_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"
