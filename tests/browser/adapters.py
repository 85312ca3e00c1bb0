"""Adapters that nobody trained: folders of PEFT's shape with a record, entered in the registry."""

from __future__ import annotations

import json
import random
import struct
from array import array
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from backend.core.paths import shown
from backend.core.registry import Adapter, AdapterRegistry

WIDTH, LAYERS, PROJECTIONS = 128, 4, ("q_proj", "v_proj")


def write_adapter(folder: Path, name: str, params: dict[str, Any], result: dict[str, Any], ended: datetime) -> None:
    """What a run leaves in its folder, as far as anybody but a model reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    rank = params["lora_r"]
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": params["base_model_name"],
        "r": rank, "lora_alpha": params["lora_alpha"], "target_modules": list(PROJECTIONS), "bias": "none",
    }  # fmt: skip
    record = {
        "name": name, "kind": "train", "params": params, "result": result,
        "template": {"name": "model", "source": ""},
        "dataset": {"path": params["dataset_path"], "examples": 480, "tokens": 20_640, "sha256": "0" * 64},
        "started_at": ended.isoformat(), "finished_at": ended.isoformat(),
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
    (folder / "README.md").write_text(f"# {name}\n\n{params.get('description') or 'A LoRA adapter.'}\n", "utf-8")
    (folder / "adapter_model.safetensors").write_bytes(_factors(name, rank))


def register(registry: Path, folder: Path, name: str, params: dict[str, Any], **more: Any) -> None:
    """Enter it, as a run does when it has ended."""
    known = {field: params[field] for field in ("description", "lora_r", "lora_alpha", "lora_target_modules")}
    dataset = Path(params["dataset_path"]).name
    told = {"name": name, "path": shown(folder), "base_model": params["base_model_name"], "dataset": dataset}
    AdapterRegistry(registry).add(Adapter.model_validate({**told, **known, **more}))


def proof_of(given: Sequence[tuple[str, float]], passes: bool = True) -> dict[str, Any]:
    """The figures of a merge's proof."""
    rows = [
        {"adapter": name, "data": f"{name}'s held-out prompts", "parent": 1.42, "merged": 1.51, "base": 9.8}
        for name, _ in given
    ]
    reason = "Every adapter's answers are kept." if passes else "It answers like none of the adapters."
    return {
        "passed": passes, "reason": reason, "logit_error": 0.004 if passes else 1.7, "agreement": 0.97,
        "prompts": 32, "perplexity": rows, "lines": [],
    }  # fmt: skip


def _factors(name: str, rank: int) -> bytes:
    """A safetensors file: the length of its header, the header, the numbers."""
    seed = random.Random(name)
    header: dict[str, Any] = {}
    numbers = array("f")
    for layer in range(LAYERS):
        for projection in PROJECTIONS:
            for part, shape in (("A", [rank, WIDTH]), ("B", [WIDTH, rank])):
                begin = 4 * len(numbers)
                numbers.extend(seed.gauss(0, 0.02) for _ in range(rank * WIDTH))
                place = f"base_model.model.model.layers.{layer}.self_attn.{projection}.lora_{part}.weight"
                header[place] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, 4 * len(numbers)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers.tobytes()
