"""A model's `config.json` in the names that Llama's has, whatever its own family calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMES = {
    "hidden_size": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads"),
    "key_value_heads": ("num_key_value_heads", "num_kv_heads"),
    "head_size": ("head_dim",),
    "intermediate_size": ("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"),
    "vocab_size": ("vocab_size",),
    "experts": ("num_experts", "num_local_experts", "n_routed_experts"),
    "experts_at_once": ("num_experts_per_tok",),
    "expert_size": ("moe_intermediate_size",),
}
"""What a size is called, the usual name first."""

LIKE_LLAMA = ("llama", "qwen", "mistral", "mixtral", "gemma", "phi3", "smollm", "olmo", "granite", "exaone", "glm")
"""How the types of those begin whose layers are built as Llama's: four maps of attention, three of the gated part."""
UNGATED = ("gpt", "opt", "phi", "falcon", "bloom", "starcoder2", "codegen", "mpt", "nemotron")
"""Those with two maps in place of the three."""
TIED = ("gemma", "gpt2", "bloom", "opt", "falcon", "mpt")
"""Those whose head is their embedding unless the config says otherwise."""
SCALING = ("final_logit_softcapping", "logit_scale", "logits_scaling")
"""What is done with the logits before their loss."""

FUSED = {
    "qkv_proj": ("q_proj", "k_proj", "v_proj"), "query_key_value": ("q_proj", "k_proj", "v_proj"),
    "Wqkv": ("q_proj", "k_proj", "v_proj"), "c_attn": ("q_proj", "k_proj", "v_proj"),
    "gate_up_proj": ("gate_proj", "up_proj"), "c_proj": ("o_proj", "down_proj"), "out_proj": ("o_proj",),
    "dense": ("o_proj",), "fc1": ("up_proj",), "c_fc": ("up_proj",), "dense_h_to_4h": ("up_proj",),
    "fc2": ("down_proj",), "dense_4h_to_h": ("down_proj",),
}  # fmt: skip
"""Maps of other families by Llama's that do the same."""


@dataclass(frozen=True)
class Family:
    """What sets a model apart from Llama.

    Args:
        sizes: by the names above; those that the config does not tell are absent.
        gated: whether the widest part of a layer has a gate.
        tied: whether the head is the embedding.
        scales_logits: whether more is done with the logits than taking their loss.
        remark: a sentence on what was assumed; empty where nothing was.
    """

    sizes: Mapping[str, int]
    gated: bool
    tied: bool
    scales_logits: bool
    remark: str


def family_of(config: Mapping[str, Any]) -> Family | None:
    """What a config tells; None where it does not even tell its width."""
    inner = config.get("text_config")  # of a model that sees too
    if isinstance(inner, Mapping) and "hidden_size" not in config:
        config = {**config, **inner}
    found = {ours: _whole(config, theirs) for ours, theirs in NAMES.items()}
    sizes = {name: size for name, size in found.items() if size}
    if "hidden_size" not in sizes:
        return None
    kind = str(config.get("model_type") or "")
    known = kind.startswith(LIKE_LLAMA)
    return Family(
        sizes=sizes,
        gated=known or not kind.startswith(UNGATED),
        tied=bool(config.get("tie_word_embeddings", kind.startswith(TIED))),
        scales_logits=any(config.get(name) not in (None, 1, 1.0) for name in SCALING),
        remark=_remark(kind, known=known, experts=sizes.get("experts", 1)),
    )


def _whole(config: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    values = (config.get(name) for name in names)
    return next((value for value in values if isinstance(value, int) and value > 0), None)


def _remark(kind: str, *, known: bool, experts: int) -> str:
    if experts > 1:
        return (
            f"Its {experts} experts are counted as they are stored: they are not quantised, and no adapter is on them."
        )
    if not known:
        return f"The layers of this family ({kind[:40] or 'unnamed'}) are taken to be built like Llama's."
    return ""
