"""Shapes of models whose configs use other names than Llama's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.core.models.shapes import ModelShape, shape_of


def shape(folder: Path, **config: Any) -> ModelShape:
    (folder / "config.json").write_text(json.dumps(config))
    return shape_of("some/model", folder)


def test_gpt2s_own_names_are_read(tmp_path: Path) -> None:
    found = shape(tmp_path, model_type="gpt2", n_embd=768, n_layer=12, n_head=12, vocab_size=50257)
    # GPT-2's card: 124 million parameters, 85 of them in the layers; its head is its embedding.
    assert found.quantised_parameters == 12 * 12 * 768**2
    assert found.other_parameters == 50257 * 768
    assert "taken to be built like Llama's" in found.basis


def test_queries_are_as_wide_as_their_heads_together(tmp_path: Path) -> None:
    found = shape(
        tmp_path, model_type="gemma", hidden_size=3072, num_hidden_layers=28, num_attention_heads=16,
        num_key_value_heads=16, head_dim=256, intermediate_size=24576, vocab_size=256000,
    )  # fmt: skip
    assert found.linears()["q_proj"] == (3072, 4096)
    assert found.linears()["o_proj"] == (4096, 3072)
    assert found.tied  # Gemma's head is its embedding though its config does not say so
    assert found.quantised_parameters + found.other_parameters == pytest.approx(8.54e9, rel=0.01)


def test_a_language_model_within_one_that_sees_is_found(tmp_path: Path) -> None:
    inner = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 128}
    assert shape(tmp_path, model_type="qwen2_vl", text_config=inner).layers == 3


def test_fused_maps_are_those_they_are_fused_of(tmp_path: Path) -> None:
    found = shape(
        tmp_path, model_type="phi3", hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128
    )
    assert list(found.adapted(["qkv_proj"])) == ["q_proj", "k_proj", "v_proj"]
    assert set(found.adapted(["gate_up_proj", "mlp.down_proj"])) == {"gate_proj", "up_proj", "down_proj"}
    assert found.adapted(["nothing"]) == {}


def test_experts_are_all_stored_and_few_are_passed_through(tmp_path: Path) -> None:
    found = shape(
        tmp_path, model_type="mixtral", hidden_size=4096, num_hidden_layers=32, num_attention_heads=32,
        num_key_value_heads=8, intermediate_size=14336, num_local_experts=8, num_experts_per_tok=2, vocab_size=32000,
    )  # fmt: skip
    # Mixtral-8x7B's card: 46.7 billion parameters, 12.9 of them used for a token.
    assert found.quantised_parameters + found.other_parameters == pytest.approx(46.7e9, rel=0.01)
    assert found.linear_parameters + found.embedding_parameters == pytest.approx(12.9e9, rel=0.01)
    assert set(found.adapted(["all-linear"])) == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert "8 experts" in found.basis


@pytest.mark.parametrize(
    ("given", "scales"),
    [({}, False), ({"final_logit_softcapping": 30.0}, True), ({"final_logit_softcapping": None}, False),
     ({"logits_scaling": 1.0}, False), ({"logit_scale": 0.0625}, True)],
)  # fmt: skip
def test_what_is_done_with_the_logits_is_seen(given: dict[str, Any], scales: bool, tmp_path: Path) -> None:
    assert shape(tmp_path, model_type="gemma2", hidden_size=64, **given).scales_logits is scales


@pytest.mark.parametrize("content", ["[]", "{}", '{"hidden_size": "wide"}', "no json"])
def test_what_tells_no_width_is_not_taken_for_a_config(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content)
    assert "Guessed" in shape_of("some/model-7b", tmp_path).basis
