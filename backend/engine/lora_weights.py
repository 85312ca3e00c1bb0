"""An adapter's files as the factors its layers apply, checked against the base they are to be put on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from backend.core.errors import BadModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."
"""What PEFT puts before the base's own names in an adapter's file."""

SUFFIXES = {".lora_A.weight": "a", ".lora_B.weight": "b", ".lora_magnitude_vector": "magnitude"}
FOREIGN = {
    "modules_to_save": "fully trained modules", "trainable_token_indices": "trained tokens",
    "lora_bias": "LoRA biases", "layer_replication": "replicated layers", "use_qalora": "QALoRA",
    "alora_invocation_tokens": "activation tokens", "target_parameters": "parameters as targets",
}  # fmt: skip
"""What an adapter may have beyond factors, by the name in its config; such an adapter has to be merged first."""


@dataclass(frozen=True)
class Factors:
    """One layer's update, in the precision of the base's computation.

    Args:
        a: `(rank, in)`.
        b: `(out, rank)`, LoRA's scaling already in it.
        scale: DoRA's factor of each output, `(out,)`; None = plain LoRA.
    """

    a: torch.Tensor
    b: torch.Tensor
    scale: torch.Tensor | None = None


def read_factors(folder: Path, layers: Mapping[str, torch.nn.Module], dtype: torch.dtype) -> dict[str, Factors]:
    """The factors of the adapter in a folder, by the name of the layer they belong to.

    Args:
        folder: a PEFT adapter in safetensors.
        layers: the base's modules by name.
        dtype: precision of the base's computation.

    Raises:
        BadModel: not an adapter, damaged, of a kind that cannot be mixed, or made for another base.
    """
    config = read_config(folder)
    tensors = _read_tensors(folder)
    found: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        suffix = next((suffix for suffix in SUFFIXES if key.endswith(suffix)), None)
        if suffix is None or not key.startswith(PREFIX):
            raise BadModel(
                f"The adapter in {folder} holds {key}, which is not a LoRA factor: merge it into its base "
                "(merge_multiple_loras.py --into_base) and use the merged model.",
                "model_path",
            )
        found.setdefault(key.removeprefix(PREFIX).removesuffix(suffix), {})[SUFFIXES[suffix]] = tensor
    return {name: _factors(folder, config, name, parts, layers, dtype) for name, parts in found.items()}


def read_config(folder: Path) -> dict[str, Any]:
    """The adapter's config. Raises BadModel when there is none, or one for something else than LoRA."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadModel(f"{folder} holds no readable {CONFIG}, so it is no adapter.", "model_path") from None
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise BadModel(f"The adapter in {folder} is no LoRA adapter: only those can be served.", "model_path")
    present = [words for name, words in FOREIGN.items() if config.get(name)]
    if config.get("bias", "none") != "none":
        present.append("trained biases")
    if present:
        raise BadModel(
            f"The adapter in {folder} has {' and '.join(present)}, which cannot be put on and off a shared base: "
            "merge it into its base (merge_multiple_loras.py --into_base) and use the merged model.",
            "model_path",
        )
    return config


def _read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    try:
        tensors = load_file(folder / WEIGHTS)
    except FileNotFoundError:
        raise BadModel(
            f"{folder} holds no {WEIGHTS}: only adapters saved as safetensors are loaded.", "model_path"
        ) from None
    except (OSError, SafetensorError) as error:
        raise BadModel(
            f"The file {WEIGHTS} in {folder} is damaged ({error}): copy or train the adapter again.", "model_path"
        ) from None
    if not tensors:
        raise BadModel(f"The file {WEIGHTS} in {folder} holds nothing: train the adapter again.", "model_path")
    return tensors


def _factors(
    folder: Path,
    config: Mapping[str, Any],
    name: str,
    parts: Mapping[str, torch.Tensor],
    layers: Mapping[str, torch.nn.Module],
    dtype: torch.dtype,
) -> Factors:
    layer = layers.get(name)
    if layer is None or not ("a" in parts and "b" in parts):
        finding = f"it has an update for {name}, which this base does not have"
        raise BadModel(_other_base(folder, config, finding), "model_path")
    a, b = parts["a"], parts["b"]
    takes, gives = features_of(layer)
    if a.dim() != 2 or b.dim() != 2 or (a.shape[1], b.shape[0]) != (takes, gives) or len(a) != b.shape[1]:
        finding = f"{name} takes {takes} and gives {gives}, the factors are {tuple(a.shape)} and {tuple(b.shape)}"
        raise BadModel(_other_base(folder, config, finding), "model_path")
    if not (a.isfinite().all() and b.isfinite().all()):
        raise BadModel(f"The adapter in {folder} holds NaN or infinity in {name}: train it again.", "model_path")
    device = next(layer.parameters()).device
    scaled = b.float() * scaling_of(config, name, len(a))
    scale = None
    if "magnitude" in parts:
        update = scaled.to(device) @ a.float().to(device)
        norm = (plain_weight(layer).float() + update).norm(dim=1)
        scale = (parts["magnitude"].to(device).float() / norm).to(dtype)
    return Factors(a.to(device, dtype), scaled.to(device, dtype), scale)


def scaling_of(config: Mapping[str, Any], name: str, rank: int) -> float:
    """What LoRA multiplies a layer's BA with: alpha / rank, alpha / sqrt(rank) with rsLoRA (arXiv:2312.03732)."""
    patterns = config.get("alpha_pattern") or {}
    own = next((alpha for pattern, alpha in patterns.items() if re.match(rf"(.*\.)?({pattern})$", name)), None)
    alpha = float(config["lora_alpha"] if own is None else own)
    return alpha / (sqrt(rank) if config.get("use_rslora") else rank)


def features_of(layer: torch.nn.Module) -> tuple[int, int]:
    """How many features a linear layer takes and gives; (0, 0) for another kind of layer."""
    if hasattr(layer, "in_features"):
        return int(layer.in_features), int(layer.out_features)  # type: ignore[arg-type]
    if type(layer).__name__ == "Conv1D":  # GPT-2's linear layer, weights transposed
        return int(layer.weight.shape[0]), int(layer.weight.shape[1])  # type: ignore[index,union-attr,arg-type]
    return 0, 0


def plain_weight(layer: torch.nn.Module) -> torch.Tensor:
    """A layer's weight `(out, in)`, unpacked if it is quantised."""
    from peft.utils.integrations import dequantize_module_weight

    weight = dequantize_module_weight(layer)
    return weight.T if type(layer).__name__ == "Conv1D" else weight


def _other_base(folder: Path, config: Mapping[str, Any], finding: str) -> str:
    named = config.get("base_model_name_or_path") or "another base"
    return f"The adapter in {folder} does not fit this base ({finding}): it was trained on {named}."
