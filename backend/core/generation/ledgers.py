"""`meta.jsonl`, `rejected.jsonl` and `report.json` of a finished run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.core.generation.plan import Plan
from backend.core.generation.rows import Row
from backend.core.storage.files import write_atomically, write_json


def keep_ledgers(folder: Path, rows: Sequence[Row], plan: Plan, figures: Mapping[str, Any], *, mock: bool) -> None:
    """Write the three files: where each accepted record is from, why each other one is not there, and the figures."""
    slots = {slot.number: slot for slot in plan.slots}
    banner = {"mock": "MOCK"} if mock else {}
    meta, rejected = [], []
    for row in rows:
        if row.status == "accepted" and row.slot is not None:
            own = slots[row.slot]
            meta.append({
                "id": row.id, "slot": row.slot, "leaf": row.leaf, "subtopic": row.subtopic,
                "difficulty": own.difficulty, "form": own.form, "persona": own.persona, "evolve": own.evolve,
                "model": row.model, "ask": row.ask, "tokens": row.tokens, "quality": row.quality,
                "nearest": row.nearest, "similarity": row.similarity, "flags": row.flags, **banner,
            })  # fmt: skip
        else:
            rejected.append({**row.model_dump(mode="json"), **banner})
    for name, lines in (("meta.jsonl", meta), ("rejected.jsonl", rejected)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_atomically(folder / name, text)
    write_json(folder / "report.json", {**figures, "test_mode": mock, **banner})
