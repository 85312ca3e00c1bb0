"""The base as 4-bit training saw it is what bitsandbytes makes of it, whole or in pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.errors import BadModel, InvalidInput, MissingDependency
from backend.engine.merge import base_view, deltas
from backend.engine.merge.base_view import FourBit, RoundTrip, is_quantised, noise
from backend.engine.merge.checkpoint import open_checkpoint
from backend.engine.merge.deltas import LowRank, blocks_of
from tests.engine.conftest import Maker
from tests.engine.merge.conftest import Base, Merged, tensors_of

pytest.importorskip("bitsandbytes")


def recorded(adapter: Path, **params: Any) -> Path:
    """The adapter with a record that says how its base was loaded."""
    given = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True, **params}
    run = {"params": given, "device": "Device: CPU, computing in bfloat16 (this CPU is fast at it)."}
    (adapter / "run.json").write_text(json.dumps(run))
    return adapter


def in_four_bits(folder: Path, *, double: bool, dtype: torch.dtype = torch.bfloat16) -> dict[str, torch.Tensor]:
    """What transformers and bitsandbytes make of a model's linear layers, by the weight's name."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=double,
        bnb_4bit_compute_dtype=dtype,
    )
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, quantization_config=config, device_map={"": "cpu"}
    )
    return {
        f"{name}.weight": dequantize_4bit(layer.weight.data, layer.weight.quant_state)
        for name, layer in model.named_modules()
        if isinstance(layer, Linear4bit)
    }


