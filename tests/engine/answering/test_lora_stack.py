"""Adapters that do not fit are refused by name; those that do come and go."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.errors import BadModel
from backend.core.params import InferenceParams
from backend.engine.inference import ModelInference
from tests.conftest import Maker


@pytest.fixture
def model(small_model: Path) -> ModelInference:
    given = {"base_model_name": str(small_model), "temperature": 0, "max_new_tokens": 4, "max_adapters": 2}
    given |= {"load_in_4bit": False, "device": "cpu", "dtype": "float32"}
    return ModelInference(InferenceParams.model_validate(given))


def rewrite_config(folder: Path, **changes: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def wider_base(small_model: Path, tmp_path: Path) -> Path:
    from transformers import AutoConfig, Qwen2ForCausalLM

    config = AutoConfig.from_pretrained(small_model)
    config.intermediate_size *= 2
    Qwen2ForCausalLM(config).save_pretrained(str(tmp_path / "wider"))
    return tmp_path / "wider"


def test_an_adapter_of_another_base_is_refused_by_name(
    model: ModelInference, small_model: Path, make_adapter: Maker, tmp_path: Path
) -> None:
    foreign = make_adapter("foreign", seed=1, base=wider_base(small_model, tmp_path))
    with pytest.raises(BadModel, match=r"does not fit this base \(.*takes .* and gives .* it was trained on .*wider"):
        model.generate("force", adapter=foreign)
    assert model.generate("force", adapter=None).completion_tokens > 0


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\xff" * 200])
def test_a_damaged_adapter_is_refused(model: ModelInference, make_adapter: Maker, content: bytes) -> None:
    adapter = make_adapter("a", seed=1)
    (adapter / "adapter_model.safetensors").write_bytes(content)
    with pytest.raises(BadModel, match="damaged"):
        model.generate("force", adapter=adapter)


def test_a_truncated_adapter_is_refused(model: ModelInference, make_adapter: Maker) -> None:
    weights = make_adapter("a", seed=1) / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BadModel, match="damaged"):
        model.generate("force", adapter=weights.parent)


def test_a_pickled_adapter_is_not_opened(model: ModelInference, make_adapter: Maker) -> None:
    adapter = make_adapter("a", seed=1)
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(BadModel, match=r"can run code when opened: adapter_model\.bin"):
        model.generate("force", adapter=adapter)


def test_an_adapter_with_nan_is_refused(model: ModelInference, make_adapter: Maker) -> None:
    from safetensors.torch import load_file, save_file

    weights = make_adapter("a", seed=1) / "adapter_model.safetensors"
    tensors = load_file(weights)
    next(iter(tensors.values()))[0, 0] = torch.nan
    save_file(tensors, weights)
    with pytest.raises(BadModel, match="NaN or infinity"):
        model.generate("force", adapter=weights.parent)


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"modules_to_save": ["lm_head"]}, "fully trained modules"), ({"bias": "all"}, "trained biases"),
     ({"peft_type": "IA3"}, "only LORA adapters")],
)  # fmt: skip
def test_what_cannot_be_mixed_is_refused_with_what_to_do(
    model: ModelInference, make_adapter: Maker, changes: dict[str, Any], told: str
) -> None:
    adapter = make_adapter("a", seed=1)
    rewrite_config(adapter, **changes)
    with pytest.raises(BadModel, match=told):
        model.generate("force", adapter=adapter)


def test_the_adapter_unused_for_longest_makes_room(model: ModelInference, make_adapter: Maker) -> None:
    first, second, third = (make_adapter(f"a{seed}", seed=seed) for seed in (1, 2, 3))
    answers = [model.generate("force", adapter=adapter).tokens for adapter in (first, second, first, third)]
    assert model.stack.loaded == [first, third]
    assert model.generate("force", adapter=second).tokens == answers[1]


def test_more_adapters_in_one_call_than_are_kept_are_all_served(model: ModelInference, make_adapter: Maker) -> None:
    adapters = [make_adapter(f"a{seed}", seed=seed) for seed in range(5)]
    together = model.generate_batch(["force"] * 5, adapter=adapters)
    assert [model.generate("force", adapter=adapter) for adapter in adapters] == together
    assert len(model.stack.loaded) == 2


def test_an_adapter_trained_again_is_read_again(model: ModelInference, make_adapter: Maker) -> None:
    adapter, other = make_adapter("a", seed=1), make_adapter("b", seed=2)
    before = model.generate("force of light", adapter=adapter).tokens
    after = model.generate("force of light", adapter=other).tokens
    shutil.copy(other / "adapter_model.safetensors", adapter / "adapter_model.safetensors")
    assert model.generate("force of light", adapter=adapter).tokens == after != before
