"""Checks that count: few cases in each run of the tests, all with CAMPAIGN=1, and the figures told either way."""

from __future__ import annotations

import json
import os
from typing import Any

IS_FULL = os.environ.get("CAMPAIGN") == "1"
_figures: list[str] = []


def number(few: int, many: int) -> int:
    """How many cases: `few` in the daily run, `many` in a campaign."""
    return many if IS_FULL else few


def tell(target: str, **figures: Any) -> None:
    """Have the figures of a target shown in the summary of the run, as docs/reliability.md lists them."""
    _figures.append(f"{target} {json.dumps(figures)}")


def told() -> list[str]:
    """What was told so far."""
    return list(_figures)
