"""Bases and adapters for merging into a base, made on the spot; what PEFT makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from backend.core.environment.settings import Settings
from backend.core.params import MergeParams
from backend.engine.merge.into_base import IntoBase, write_model
from backend.engine.merge.parents import open_parents

Base = Callable[..., Path]
Merged = Callable[..., tuple[Path, IntoBase]]


@pytest.fixture
def base(tmp_path: Path) -> Base:
    """Saves a base of random weights: `base(dtype, kind="llama", shard="1GB", **config)`."""
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    def make(dtype: torch.dtype = torch.bfloat16, *, kind: str = "llama", shard: str = "1GB", **given: Any) -> Path:
        torch.manual_seed(7)
        if kind == "gpt2":
            shape = {"n_embd": 128, "n_layer": 2, "n_head": 4, "vocab_size": 200, "n_positions": 32, **given}
            model: Any = GPT2LMHeadModel(GPT2Config(**shape, bos_token_id=0, eos_token_id=0))
        else:
            shape = {
                "hidden_size": 192, "intermediate_size": 320, "num_hidden_layers": 2, "num_attention_heads": 4,
                "num_key_value_heads": 2, "vocab_size": 256, "tie_word_embeddings": False, **given,
            }  # fmt: skip
            model = LlamaForCausalLM(LlamaConfig(**shape))
        folder = tmp_path / f"base_{kind}_{len(list(tmp_path.iterdir()))}"
        model.to(dtype).save_pretrained(folder, max_shard_size=shard)
        return folder

    return make


@pytest.fixture
def merged(tmp_path: Path) -> Merged:
    """Merges into a base: `merged(base, "adapter:0.5", ..., method="sum")`; gives the folder and what was told."""

    def run(
        base: str | Path, *adapters: str | Path, settings: Settings | None = None, **given: Any
    ) -> tuple[Path, IntoBase]:
        common = {"into_base": True, "output_dir": str(tmp_path / "unused"), "assume_same_base": True}
        named = {"adapters": [str(adapter) for adapter in adapters], "base_model_name": str(base)}
        params = MergeParams.model_validate({**common, **named, **given})
        folder = tmp_path / f"out_{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        settings = settings or Settings(model_output_dir=tmp_path / "models", adapter_config_path=tmp_path / "a.json")
        return folder, write_model(folder, open_parents(params, settings), params, settings)

    return run


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a model's folder."""
    found: dict[str, torch.Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        found |= load_file(path)
    return found


def by_peft(base: Path, *adapters: Path) -> dict[str, torch.Tensor]:
    """The weights after PEFT's own merging, one adapter after the other."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype="auto")
    for adapter in adapters:
        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    return {name: tensor.detach() for name, tensor in model.state_dict().items()}
