"""Records of a dataset by the words in them."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence

from backend.core.data.datasets import Record


def records_with(records: Sequence[Record], words: str) -> Sequence[Record]:
    """Those whose text contains the words, in whatever case; all of them when there are none."""
    wanted = words.strip().casefold()
    return [record for record in records if wanted in _text(record)] if wanted else records


def position_of(records: Sequence[Record], index: int) -> int:
    """Where in a list in file order the record of this index stands, or the next one that is there."""
    return bisect_left(records, index, key=lambda record: record.index)


def _text(record: Record) -> str:
    turns = " ".join(turn["content"] for turn in record.messages)
    return f"{turns} {json.dumps(record.raw, ensure_ascii=False, default=str)}".casefold()
