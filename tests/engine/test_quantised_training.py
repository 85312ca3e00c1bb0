"""What quantised training must not do: repack weights in an evaluation, upcast, or depend on chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from backend.core.errors import InvalidInput, MissingDependency  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine import loading, training  # noqa: E402
from backend.engine.collator import EndToEndCollator  # noqa: E402
from backend.engine.device import Device, choose_device  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402
from tests.engine.unpadded.models import examples  # noqa: E402

BASE = {"dataset_path": "x.json", "adapter_name": "a", "device": "cpu"}
BATCH = torch.tensor([[1, 5, 9, 13, 17, 21, 2, 0]])


def adapted(folder: Path, **given: Any) -> Any:
    params = TrainParams.model_validate({**BASE, "lora_dropout": 0.0, **given})
    training.seed_everything(0)
    model = loading.load_base(str(folder), params, choose_device(params))
    return training.attach_adapter(model, params)


def gradients(model: Any, batch: dict[str, Any] | None = None) -> dict[str, torch.Tensor]:
    model.train()
    model.zero_grad()
    model(**batch or {"input_ids": BATCH, "labels": BATCH}).loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_evaluation_between_two_steps_changes_no_gradient(small_model: Path, dtype: str) -> None:
    model = adapted(small_model, dtype=dtype)
    before = gradients(model)
    assert before
    model.eval()
    with torch.no_grad():
        model(input_ids=BATCH)
        model.generate(input_ids=BATCH[:, :4], max_new_tokens=2)
    after = gradients(model)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_nor_does_one_of_examples_that_lie_end_to_end(small_model: Path, dtype: str) -> None:
    model = adapted(small_model, dtype=dtype)
    unpad(model.get_base_model())
    row = EndToEndCollator()(examples(4))
    before = gradients(model, row)
    assert len(before) > 1
    model.eval()
    with torch.no_grad():
        model(**row)
    after = gradients(model, row)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_an_evaluation_changes_nothing_about_the_dequantised_weights(small_model: Path) -> None:
    import bitsandbytes.functional as bnb

    model = adapted(small_model, dtype="bfloat16")
    weight = next(m.weight for m in model.modules() if type(m).__name__ == "Linear4bit" and hasattr(m, "weight"))
    before = bnb.dequantize_4bit(weight.data, weight.quant_state).clone()
    model.eval()
    with torch.no_grad():
        model(input_ids=BATCH)
    assert torch.equal(before, bnb.dequantize_4bit(weight.data, weight.quant_state))


def test_no_four_bit_layer_may_repack(small_model: Path) -> None:
    layers = [m for m in adapted(small_model).modules() if type(m).__module__.startswith("bitsandbytes")]
    layers = [layer for layer in layers if type(layer).__name__ == "Linear4bit"]
    assert len(layers) == 14  # seven linear maps in each of two layers
    assert not any(getattr(layer, "support_avx512bf16_for_cpu", False) for layer in layers)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
@pytest.mark.parametrize("given", [{}, {"load_in_8bit": True}], ids=["4 bit", "8 bit"])
def test_the_file_of_a_quantised_base_is_let_go(small_model: Path, given: dict[str, bool]) -> None:
    model = adapted(small_model, dtype="float32", **given)
    assert str(small_model) not in Path("/proc/self/maps").read_text()
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight  # tied as before


def test_the_base_is_frozen_in_nf4_with_double_quantisation_and_not_upcast(small_model: Path) -> None:
    model = adapted(small_model, dtype="bfloat16")
    weight = model.base_model.model.model.layers[0].self_attn.q_proj.base_layer.weight
    assert (weight.quant_type, weight.quant_state.nested, weight.dtype) == ("nf4", True, torch.uint8)
    assert model.get_input_embeddings().weight.dtype == torch.bfloat16
    assert all(("lora_" in name) == p.requires_grad for name, p in model.named_parameters())


@pytest.mark.parametrize(
    "given",
    [
        {"load_in_4bit": False},
        {"load_in_8bit": True},
        {"use_rslora": True},
        {"use_dora": True, "load_in_4bit": False},
        {"gradient_checkpointing": True},
        {"bnb_4bit_quant_type": "fp4"},
        {"lora_target_modules": ["q_proj", "mlp.up_proj"]},
    ],
    ids=str,
)
def test_every_variant_yields_gradients_on_the_adapter_alone(small_model: Path, given: dict[str, Any]) -> None:
    found = gradients(adapted(small_model, dtype="float32", **given))
    assert found
    assert all("lora_" in name for name in found)
    assert any(grad.abs().sum() > 0 for grad in found.values())


def test_an_unknown_target_module_lists_those_that_exist(small_model: Path) -> None:
    with pytest.raises(InvalidInput, match=r"query_proj.*This model has down_proj, gate_proj"):
        adapted(small_model, lora_target_modules=["q_proj", "query_proj"])


def test_four_bit_is_refused_where_bitsandbytes_cannot() -> None:
    params = TrainParams.model_validate(BASE)
    with pytest.raises(MissingDependency, match="--load_in_4bit false"):
        loading.quantisation_config(params, Device("mps", torch.float32, ""))


def test_four_bit_without_bitsandbytes_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda name: None)
    params = TrainParams.model_validate(BASE)
    with pytest.raises(MissingDependency, match="pip install bitsandbytes"):
        loading.quantisation_config(params, Device("cpu", torch.float32, ""))


def test_every_optimisation_parameter_is_one_of_the_installed_trainers() -> None:
    from transformers import TrainingArguments

    from backend.core.params.groups import Optimisation

    assert set(Optimisation.model_fields) <= set(TrainingArguments.__dataclass_fields__)
