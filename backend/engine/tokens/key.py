"""The hash of all that a file's token ids depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.core.data.prompts import named_template
from backend.core.storage.files import sha256_of
from backend.core.versions import versions

FORMAT = 1
"""Counted up when the files of an entry, or the way from a record to token ids, change."""
WEIGHTS = frozenset({".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx"})
LIBRARIES = ("transformers", "tokenizers")


def data_key(sha256: str, path: Path, column_mapping: Mapping[str, str] | None) -> str:
    """Of a dataset as it is read: its bytes, its form by name, which column plays which part."""
    return _hashed({"data": sha256, "suffix": path.suffix.lower(), "columns": column_mapping or {}})


def tokens_key(data: str, tokenizer: str, template: str, system_prompt: str | None, limit: int | None) -> str:
    """Of a dataset's token ids.

    Args:
        data, tokenizer: keys of the data and of the tokenizer.
        template: the name that was asked for.
        limit: how many of the first examples are taken; None = all.
    """
    source = named_template("qwen" if template == "auto" else template).source
    installed = versions()
    return _hashed({
        "data": data,
        "tokenizer": tokenizer,
        "template": [template, source],
        "system_prompt": system_prompt,
        "limit": limit,
        "libraries": [installed.get(name) for name in LIBRARIES],
    })  # fmt: skip


def tokenizer_key(folder: Path) -> str:
    """Of a model's tokenizer: every file beside the weights, for which of them it reads depends on its class."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix not in WEIGHTS)
    return _hashed([[path.name, sha256_of(path)] for path in files])


def _hashed(value: Any) -> str:
    return hashlib.sha256(json.dumps([FORMAT, value], sort_keys=True).encode()).hexdigest()
