"""A LoRA adapter on disk: its config read and checked, its factors read one module at a time.

PEFT loads a damaged or foreign adapter with a warning or none at all (a missing `lora_B`, NaN, integers, unknown
keys), looks for a missing file on the hub, and ignores what it does not know. Here all is accounted for, or refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, sqrt
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from backend.core.errors import BadModel
from backend.core.models.folder import require_safe
from backend.core.models.lora_config import changed_base_in, features_in
from backend.core.models.safetensors_header import LFS_POINTER

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."
"""What PEFT puts before the base's own names in an adapter's file."""

FLOATS = {"F64", "F32", "F16", "BF16"}
PARTS = {
    ".lora_A.weight": "a", ".lora_B.weight": "b", ".lora_embedding_A": "a", ".lora_embedding_B": "b",
    ".lora_magnitude_vector": "magnitude", ".base_layer.weight": "copy",
}  # fmt: skip
"""The endings of an adapter's keys, and what they hold; to adapted embeddings PEFT adds the base's own weight."""


@dataclass(frozen=True)
class Update:
    """What an adapter adds to one weight: `scale * b @ a`, and with DoRA the length of each row of the sum.

    Args:
        a: `(rank, in)`, as stored.
        b: `(out, rank)`, as stored.
        scale: LoRA's scaling.
        magnitude: `(out,)`; None = plain LoRA.
    """

    a: torch.Tensor
    b: torch.Tensor
    scale: float
    magnitude: torch.Tensor | None = None

    @property
    def rank(self) -> int:
        """Columns of `b`."""
        return len(self.a)


class AdapterFile:
    """An adapter's folder, opened.

    Args:
        folder: with `adapter_config.json` and `adapter_model.safetensors`.

    Raises:
        BadModel: one of them is missing, damaged or no LoRA adapter's; the message names the file, the module and the
            value.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = _read_config(folder)
        require_safe(folder, "adapters")
        self._shapes = _read_header(folder / WEIGHTS)
        self._keys = self._sorted_out()
        for module in self._keys:
            self._check(module)

    @property
    def modules(self) -> list[str]:
        """Names of the adapted layers, as the base calls them, in the file's order."""
        return list(self._keys)

    @property
    def base(self) -> str:
        """The base model as the config names it; may be empty."""
        return str(self.config.get("base_model_name_or_path") or "")

    @cached_property
    def features(self) -> list[str]:
        """What it is beyond a product of two factors, in words."""
        found = features_in(self.config)
        if "DoRA" not in found and any("magnitude" in parts for parts in self._keys.values()):
            found.append("DoRA")
        return found

    @property
    def changed_base(self) -> str | None:
        """The initialisation that changed the base's weights, so that the factors alone say nothing; None = none."""
        return changed_base_in(self.config)

    def shapes(self, module: str) -> tuple[int, int, int]:
        """`(out, rank, in)` of a module."""
        a, b = (self._shapes[self._keys[module][part]][1] for part in "ab")
        return b[0], a[0], a[1]

    def is_embedding(self, module: str) -> bool:
        """Whether the module is an embedding table, which has its transpose as weight."""
        return self._keys[module]["a"].endswith(".lora_embedding_A")

    def scale(self, module: str) -> float:
        """What LoRA multiplies BA with: alpha / rank, alpha / sqrt(rank) with rsLoRA (arXiv:2312.03732)."""
        alpha = float(_by_pattern(self.config.get("alpha_pattern"), module, self.config["lora_alpha"]))
        rank = self.shapes(module)[1]
        return alpha / (sqrt(rank) if self.config.get("use_rslora") else rank)

    def update(self, module: str) -> Update:
        """Read one module. Raises BadModel for NaN and infinity."""
        tensors = {part: self._read(key) for part, key in self._keys[module].items() if part != "copy"}
        for part, tensor in tensors.items():
            if not tensor.isfinite().all():
                raise self._bad(f"{self._keys[module][part]} holds NaN or infinity: train the adapter again")
        return Update(tensors["a"], tensors["b"], self.scale(module), tensors.get("magnitude"))

    def updates(self) -> Iterator[tuple[str, Update]]:
        """All modules, one at a time."""
        for module in self.modules:
            yield module, self.update(module)

    def content_hash(self) -> str:
        """SHA-256 over the tensors in the order of their names: it does not change when a file is written again."""
        digest = hashlib.sha256()
        for key in sorted(self._shapes):
            kind, shape = self._shapes[key]
            digest.update(f"{key}:{kind}:{shape};".encode())
            digest.update(self._read(key).contiguous().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()

    def _read(self, key: str) -> torch.Tensor:
        with safe_open(self.folder / WEIGHTS, framework="pt") as file:
            return file.get_tensor(key)

    def _sorted_out(self) -> dict[str, dict[str, str]]:
        """The keys of each module by their part; every key is accounted for."""
        found: dict[str, dict[str, str]] = {}
        foreign = []
        for key in self._shapes:
            ending = next((ending for ending in PARTS if key.endswith(ending)), None)
            if ending is None or not key.startswith(PREFIX):
                foreign.append(key)
            else:
                found.setdefault(key.removeprefix(PREFIX).removesuffix(ending), {})[PARTS[ending]] = key
        if foreign:
            more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
            raise self._bad(f"{WEIGHTS} holds tensors that are no LoRA factors: {', '.join(foreign[:5])}{more}")
        if not found:
            raise self._bad(f"{WEIGHTS} holds no tensors: train the adapter again")
        return found

    def _check(self, module: str) -> None:
        """The parts of a module fit each other and the config."""
        parts = self._keys[module]
        for wanted, letter in (("a", "A"), ("b", "B")):
            if wanted not in parts:
                raise self._bad(f"{module} has no lora_{letter}: the file is incomplete, copy it again")
        for key in parts.values():
            kind, shape = self._shapes[key]
            if kind not in FLOATS:
                raise self._bad(f"{key} is of type {kind}, a LoRA factor is F32, F16 or BF16")
            if len(shape) != (1 if key == parts.get("magnitude") else 2):
                raise self._bad(f"{key} has the shape {shape}: only factors of matrices are supported")
        a, b = self._shapes[parts["a"]][1], self._shapes[parts["b"]][1]
        if a[0] != b[1]:
            raise self._bad(f"{module}: lora_A is {a} and lora_B {b}, their ranks differ")
        rank = _by_pattern(self.config.get("rank_pattern"), module, self.config["r"])
        if a[0] != rank:
            raise self._bad(f"{module} has rank {a[0]}, {CONFIG} says {rank}")
        if not (isfinite(self.scale(module)) and self.scale(module) != 0):
            raise self._bad(f"{module} has the scaling {self.scale(module)}: its alpha cannot be used")

    def _bad(self, finding: str) -> BadModel:
        return BadModel(f"The adapter in {self.folder} cannot be used: {finding}.", "adapters")


def _by_pattern(patterns: Mapping[str, Any] | None, module: str, default: Any) -> Any:
    """PEFT's rule: the first pattern that matches the end of the module's name."""
    return next((value for key, value in (patterns or {}).items() if re.match(rf"(.*\.)?({key})$", module)), default)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BadModel(f"{folder} holds no {CONFIG}, so it is no adapter.", "adapters") from None
    except (OSError, ValueError) as error:
        raise BadModel(f"{path} cannot be read as JSON ({error}): copy the adapter again.", "adapters") from None
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        kind = config.get("peft_type") if isinstance(config, dict) else None
        raise BadModel(f"{path}: peft_type is {kind!r}, only LORA adapters are supported.", "adapters")
    _require_number(path, "r", config.get("r"), whole=True)
    _require_number(path, "lora_alpha", config.get("lora_alpha"))
    for name in ("rank_pattern", "alpha_pattern"):
        for pattern, value in (config.get(name) or {}).items():
            _require_number(path, f"{name}[{pattern}]", value, whole=name == "rank_pattern")
    return config


def _require_number(path: Path, name: str, value: Any, *, whole: bool = False) -> None:
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not isfinite(value) or (value <= 0 if whole else value == 0):
        raise BadModel(f"{path}: {name} is {value!r}, which is no usable number.", "adapters")


def _read_header(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of every tensor. The library checks lengths, offsets and overlaps."""
    if not path.is_file():
        raise BadModel(
            f"{path.parent} holds no {WEIGHTS}: only safetensors are loaded; copy the whole folder.", "adapters"
        )
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise BadModel(f"{path} is a git-lfs pointer, not the file: run `git lfs pull`.", "adapters")
    try:
        with safe_open(path, framework="pt") as tensors:
            slices = {key: tensors.get_slice(key) for key in tensors.keys()}  # noqa: SIM118 - not a dictionary
            return {key: (part.get_dtype(), tuple(part.get_shape())) for key, part in slices.items()}
    except (OSError, SafetensorError) as error:
        raise BadModel(f"{path} is damaged ({error}): copy or train the adapter again.", "adapters") from None