@pytest.mark.parametrize("double", [True, False], ids=["double", "single"])
@pytest.mark.parametrize("shape", [(320, 192), (300, 96), (64, 50), (129, 6), (7, 5), (3, 64), (70, 5000)], ids=str)
def test_pieces_give_what_the_whole_gives(
    shape: tuple[int, int], double: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bitsandbytes.functional import dequantize_blockwise, quantize_4bit

    monkeypatch.setattr(deltas, "BLOCK_ELEMENTS", 1)
    monkeypatch.setattr(base_view, "PIECE", 1 << 12)
    torch.manual_seed(0)
    weight = (torch.randn(shape) / 50).to(torch.bfloat16)
    weight[0] = 0
    # Unpacked by hand: bitsandbytes 0.50.2 itself is wrong for 300 x 96 on processors with AVX512.
    codes, state = quantize_4bit(weight, compress_statistics=double, quant_type="nf4")
    scales = dequantize_blockwise(state.absmax, state.state2) + state.offset if double else state.absmax
    levels = state.code[torch.stack([codes >> 4, codes & 15], dim=-1).flatten().long()][: weight.numel()]
    wanted = (levels * scales.repeat_interleave(64)[: weight.numel()]).view(shape).to(torch.bfloat16)
    blocks = list(blocks_of(*shape))
    trip = RoundTrip(lambda start, stop: weight[start:stop], blocks, shape[1], FourBit(double=double))
    got = torch.cat([trip.rows(weight[start:stop], start) for start, stop in blocks])
    assert torch.equal(got, wanted)


@pytest.mark.parametrize("double", [True, False], ids=["double", "single"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_result_stands_on_the_weights_training_saw(
    kind: str, double: bool, base: Base, make_adapter: Maker, merged: Merged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deltas, "BLOCK_ELEMENTS", 1)
    # Stored in float32, trained in bfloat16: the view goes through both roundings.
    model = base(torch.float32, kind=kind)
    targets = ["c_attn"] if kind == "gpt2" else ["q_proj"]
    adapter = recorded(
        make_adapter("one", seed=1, base=model, target_modules=targets, fan_in_fan_out=kind == "gpt2"),
        bnb_4bit_use_double_quant=double,
    )
    folder, told = merged(model, adapter, base_view="nf4-roundtrip")
    stored, _ = merged(model, adapter)
    ours, plain, before = (tensors_of(place) for place in (folder, stored, model))
    seen = in_four_bits(model, double=double)
    assert len(seen) == (8 if kind == "gpt2" else 14)
    for name, tensor in ours.items():
        change = plain[name] - before[name]
        if name not in seen:
            assert torch.equal(tensor, before[name]), name
        elif any(target in name for target in targets):
            weight = seen[name].T if kind == "gpt2" else seen[name]
            assert torch.allclose(tensor, weight.float() + change, atol=1e-6), name
        else:
            assert torch.equal(tensor, (seen[name].T if kind == "gpt2" else seen[name]).float()), name
    assert told.quantisation_noise is not None


@pytest.mark.parametrize("kind", ["llama", "gpt2", "opt", "neox", "gemma"])
def test_the_layers_are_those_that_transformers_quantises(kind: str, base: Base, tmp_path: Path) -> None:
    import transformers as tf

    small = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 128}
    wide = {**small, "intermediate_size": 128}
    opt = {**small, "ffn_dim": 128, "word_embed_proj_dim": 32, "max_position_embeddings": 32}
    made: dict[str, Any] = {
        "opt": lambda: tf.OPTForCausalLM(tf.OPTConfig(**opt)),
        "neox": lambda: tf.GPTNeoXForCausalLM(tf.GPTNeoXConfig(**wide)),
        "gemma": lambda: tf.Gemma2ForCausalLM(tf.Gemma2Config(**wide, num_key_value_heads=2, head_dim=16)),
    }
    folder = tmp_path / "made"
    if kind in made:
        made[kind]().save_pretrained(folder)
    else:
        folder = base(kind=kind)
    wanted = set(in_four_bits(folder, double=False))
    assert {tensor.name for tensor in open_checkpoint(folder).tensors.values() if is_quantised(tensor)} == wanted


def test_the_noise_is_measured_beside_the_update() -> None:
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    torch.manual_seed(0)
    weight = torch.randn(128, 64).to(torch.bfloat16)
    left, right = torch.randn(128, 4), torch.randn(4, 64)
    lost = weight - dequantize_4bit(*quantize_4bit(weight, quant_type="nf4"))
    wanted = float(lost.double().norm() / (left.double() @ right.double()).norm())
    got = noise(LowRank(left, right), lambda start, stop: weight[start:stop], FourBit(double=False))
    assert got == pytest.approx(wanted, rel=1e-6)
    assert noise(LowRank(left * 0, right), lambda start, stop: weight[start:stop], FourBit()) == float("inf")


def test_the_noise_is_told_whatever_the_view(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = recorded(make_adapter("one", seed=1, base=model))
    for view, said in (("stored", "--base_view nf4-roundtrip would"), ("nf4-roundtrip", "as training saw them")):
        _, told = merged(model, adapter, base_view=view)
        assert told.quantisation_noise is not None
        assert 0 < told.quantisation_noise["median"] <= told.quantisation_noise["max"] < 10
        assert any("rounded to 4 bits" in line and said in line for line in told.advice)


def test_adapters_of_a_16_bit_base_are_told_that_they_are(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    assert merged(model, adapter)[1].quantisation_noise is None
    _, told = merged(model, adapter, base_view="nf4-roundtrip")
    assert any("No adapter's record says" in line for line in told.advice)


def test_quantisations_that_cannot_be_seen_are_refused(
    base: Base, make_adapter: Maker, merged: Merged, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = base()
    one = recorded(make_adapter("one", seed=1, base=model))
    other = recorded(make_adapter("other", seed=2, base=model), bnb_4bit_use_double_quant=False)
    fp4 = recorded(make_adapter("fp4", seed=3, base=model), bnb_4bit_quant_type="fp4")
    with pytest.raises(InvalidInput, match="one view suits not all"):
        merged(model, one, other, base_view="nf4-roundtrip")
    with pytest.raises(InvalidInput, match="fp4 in fp4 with double"):
        merged(model, fp4, base_view="nf4-roundtrip")
    merged(model, one, other)  # as stored, they go together
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingDependency, match="pip install bitsandbytes"):
        merged(model, one, base_view="nf4-roundtrip")
    _, told = merged(model, one)
    assert told.quantisation_noise is None


def test_experts_are_refused(make_adapter: Maker, merged: Merged, tmp_path: Path) -> None:
    from transformers import MixtralConfig, MixtralForCausalLM

    folder = tmp_path / "mixtral"
    shape = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = MixtralConfig(**shape, num_key_value_heads=1, vocab_size=64, num_local_experts=2)
    MixtralForCausalLM(config).save_pretrained(folder)
    adapter = make_adapter("one", seed=1, base=folder, target_modules=["q_proj"])
    merged(folder, adapter)
    with pytest.raises(BadModel, match="has experts"):
        merged(folder, adapter, base_view="nf4-roundtrip")
