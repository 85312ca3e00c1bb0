"""Small random models of several architectures, with an adapter that has learnt something."""

from __future__ import annotations

import random
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    Gemma2Config,
    GPT2Config,
    GraniteConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
)

VOCABULARY = 300
_SIZES: dict[str, Any] = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 96, "vocab_size": VOCABULARY,
}  # fmt: skip
ARCHITECTURES: dict[str, Any] = {
    "qwen2": Qwen2Config(**_SIZES, tie_word_embeddings=True),
    "llama": LlamaConfig(**_SIZES),
    "mistral, sliding window": MistralConfig(**_SIZES, sliding_window=12),
    "gpt2, positions learnt": GPT2Config(n_embd=64, n_layer=2, n_head=4, vocab_size=VOCABULARY),
}
CANNOT: dict[str, Any] = {
    "gemma2, logits soft-capped": Gemma2Config(**_SIZES, head_dim=16, final_logit_softcapping=1.0),
    "granite, logits scaled": GraniteConfig(**_SIZES, logits_scaling=8.0),
    "bloom, no positions": BloomConfig(hidden_size=64, n_layer=2, n_head=4, vocab_size=VOCABULARY),
}


def adapted(config: Any, targets: str | list[str] = "all-linear") -> Any:
    """A model in float32 with an adapter whose both factors are random: a fresh one has gradients in one only."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model = get_peft_model(model, LoraConfig(r=4, target_modules=targets, task_type="CAUSAL_LM"))
    for parameter in model.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def examples(count: int, seed: int = 0, longest: int = 60) -> list[dict[str, Any]]:
    """Random examples of unequal length, the later half of each supervised."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        ids = [draw.randrange(VOCABULARY) for _ in range(draw.randrange(5, longest))]
        labels = [-100] * (len(ids) // 2) + ids[len(ids) // 2 :]
        found.append({"input_ids": ids, "labels": labels, "length": len(ids)})
    return found
