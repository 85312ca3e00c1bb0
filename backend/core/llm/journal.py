"""The finished questions of a run: the only thing that a resumed run goes by.

Answers and failures are both kept, one line each; only an answer satisfies its key, a failed question is asked again.
In memory lies where each answer's line begins, not the answer.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from backend.core.errors import Conflict
from backend.core.llm.asking import Ask, Reply, Usage
from backend.core.llm.checking import fits
from backend.core.llm.lines import Lines, repaired
from backend.core.paths import shown


class Journal:
    """`journal.jsonl` of a run.

    Args:
        path: read when there, made when not.
        mock: whether this run makes its answers up; such answers never mix with real ones.

    Raises:
        Conflict: the answers there are of the other sort.
        NoRoom, InvalidInput: as `Lines`.
    """

    def __init__(self, path: Path, mock: bool) -> None:
        self._mock = mock
        self._places: dict[bytes, int] = {}
        for begin, row in repaired(path):
            if bool(row.get("mock")) != mock:
                was, now = ("MOCK", "real") if row.get("mock") else ("real", "MOCK")
                raise Conflict(
                    f"{shown(path)} holds {was} answers and this run would add {now} ones: start a new run."
                )
            if row.get("status") == "ok" and isinstance(row.get("key"), str):
                self._places[_short(row["key"])] = begin
        self._lines = Lines(path)

    def __len__(self) -> int:
        return len(self._places)

    def kept(self, ask: Ask) -> Reply | None:
        """The answer to this question from before; None when there is none, or none that fits what is asked now."""
        place = self._places.get(_short(ask.key))
        if place is None:
            return None
        row = self._lines.read_at(place)
        value: BaseModel | str | None = row["value"]
        if row["key"] != ask.key or isinstance(value, str) == (ask.schema is not None):
            return None
        if ask.schema is not None and isinstance(row["value"], dict):
            value = fits(ask.schema, row["value"]).value
        if value is None:
            return None
        usage = Usage(**row["usage"]) if row["usage"] else None
        return Reply(
            ask, "ok", value, row["text"], None, "", usage, row["cost"], row["attempts"], row["latency_s"],
            row["rung"], tuple(row["flags"]), True,
        )  # fmt: skip

    def add(self, reply: Reply, model: str) -> None:
        """Keep a finished question. Raises NoRoom; it then counts as unfinished."""
        value: Any = reply.value
        if isinstance(value, BaseModel):
            value = value.model_dump(mode="json", by_alias=True)
        row: dict[str, Any] = {
            "key": reply.ask.key, "item_id": reply.ask.item_id, "model": model, "status": reply.status,
            "value": value, "text": reply.text, "error_class": reply.error_class, "detail": reply.detail,
            "usage": vars(reply.usage) if reply.usage else None, "cost": reply.cost, "attempts": reply.attempts,
            "latency_s": reply.latency_s, "rung": reply.rung, "flags": list(reply.flags),
        }  # fmt: skip
        if self._mock:
            row["mock"] = "MOCK"
        begin = self._lines.append(row)
        if reply.status == "ok":
            self._places[_short(reply.ask.key)] = begin

    def close(self) -> None:
        """Flush to the disk and let go."""
        self._lines.close()


def _short(key: str) -> bytes:
    """Sixteen bytes in place of the key: 50,000 of them take a few MB; the whole key is compared on reading."""
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
