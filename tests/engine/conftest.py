"""Adapters of random weights for the small model, saved by PEFT itself: what inference is compared against."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Maker = Callable[..., Path]


@pytest.fixture
def make_adapter(small_model: Path, tmp_path: Path) -> Maker:
    """Saves an adapter with random factors: `make_adapter("name", seed=1, r=4, ...)`, LoraConfig's own arguments."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    def make(name: str, *, seed: int, base: Path = small_model, **config: Any) -> Path:
        torch.manual_seed(seed)
        given = {"r": 4, "lora_alpha": 16, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **config}
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), LoraConfig(**given))
        for key, weight in model.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.2)
            if "lora_magnitude" in key:
                weight.data *= 1 + 0.3 * torch.rand_like(weight)
        model.save_pretrained(str(tmp_path / name))
        return tmp_path / name

    return make
