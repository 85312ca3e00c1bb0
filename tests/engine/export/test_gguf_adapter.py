"""An adapter as GGUF, read back and compared number by number with what PEFT adds to the base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.errors import BadModel
from backend.engine.adapter_file import AdapterFile
from backend.engine.export.gguf_adapter import write_adapter
from tests.conftest import Maker

gguf = pytest.importorskip("gguf")

NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("llama")
    config = LlamaConfig(
        vocab_size=64, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def read_back(path: Path) -> tuple[Any, dict[str, torch.Tensor]]:
    reader = gguf.GGUFReader(path)
    return reader, {tensor.name: torch.from_numpy(tensor.data.copy()) for tensor in reader.tensors}


def added(base: Path, adapter: Path) -> dict[str, torch.Tensor]:
    """What PEFT adds to each weight."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    merged: Any = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    return {name: weight - before[name] for name, weight in merged.state_dict().items()}


def unturned(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """The rows as transformers has them: of a head's rows llama.cpp keeps the first half at even places."""
    size = len(rows) // heads
    order = [
        head * size + 2 * (row % (size // 2)) + (row >= size // 2) for head in range(heads) for row in range(size)
    ]
    return rows[order]


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "rank-stabilised": {"use_rslora": True},
    "patterns": {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"down_proj": 7}},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("architecture", ["qwen2", "llama"])
def test_what_llama_cpp_will_add_is_what_peft_adds(
    request: pytest.FixtureRequest, make_adapter: Maker, tmp_path: Path, architecture: str, case: str
) -> None:
    base: Path = request.getfixturevalue("small_model" if architecture == "qwen2" else "llama")
    folder = make_adapter("a", seed=3, base=base, **CASES[case])
    write_adapter(AdapterFile(folder), base, tmp_path / "a.gguf", lambda _done, _all: None)
    reader, tensors = read_back(tmp_path / "a.gguf")
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == architecture
    assert (fields["general.type"], fields["adapter.type"]) == ("adapter", "lora")
    alpha = fields["adapter.lora.alpha"]
    config = json.loads((base / "config.json").read_text())
    wanted = added(base, folder)
    assert len(tensors) == 2 * 7 * config["num_hidden_layers"]
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in NAMES.items():
            a, b = (tensors[f"blk.{layer}.{ours}.weight.lora_{part}"] for part in "ab")
            got = alpha / len(a) * b @ a  # as llama.cpp scales it
            if architecture == "llama" and ours in ("attn_q", "attn_k"):
                heads = config["num_attention_heads" if ours == "attn_q" else "num_key_value_heads"]
                got = unturned(got, heads)
            change = wanted[f"model.layers.{layer}.{theirs}.weight"]
            assert float((got - change).norm()) <= 1e-5 * float(change.norm()), (layer, theirs)


def test_plain_factors_are_kept_to_the_bit(make_adapter: Maker, small_model: Path, tmp_path: Path) -> None:
    file = AdapterFile(make_adapter("a", seed=3))
    write_adapter(file, small_model, tmp_path / "a.gguf", lambda _done, _all: None)
    _, tensors = read_back(tmp_path / "a.gguf")
    update = file.update("model.layers.1.mlp.up_proj")
    assert torch.equal(tensors["blk.1.ffn_up.weight.lora_a"], update.a)
    assert torch.equal(tensors["blk.1.ffn_up.weight.lora_b"], update.b)


@pytest.mark.parametrize(
    ("given", "why"), [({"use_dora": True}, "DoRA"), ({"target_modules": ["embed_tokens"]}, "changes the embedding")]
)
def test_what_gguf_cannot_say_is_refused(
    make_adapter: Maker, small_model: Path, tmp_path: Path, given: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadModel, match=why):
        write_adapter(
            AdapterFile(make_adapter("a", seed=3, **given)), small_model, tmp_path / "a", lambda _d, _a: None
        )


def test_an_unknown_architecture_is_refused_by_name(make_adapter: Maker, small_model: Path, tmp_path: Path) -> None:
    file = AdapterFile(make_adapter("a", seed=3))
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["MambaForCausalLM"], "num_hidden_layers": 2}))
    with pytest.raises(BadModel, match="The base is a MambaForCausalLM"):
        write_adapter(file, tmp_path, tmp_path / "a.gguf", lambda _done, _all: None)
