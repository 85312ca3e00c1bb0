"""A run's curve: `metrics.jsonl` followed as it grows, each line parsed once."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

Number = float | int | None
Row = dict[str, Number]

TICK_ROWS = 5000
"""Most rows in one answer; a client that is behind asks again at once."""


class MetricsTable:
    """The rows of one run.

    The cursor is the row's index, not its step: after a resume steps may repeat, indices do not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Row] = []
        self._offset = 0

    def refresh(self) -> None:
        """Read what was appended since the last call; a torn last line waits for its rest."""
        try:
            size = self.path.stat().st_size
            if size < self._offset:
                self.rows, self._offset = [], 0
            if size == self._offset:
                return
            with self.path.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        # A new list, so that a reader in another thread keeps a consistent one.
        self.rows = self.rows + [row for line in whole.splitlines() if (row := row_of(line)) is not None]
        self._offset += len(whole)

    def columns(self, start: int) -> tuple[int, int, dict[str, list[Number]]]:
        """`(start, next, columns)` of the rows from `start` on: half the size of the rows as objects."""
        start = start if 0 <= start <= len(self.rows) else 0
        rows = self.rows[start : start + TICK_ROWS]
        names = dict.fromkeys(name for row in rows for name in row)
        return start, start + len(rows), {name: [row.get(name) for row in rows] for name in names}

    def since_step(self, step: int) -> list[Row]:
        """The rows of `step` and later, in the order they were written."""
        return [row for row in self.rows if (row.get("step") or 0) >= step][:TICK_ROWS]


def row_of(line: bytes) -> Row | None:
    """The numbers of a line; None for what is no row (half a line that a full disk left)."""
    try:
        content: Any = json.loads(line)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    return {str(name): _number(value) for name, value in content.items() if not isinstance(value, str | list | dict)}


def _number(value: Any) -> Number:
    return None if isinstance(value, float) and not math.isfinite(value) else value
