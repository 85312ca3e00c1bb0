"""A method's own change of every layer, put on a model by hooks: neither cut to a rank nor rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import embedding, linear

from backend.core.errors import BadModel
from backend.core.params import MergeParams
from backend.engine.merge.deltas import Delta, LowRank
from backend.engine.merge.methods import METHODS, product
from backend.engine.merge.parents import Parent, modules_of, updates_of

HELD_ELEMENTS = 1 << 27
"""Elements of full matrices held in memory (512 MB); beyond, their rows are made again for each batch."""


class ExactChange:
    """A context in which a model's layers have the change added to their output, computed in float32.

    Args:
        model: a plain base model.
        changes: by the layer's name.

    Raises:
        BadModel: the model lacks one of the layers.
    """

    def __init__(self, model: Any, changes: Mapping[str, Delta]) -> None:
        layers = dict(model.named_modules())
        missing = [name for name in changes if name not in layers]
        if missing:
            raise BadModel(
                f"The base model has no layer {missing[0]} ({len(missing)} of {len(changes)} are missing): it is not "
                "the one these adapters were trained on. Pass --base_model_name.",
                "base_model_name",
            )
        self._layers = [(layers[name], change) for name, change in changes.items()]
        self._hooks: list[Any] = []

    def __enter__(self) -> ExactChange:
        self._hooks = [layer.register_forward_hook(_adding(change)) for layer, change in self._layers]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()


def merged_changes(parents: Sequence[Parent], params: MergeParams, device: torch.device) -> dict[str, Delta]:
    """The method's change of every layer that any parent adapts.

    Raises:
        InvalidInput: the method cannot take these adapters.
        BadModel: an adapter holds NaN.
    """
    changes: dict[str, Delta] = {}
    held = 0
    for module in modules_of(parents):
        updates, weights = updates_of(parents, module)
        change = METHODS[params.method].apply(updates, weights, module, params)
        if isinstance(change, LowRank):
            changes[module] = _ready(change, device)
            continue
        held += change.shape[0] * change.shape[1]
        changes[module] = Whole(change.dense().to(device)) if held <= HELD_ELEMENTS else change
    return changes


def own_changes(parent: Parent, device: torch.device) -> dict[str, Delta]:
    """What an adapter adds by itself, at weight 1. Raises BadModel for NaN."""
    return {module: _ready(product(parent.file.update(module)), device) for module in parent.file.modules}


class Whole(Delta):
    """A full matrix that fits in memory."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self.shape = (matrix.shape[0], matrix.shape[1])
        self._matrix = matrix

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Rows of it."""
        return self._matrix[start:stop]


def _ready(change: LowRank, device: torch.device) -> LowRank:
    return LowRank(change.left.to(device, torch.float32), change.right.to(device, torch.float32))


def _adding(change: Delta) -> Any:
    def add(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        table = isinstance(layer, torch.nn.Embedding)
        return (output.float() + _applied(change, inputs[0], table=table)).to(output.dtype)

    return add


def _applied(change: Delta, x: torch.Tensor, *, table: bool) -> torch.Tensor:
    """The change's share of a layer's output; an embedding has the transpose as its weight and token ids as input."""
    if isinstance(change, LowRank):
        inner = embedding(x, change.right.T) if table else linear(x.float(), change.right)
        return linear(inner, change.left)
    rows = (change.rows(start, stop).to(x.device) for start, stop in change.blocks())
    return torch.cat([embedding(x, part.T) if table else linear(x.float(), part) for part in rows], dim=-1)
