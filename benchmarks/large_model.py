"""A Llama-shaped model and adapters of random weights, of the size of real ones, written without building a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HIDDEN, INNER, LAYERS, VOCABULARY, SHARD = 2048, 5632, 8, 32_000, 200_000_000
PROJECTIONS = {
    "self_attn.q_proj": (HIDDEN, HIDDEN), "self_attn.k_proj": (HIDDEN, HIDDEN), "self_attn.v_proj": (HIDDEN, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN), "mlp.gate_proj": (INNER, HIDDEN), "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}  # fmt: skip
"""The linear layers of a block, as `(out, in)`."""


def make_model(folder: Path, *, layers: int = LAYERS) -> Path:
    """Save a Llama of random bfloat16 weights in shards of at most 200 MB; once, if the folder exists."""
    import torch
    from safetensors.torch import save_file

    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens": (VOCABULARY, HIDDEN)}
    for layer in range(layers):
        shapes |= {f"model.layers.{layer}.{name}": shape for name, shape in PROJECTIONS.items()}
        shapes |= {f"model.layers.{layer}.{name}_layernorm": (HIDDEN,) for name in ("input", "post_attention")}
    shapes |= {"model.norm": (HIDDEN,), "lm_head": (VOCABULARY, HIDDEN)}
    weight_map: dict[str, str] = {}
    shard: dict[str, Any] = {}
    held = 0
    for name, shape in shapes.items():
        size = torch.Size(shape).numel() * 2
        if shard and held + size > SHARD:
            _save(shard, folder, weight_map, save_file)
            shard, held = {}, 0
        weight = torch.randn(shape) / 50 if len(shape) > 1 else torch.ones(shape)
        shard[f"{name}.weight"] = weight.to(torch.bfloat16)
        held += size
    _save(shard, folder, weight_map, save_file)
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "dtype": "bfloat16",
        "intermediate_size": INNER, "num_hidden_layers": layers, "num_attention_heads": 16, "num_key_value_heads": 16,
        "vocab_size": VOCABULARY, "tie_word_embeddings": False,
    }))  # fmt: skip
    return folder


def _save(tensors: Mapping[str, Any], folder: Path, weight_map: dict[str, str], save_file: Any) -> None:
    name = f"part-{len(set(weight_map.values())):02d}.safetensors"
    save_file(dict(tensors), folder / name, metadata={"format": "pt"})
    weight_map |= dict.fromkeys(tensors, name)


def make_adapter(folder: Path, base: Path, *, seed: int, rank: int = 16, layers: int = LAYERS) -> Path:
    """Save an adapter of random factors on all linear layers; once, if the folder exists."""
    import torch
    from safetensors.torch import save_file

    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    torch.manual_seed(seed)
    factors = {}
    for layer in range(layers):
        for name, (out, into) in PROJECTIONS.items():
            prefix = f"base_model.model.model.layers.{layer}.{name}"
            factors[f"{prefix}.lora_A.weight"] = torch.randn(rank, into) / into**0.5
            factors[f"{prefix}.lora_B.weight"] = torch.randn(out, rank) / 50
    save_file(factors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "bias": "none",
        "target_modules": sorted(name.rpartition(".")[2] for name in PROJECTIONS), "inference_mode": True,
        "base_model_name_or_path": str(base),
    }))  # fmt: skip
    return folder
