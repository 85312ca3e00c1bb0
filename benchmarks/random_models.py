"""Random models of real shapes, and examples of skewed lengths for them to learn.

Unless other lengths are given, they are lognormal (median 110, sigma 0.85, 16 tokens and more), the last 40 % of each
example supervised.
"""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, Qwen2Config

from backend.core.models.shapes import ModelShape, shape_of
from backend.engine import loading
from backend.engine.device import Device

LONGEST, SUPERVISED = 1024, 0.4
VOCABULARY = 151_936


def _shape(hidden: int, layers: int, heads: int, inner: int, vocabulary: int, tied: bool = True, kv: int = 2) -> dict:
    return {
        "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv,
        "intermediate_size": inner, "vocab_size": vocabulary, "tie_word_embeddings": tied,
    }  # fmt: skip


SHAPES = {
    "small": _shape(64, 2, 4, 128, 512),
    "20m": _shape(384, 8, 6, 1536, 8192),
    "0.5b": _shape(896, 24, 14, 4864, VOCABULARY),
    "1.5b": _shape(1536, 28, 12, 8960, VOCABULARY),
    "7b": _shape(3584, 28, 28, 18_944, 152_064, tied=False, kv=4),
}
"""Qwen2's; `small` and `20m` are for a CPU."""

Lengths = Sequence[tuple[int, int]]
"""Tokens of each example, and how many of them are supervised."""


def drawn_lengths(count: int, longest: int = LONGEST, seed: int = 0) -> Lengths:
    """Skewed lengths."""
    draw = random.Random(seed)
    drawn = [min(longest, max(16, int(draw.lognormvariate(math.log(110), 0.85)))) for _ in range(count)]
    return [(length, round(length * SUPERVISED)) for length in drawn]


def examples(lengths: Lengths, vocabulary: int, seed: int = 0) -> list[dict[str, Any]]:
    """Random tokens in examples of these lengths, the last ones supervised."""
    draw = random.Random(seed)
    found = []
    for length, supervised in lengths:
        ids = [draw.randrange(2, vocabulary) for _ in range(length)]
        asked = length - supervised
        found.append({"input_ids": ids, "labels": [-100] * asked + ids[asked:], "length": length})
    return found


def size_of(shape: str, vocabulary: int | None = None) -> ModelShape:
    """The sizes of one of `SHAPES`, as an estimate reads them from a model's folder."""
    with tempfile.TemporaryDirectory() as folder:
        _config(shape, vocabulary).save_pretrained(folder)
        return shape_of(shape, Path(folder))


def _config(shape: str, vocabulary: int | None) -> Qwen2Config:
    return Qwen2Config(**SHAPES[shape] | ({"vocab_size": vocabulary} if vocabulary else {}))


def base_model(shape: str, device: Device, *, nf4: bool = False, vocabulary: int | None = None) -> Any:
    """A model of random weights, in the device's precision, its layers' linear maps in NF4 if asked.

    Args:
        vocabulary: in place of the shape's own.
    """
    torch.manual_seed(0)
    with torch.device(device.kind):
        model = AutoModelForCausalLM.from_config(_config(shape, vocabulary), dtype=device.dtype)
    if nf4:
        _quantise(model, device)
    return model.eval()


def _quantise(model: Any, device: Device) -> None:
    """What loading in NF4 with double quantisation makes of a checkpoint, without a checkpoint."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    linears = [(path, part) for path, part in model.model.named_modules() if type(part) is torch.nn.Linear]
    for path, part in linears:
        kind = {"quant_type": "nf4", "compress_statistics": True}
        layer = Linear4bit(
            part.in_features, part.out_features, part.bias is not None, device.dtype, device="meta", **kind
        )
        layer.weight = Params4bit(part.weight.data, requires_grad=False, **kind).to(device.kind)
        layer.bias = part.bias
        parent, _, name = path.rpartition(".")
        setattr(model.model.get_submodule(parent), name, layer)
    model.is_loaded_in_4bit = True
    loading.keep_weights_unpacked(model)
