"""What is computed without padding is the same; a model with which it is not is found out."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from backend.core.errors import InvalidInput
from backend.core.params.groups import Throughput
from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator
from backend.engine.device import Device
from backend.engine.scoring import ComputeMetrics
from backend.engine.unpadded import attention, proof
from backend.engine.unpadded.layout import choose_layout
from tests.engine.unpadded.models import ARCHITECTURES, CANNOT, adapted, examples

CPU = Device("cpu", torch.float32, "")


def gradients(model: Any, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
    model.zero_grad(set_to_none=True)
    loss = model(**batch).loss
    loss.backward()
    found = {name: part.grad.clone() for name, part in model.named_parameters() if part.grad is not None}
    return {**found, "loss": loss.detach()}


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("short", [0, 20, 256])
def test_loss_and_gradients_are_those_of_a_padded_batch(
    name: str, short: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "MOST_FOR_MATMUL", short)  # both kernels, and both in one row
    model, some = adapted(ARCHITECTURES[name]).eval(), examples(7)
    usual = gradients(model, DataCollatorForCausalLM(0)(some))
    proof.unpad(model.get_base_model())
    ours = gradients(model, EndToEndCollator()(some))
    assert usual.keys() == ours.keys()
    for part in usual:
        torch.testing.assert_close(ours[part], usual[part], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_examples_in_a_row_are_learnt_as_each_by_itself(name: str) -> None:
    model, some = adapted(ARCHITECTURES[name]).eval(), examples(5)
    count = sum(label != -100 for one in some for label in one["labels"])
    alone = [gradients(model, {**DataCollatorForCausalLM(0)([one]), "num_items_in_batch": count}) for one in some]
    proof.unpad(model.get_base_model())
    ours = gradients(model, EndToEndCollator()(some))
    for part in ours:
        torch.testing.assert_close(ours[part], sum(one[part] for one in alone), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_step_of_several_batches_divides_by_all_its_labels(checkpointing: bool) -> None:
    model, some = adapted(ARCHITECTURES["llama"]), examples(6)
    model.train()
    usual = gradients(model, DataCollatorForCausalLM(0)(some))
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    proof.unpad(model.get_base_model())
    model.zero_grad(set_to_none=True)
    batches = [EndToEndCollator()(some[:2]), EndToEndCollator()(some[2:])]
    count = sum(int((batch["labels"] != -100).sum()) for batch in batches)
    losses = [model(**batch, num_items_in_batch=count).loss for batch in batches]
    sum(losses).backward()
    torch.testing.assert_close(sum(losses).detach(), usual["loss"], rtol=1e-5, atol=1e-6)
    for name, part in model.named_parameters():
        if part.requires_grad:
            torch.testing.assert_close(part.grad, usual[name], rtol=1e-4, atol=1e-6)


def test_scores_are_those_of_a_padded_batch() -> None:
    model, some = adapted(ARCHITECTURES["qwen2"]).eval(), examples(5)
    padded = DataCollatorForCausalLM(0)(some)
    with torch.no_grad():
        usual = ComputeMetrics()((ComputeMetrics.reduce(model(**padded).logits, padded["labels"]), None))
        proof.unpad(model.get_base_model())
        row = EndToEndCollator()(some)
        ours = ComputeMetrics()((ComputeMetrics.reduce(model(**row).logits, row["labels"]), None))
    assert ours == pytest.approx(usual, rel=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_model_that_computes_the_same_is_taken(name: str) -> None:
    model = adapted(ARCHITECTURES[name]).train()
    before = torch.get_rng_state()
    layout = choose_layout(model, Throughput(), examples(5), CPU)
    assert not layout.pads
    assert "proved" in layout.sentence
    assert torch.equal(torch.get_rng_state(), before)
    assert model.training
    assert all(part.grad is None for part in model.parameters())


@pytest.mark.parametrize("name", CANNOT)
def test_a_model_that_does_not_is_padded_and_left_as_it_was(name: str) -> None:
    model = adapted(CANNOT[name])
    own = model.get_base_model().config._attn_implementation
    layout = choose_layout(model, Throughput(), examples(5), CPU)
    assert layout.pads
    assert model.get_base_model().config._attn_implementation == own
    assert "forward" not in vars(model.get_base_model())
    with pytest.raises(InvalidInput, match="padding_free=yes"):
        choose_layout(model, Throughput(padding_free="yes"), examples(5), CPU)


def test_an_adapter_on_the_head_is_told_and_padded() -> None:
    model = adapted(ARCHITECTURES["llama"], ["q_proj", "lm_head"])
    assert "output layer" in choose_layout(model, Throughput(), examples(5), CPU).sentence


def test_mixed_examples_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proof is for: attention that looks across the borders."""
    real = attention.attention_by_example

    def across(*args: Any, cu_seq_lens_q: torch.Tensor | None = None, **kwargs: Any) -> Any:
        if cu_seq_lens_q is not None:
            cu_seq_lens_q, kwargs["borders"] = cu_seq_lens_q[[0, -1]], None
        return real(*args, cu_seq_lens_q=cu_seq_lens_q, **kwargs)

    monkeypatch.setattr(attention, "attention_by_example", across)
    layout = choose_layout(adapted(ARCHITECTURES["qwen2"]), Throughput(), examples(5), CPU)
    assert layout.pads
    assert "gradients would be others" in layout.sentence
    monkeypatch.undo()
    attention.register()
