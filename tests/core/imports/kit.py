"""Adapters as other trainers leave them, as folders and as zip files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.security.artifacts import HONEST

CONFIG: dict[str, Any] = {
    "peft_type": "LORA", "base_model_name_or_path": "Qwen/Qwen2.5-0.5B-Instruct", "r": 2, "lora_alpha": 4,
    "target_modules": ["q_proj"], "task_type": "CAUSAL_LM", "bias": "none", "modules_to_save": None,
    "inference_mode": True, "use_rslora": False, "use_dora": False,
}  # fmt: skip


def files(weights: bytes = HONEST, **config: Any) -> dict[str, bytes]:
    """The two files of an adapter."""
    content = json.dumps({**CONFIG, **config}).encode()
    return {"adapter_config.json": content, "adapter_model.safetensors": weights}


TRAINERS: dict[str, dict[str, bytes]] = {
    "PEFT": {**files(), "README.md": b"# mine"},
    "LLaMA-Factory": {
        **files(use_rslora=True), "training_args.bin": b"PK\x03\x04", "trainer_state.json": b"{}",
        "chat_template.jinja": b"{{ messages }}", "tokenizer_config.json": b'{"tokenizer_class": "Qwen2Tokenizer"}',
        "checkpoint-500/adapter_config.json": b"{}", "checkpoint-500/optimizer.pt": b"\x80\x02",
    },
    "Axolotl": {**files(use_dora=True), "debug.log": b"", "config.json": b'{"model_type": "qwen2"}'},
    "Unsloth": files(base_model_name_or_path="unsloth/qwen2.5-0.5b-instruct-bnb-4bit", revision=None),
}  # fmt: skip
"""What each leaves in the folder it saves, as far as it differs."""


def folder_of(place: Path, content: Mapping[str, bytes]) -> Path:
    """These files in a folder."""
    for name, data in content.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place


def zip_of(content: Mapping[str, bytes], root: str = "") -> bytes:
    """These files in a zip file."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(root + name, data)
    return stream.getvalue()
