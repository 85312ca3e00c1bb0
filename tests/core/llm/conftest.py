"""Tests wait for no backoff: its length is tested by itself."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _short_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.llm.errand.FIRST_BACKOFF", 0.01)


@pytest.fixture
def full() -> bool:
    """Whether to run with the large numbers: `CAMPAIGN=1`."""
    return os.environ.get("CAMPAIGN") == "1"
