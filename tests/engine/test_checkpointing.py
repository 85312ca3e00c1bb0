"""What is recomputed, moved away or packed otherwise is the same: loss and gradients in float32."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from backend.core.params import TrainParams  # noqa: E402
from backend.engine import loading, training  # noqa: E402
from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402
from tests.engine.unpadded.models import examples  # noqa: E402

CPU = Device("cpu", torch.float32, "")
AS_ON_A_GPU = Device("cuda", torch.float32, "")
BASES: dict[str, dict[str, Any]] = {
    "4 bit": {},
    "8 bit": {"load_in_8bit": True},
    "dora, 4 bit": {"use_dora": True},
    "float32": {"load_in_4bit": False},
}
WAYS: dict[str, dict[str, Any]] = {
    "every layer": {},
    "every second": {"gradient_checkpointing_every": 2},
    "offloaded": {"activation_offload": True},
    "every second, offloaded": {"gradient_checkpointing_every": 2, "activation_offload": True},
}


def params_of(**given: Any) -> TrainParams:
    return TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", "lora_dropout": 0.0, **given})


def adapted(folder: Path, params: TrainParams) -> Any:
    """Ready to train, with an adapter that has learnt something."""
    training.seed_everything(0)
    model = training.attach_adapter(loading.load_base(str(folder), params, CPU), params)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model.train()


def gradients(model: Any, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
    model.zero_grad(set_to_none=True)
    loss = model(**batch).loss
    loss.backward()
    return {"loss": loss.detach(), **{name: p.grad.clone() for name, p in model.named_parameters() if p.requires_grad}}


@pytest.mark.parametrize("pads", [True, False], ids=["padded", "end to end"])
@pytest.mark.parametrize("base", BASES)
def test_every_way_gives_the_same_gradients(
    small_model: Path, base: str, pads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a GPU there is no memory to pin: what is moved is copied within the host's.
    copied = partial(torch.autograd.graph.save_on_cpu, pin_memory=True, device_type="cuda")
    monkeypatch.setattr("transformers.modeling_utils.save_on_cpu", lambda **_: copied())
    batch = (DataCollatorForCausalLM(0) if pads else EndToEndCollator())(examples(4))
    model = adapted(small_model, params_of(**BASES[base], gradient_checkpointing=True))
    if not pads:
        unpad(model.get_base_model())
    usual = gradients(model, batch)
    assert sum(float(part.abs().sum()) for part in usual.values()) > 0
    for way in WAYS.values():
        chosen = training.checkpointing(params_of(gradient_checkpointing=True, **way), AS_ON_A_GPU)
        every, offload = chosen.pop("every_n_layers"), chosen.pop("offload")
        model.gradient_checkpointing_enable(chosen, every_n_layers=every, offload=offload)
        recomputed = gradients(model, batch)
        assert usual.keys() == recomputed.keys()
        for name in usual:
            torch.testing.assert_close(recomputed[name], usual[name], rtol=1e-5, atol=1e-7)


def test_what_is_asked_for_is_what_is_recomputed(small_model: Path) -> None:
    """Counts the passes through each of the two layers."""
    model = adapted(small_model, params_of(gradient_checkpointing=True))
    layers = model.get_base_model().model.layers
    passes = [0, 0]

    def count(index: int) -> Any:
        def hook(*_: Any) -> None:
            passes[index] += 1

        return hook

    for index, layer in enumerate(layers):
        layer.mlp.register_forward_pre_hook(count(index))
    batch = DataCollatorForCausalLM(0)(examples(2))
    for every, expected in ((1, [2, 2]), (2, [2, 1])):
        passes[:] = [0, 0]
        model.gradient_checkpointing_enable({"use_reentrant": False}, every_n_layers=every)
        gradients(model, batch)
        assert passes == expected


def test_the_trainer_gets_what_was_asked(tmp_path: Path) -> None:
    params = params_of(gradient_checkpointing=True, gradient_checkpointing_every=3, activation_offload=True)
    given = training.training_arguments(params, CPU, tmp_path, evaluate=False).gradient_checkpointing_kwargs
    assert given == {"use_reentrant": False, "every_n_layers": 3, "offload": False}
    assert training.checkpointing(params, AS_ON_A_GPU)["offload"]


@pytest.mark.parametrize("storage", ["uint8", "bfloat16", "float32"])
def test_the_type_that_packed_weights_are_kept_in_changes_nothing(small_model: Path, storage: str) -> None:
    batch = DataCollatorForCausalLM(0)(examples(3))
    usual = gradients(adapted(small_model, params_of()), batch)
    model = adapted(small_model, params_of(bnb_4bit_quant_storage=storage))
    packed = model.base_model.model.model.layers[0].self_attn.q_proj.base_layer.weight
    assert packed.dtype == getattr(torch, storage)
    assert packed.nbytes == 64 * 64 / 2
    stored = gradients(model, batch)
    for name in usual:
        torch.testing.assert_close(stored[name], usual[name], rtol=0, atol=0)
