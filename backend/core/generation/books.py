"""What a run has asked for and decided, on the disk as soon as it is so: the place from which it is resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from backend.core.generation.rows import Row
from backend.core.llm.lines import Lines, repaired

ROWS_FILE = "rows.jsonl"
CALLS_FILE = "calls.jsonl"


@dataclass(frozen=True)
class MadeCall:
    """A request that was made.

    Args:
        number: from 0.
        slots: numbers of the slots it was to fill.
        asked: numbers of the slots that were specified, spares included.
    """

    number: int
    leaf: str
    slots: tuple[int, ...]
    asked: tuple[int, ...]


@dataclass
class Books:
    """Rows and calls of a run; a context that keeps both files open. Raises as `Lines` does on entering."""

    folder: Path
    rows: list[Row] = field(default_factory=list)
    unfinished: dict[int, MadeCall] = field(default_factory=dict)
    calls: int = 0
    missing: int = 0
    surplus: int = 0

    def __enter__(self) -> Books:
        for _, line in repaired(self.folder / CALLS_FILE):
            self._take(line)
        self.rows = [Row.model_validate(line) for _, line in repaired(self.folder / ROWS_FILE)]
        self._before = {
            call: frozenset(row.draft for row in self.rows if row.call == call) for call in self.unfinished
        }
        self._rows_file, self._calls_file = Lines(self.folder / ROWS_FILE), Lines(self.folder / CALLS_FILE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows_file.close()
        self._calls_file.close()

    @property
    def accepted(self) -> list[Row]:
        """The accepted rows, in the order in which they came."""
        return [row for row in self.rows if row.status == "accepted"]

    def decided(self, call: int) -> frozenset[int]:
        """The drafts of a call that a stopped run has decided."""
        return self._before.get(call, frozenset())

    def open_call(self, leaf: str, slots: Sequence[int], asked: Sequence[int]) -> int:
        """Note a request before it is made, and give it a number."""
        made = MadeCall(self.calls, leaf, tuple(slots), tuple(asked))
        self._calls_file.append({"call": made.number, "leaf": leaf, "slots": list(slots), "asked": list(asked)})
        self.unfinished[made.number] = made
        self.calls += 1
        return made.number

    def close_call(self, number: int, missing: int = 0, surplus: int = 0) -> None:
        """Everything that came of the request is decided.

        Args:
            missing: records that the answer should have held and did not.
            surplus: good records for which no slot was left.
        """
        line = {"call": number, "closed": True, "missing": missing, "surplus": surplus}
        self._calls_file.append(line)
        self._take(line)

    def add(self, row: Row) -> None:
        """Keep a decision."""
        self._rows_file.append(row.model_dump(mode="json"))
        self.rows.append(row)

    def next_id(self) -> str:
        """The id of the next row."""
        last = int(self.rows[-1].id[1:]) if self.rows else 0
        return f"r{last + 1:06d}"

    def _take(self, line: Mapping[str, Any]) -> None:
        number = int(line["call"])
        self.calls = max(self.calls, number + 1)
        if line.get("closed"):
            self.unfinished.pop(number, None)
            self.missing += int(line.get("missing", 0))
            self.surplus += int(line.get("surplus", 0))
        else:
            self.unfinished[number] = MadeCall(number, line["leaf"], tuple(line["slots"]), tuple(line["asked"]))
