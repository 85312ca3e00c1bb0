"""The version of the product: `pyproject.toml` is the one place where it is written."""

from __future__ import annotations

import re

from backend.core.paths import PROJECT_ROOT


def _version() -> str:
    # Not importlib.metadata: the product runs from its checkout, installed or not.
    found = re.search(r'^version = "(.+)"$', (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    return found[1] if found else "unknown"


VERSION = _version()
