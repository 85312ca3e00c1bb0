"""Runs whose memory is estimated and measured: random models of several shapes, trained in the ways there are."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STEPS = 3


def _shape(
    kind: str, hidden: int, layers: int, heads: int, narrow: int, inner: int, words: int, tied: bool
) -> dict[str, Any]:
    return {
        "model_type": kind, "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads,
        "num_key_value_heads": narrow, "intermediate_size": inner, "vocab_size": words, "tie_word_embeddings": tied,
    }  # fmt: skip


SHAPES = {
    "qwen2": _shape("qwen2", 384, 8, 6, 2, 1536, 8192, True),
    "qwen2_152k": _shape("qwen2", 384, 8, 6, 2, 1536, 151_936, True),
    "llama": _shape("llama", 512, 6, 8, 8, 1408, 32_000, False),
    "mistral": _shape("mistral", 768, 8, 12, 4, 2048, 32_000, False),
    "deep": _shape("qwen2", 256, 24, 4, 4, 768, 8192, True),
    "0.5b": _shape("qwen2", 896, 24, 14, 2, 4864, 151_936, True),
    "7b": _shape("qwen2", 3584, 28, 28, 4, 18_944, 152_064, False),
}


@dataclass(frozen=True)
class Case:
    """A run whose memory is estimated and measured.

    Args:
        shape: of the model.
        batch: examples at a time.
        length: tokens of an example; the longest where lengths are `skewed` (lognormal, median 110, sigma 0.85).
        given: parameters other than the product's defaults.
        held: not looked at when the constants were fitted.
    """

    name: str
    shape: str
    batch: int
    length: int
    given: Mapping[str, Any] = field(default_factory=dict)
    skewed: bool = False
    held: bool = False

    @property
    def title(self) -> str:
        """Such as `qwen2: nf4, batch 8`."""
        return f"{self.shape}: {self.name}"


PLAIN, FULL, PADDED = {"load_in_4bit": False}, {"load_in_4bit": False, "dtype": "float32"}, {"padding_free": "no"}
KEEPS_LITTLE = {"gradient_checkpointing": True}
SOME_LAYERS = {**KEEPS_LITTLE, "gradient_checkpointing_every": 2}

CPU_CASES = (
    Case("nf4", "qwen2", 4, 256),
    Case("nf4, batch 8", "qwen2", 8, 256, held=True),
    Case("nf4, padded", "qwen2", 4, 256, PADDED),
    Case("nf4, padded, long", "qwen2", 1, 1024, PADDED, held=True),
    Case("nf4, checkpointing", "qwen2", 8, 256, KEEPS_LITTLE),
    Case("nf4, checkpointing every 2nd", "qwen2", 8, 256, SOME_LAYERS, held=True),
    Case("nf4, no dropout, long", "qwen2", 4, 512, {"lora_dropout": 0.0}),
    Case("nf4, DoRA", "qwen2", 4, 256, {"use_dora": True}, held=True),
    Case("nf4, q and v", "qwen2", 8, 256, {"lora_target_modules": ["q_proj", "v_proj"]}),
    Case("nf4 computed in float32", "qwen2", 4, 128, {"dtype": "float32"}),
    Case("float32", "qwen2", 4, 256, FULL, held=True),
    Case("nf4, skewed", "qwen2", 8, 512, skewed=True, held=True),
    Case("nf4, skewed, padded", "qwen2", 8, 512, PADDED, skewed=True),
    Case("nf4", "qwen2_152k", 4, 256),
    Case("nf4, padded", "qwen2_152k", 2, 256, PADDED, held=True),
    Case("8 bit", "llama", 4, 256, {"load_in_8bit": True}),
    Case("bfloat16", "llama", 2, 512, PLAIN, held=True),
    Case("nf4, rank 64", "mistral", 4, 256, {"lora_r": 64}),
    Case("float32, checkpointing", "mistral", 4, 512, {**FULL, **KEEPS_LITTLE}, held=True),
    Case("nf4", "tiny", 16, 128, held=True),
    Case("nf4", "deep", 4, 256),
    Case("nf4, checkpointing", "deep", 8, 256, KEEPS_LITTLE),
    Case("float32, checkpointing", "llama", 4, 256, {**FULL, **KEEPS_LITTLE}),
    Case("float32, padded", "deep", 2, 256, {**FULL, **PADDED}, held=True),
    Case("nf4, no dropout, padded", "llama", 2, 512, {"lora_dropout": 0.0, **PADDED}, held=True),
    Case("8 bit, checkpointing", "qwen2", 8, 256, {"load_in_8bit": True, **KEEPS_LITTLE}),
    Case("bfloat16, q and v", "mistral", 4, 256, {**PLAIN, "lora_target_modules": ["q_proj", "v_proj"]}, held=True),
    Case("float32, DoRA, no dropout", "deep", 2, 256, {**FULL, "use_dora": True, "lora_dropout": 0.0}),
    Case("nf4, Adafactor, rank 128", "llama", 2, 384, {"optim": "adafactor", "lora_r": 128}, held=True),
)
GPU_CASES = tuple(
    Case(name, shape, batch, length, given)
    for shape in ("0.5b", "7b")
    for name, batch, length, given in (
        ("nf4", 8, 512, {}),
        ("nf4, padded", 8, 512, PADDED),
        ("nf4, checkpointing", 16, 1024, KEEPS_LITTLE),
        ("nf4, checkpointing every 2nd", 8, 1024, SOME_LAYERS),
        ("nf4, no dropout", 8, 512, {"lora_dropout": 0.0}),
        ("bfloat16", 4, 512, PLAIN),
        ("8 bit", 4, 512, {"load_in_8bit": True}),
    )
)


def examples(case: Case, vocabulary: int) -> list[dict[str, Any]]:
    """Random tokens, the last half of each example supervised."""
    draw = random.Random(0)
    found = []
    for _ in range(case.batch * STEPS):
        drawn = int(draw.lognormvariate(math.log(110), 0.85)) if case.skewed else case.length
        length = min(case.length, max(16, drawn))
        ids = [draw.randrange(2, vocabulary) for _ in range(length)]
        found.append({"input_ids": ids, "labels": [-100] * (length // 2) + ids[length // 2 :], "length": length})
    return found
