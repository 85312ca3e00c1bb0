"""An adapter's file as the factors its layers apply, checked against the base they are to be put on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from backend.core.errors import BadModel
from backend.engine.adapter_file import AdapterFile, Update


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
        BadModel: not an adapter, damaged, of a kind that cannot be put on and off, or made for another base.
    """
    adapter = AdapterFile(folder)
    _require_mixable(adapter)
    for name in adapter.modules:
        _require_fit(adapter, name, layers.get(name))
    return {name: _factors(update, layers[name], dtype) for name, update in adapter.updates()}


def _factors(update: Update, layer: torch.nn.Module, dtype: torch.dtype) -> Factors:
    device = next(layer.parameters()).device
    a, b = update.a.to(device).float(), update.b.to(device).float() * update.scale
    scale = None
    if update.magnitude is not None:
        norm = (plain_weight(layer).float() + b @ a).norm(dim=1)
        scale = (update.magnitude.to(device).float() / norm).to(dtype)
    return Factors(a.to(dtype), b.to(dtype), scale)


def _require_mixable(adapter: AdapterFile) -> None:
    beyond = [feature for feature in adapter.features if feature != "DoRA"]
    beyond += [f"an embedding ({name})" for name in adapter.modules if adapter.is_embedding(name)]
    if adapter.changed_base:
        beyond.append(f"a base changed by {adapter.changed_base}")
    if beyond:
        raise BadModel(
            f"The adapter in {adapter.folder} has {' and '.join(beyond)}, which cannot be put on and off a shared "
            "base: merge it into its base and use the merged model.",
            "model_path",
        )


def _require_fit(adapter: AdapterFile, name: str, layer: torch.nn.Module | None) -> None:
    if layer is None:
        finding = f"it has an update for {name}, which this base does not have"
    else:
        gives, _, takes = adapter.shapes(name)
        if features_of(layer) == (takes, gives):
            return
        here = "takes {} and gives {}".format(*features_of(layer))
        finding = f"{name} {here} here, the adapter's takes {takes} and gives {gives}"
    named = adapter.base or "another base"
    raise BadModel(
        f"The adapter in {adapter.folder} does not fit this base ({finding}): it was trained on {named}.", "model_path"
    )


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
