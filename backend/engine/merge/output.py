"""The merged adapter's folder: the most portable form an adapter can have.

One rank for all layers (padded with zeros), scaling 1, no patterns, no rsLoRA: every program that reads PEFT adapters
reads it, vLLM too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from backend.core.storage.files import write_atomically, write_json
from backend.engine.adapter_file import CONFIG, PREFIX, WEIGHTS
from backend.engine.merge.combining import MergedModule
from backend.engine.merge.parents import Parent

TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "vocab.json",
    "merges.txt", "tokenizer.model", "added_tokens.json",
)  # fmt: skip


def write_adapter(folder: Path, parents: Sequence[Parent], modules: Sequence[MergedModule]) -> None:
    """Config, weights and tokenizer of the merged adapter, into a folder that exists."""
    rank = max(module.rank for module in modules)
    save_file(_tensors(parents, modules, rank), folder / WEIGHTS, metadata={"format": "pt"})
    write_json(folder / CONFIG, merged_config(parents, modules, rank))
    copy_tokenizer(parents[0].file.folder, folder)


def copy_tokenizer(source: Path, folder: Path) -> None:
    """The tokenizer's files, as they are."""
    for name in TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def merged_config(parents: Sequence[Parent], modules: Sequence[MergedModule], rank: int) -> dict[str, Any]:
    """The first parent's config with all that the merge has changed."""
    first = parents[0].file.config
    targets = [_as_set(parent.file.config.get("target_modules")) for parent in parents]
    same_targets = all(found == targets[0] for found in targets) and _same_layers(parents)
    changed: dict[str, Any] = {
        "r": rank, "lora_alpha": rank, "use_rslora": False, "rank_pattern": {}, "alpha_pattern": {},
        "lora_dropout": 0.0, "inference_mode": True, "init_lora_weights": True, "peft_type": "LORA",
    }  # fmt: skip
    if not same_targets:
        changed |= {
            "target_modules": sorted(module.name for module in modules),
            "layers_to_transform": None, "layers_pattern": None, "exclude_modules": None,
        }  # fmt: skip
    return {**first, **changed}


def _tensors(parents: Sequence[Parent], modules: Sequence[MergedModule], rank: int) -> dict[str, torch.Tensor]:
    found = {}
    for module in modules:
        embedding = any(
            parent.file.is_embedding(module.name) for parent in parents if module.name in parent.file.modules
        )
        ends = ("lora_embedding_A", "lora_embedding_B") if embedding else ("lora_A.weight", "lora_B.weight")
        right = module.right.new_zeros(rank, module.right.shape[1])
        right[: module.rank] = module.right
        left = module.left.new_zeros(module.left.shape[0], rank)
        left[:, : module.rank] = module.left
        for end, tensor in zip(ends, (right, left), strict=True):
            found[f"{PREFIX}{module.name}.{end}"] = tensor.contiguous()
    return found


def _same_layers(parents: Sequence[Parent]) -> bool:
    return all(set(parent.file.modules) == set(parents[0].file.modules) for parent in parents)


def _as_set(targets: Any) -> Any:
    return frozenset(targets) if isinstance(targets, list) else targets


def write_run(folder: Path, run: dict[str, Any], lines: Sequence[str]) -> None:
    """`run.json`, and the model card with what a person should know."""
    write_json(folder / "run.json", run)
    card = [
        "---", f"base_model: {json.dumps(run['params']['base_model_name'])}", "library_name: peft",
        "pipeline_tag: text-generation", "tags: [lora, merge, text-generation]", "---", "", f"# {run['name']}", "",
        run["params"]["description"] or "Several LoRA adapters merged into one.", "",
        "| adapter | weight |", "|---|---|",
        *(f"| {parent['name']} | {parent['weight']:g} |" for parent in run["parents"]), "",
        *lines, "", "`merge_manifest.json` names every input and output by its hash.", "",
    ]  # fmt: skip
    write_atomically(folder / "README.md", "\n".join(card))
