"""The proof passes for what a merge says it is, whatever the method, and for nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.params import MergeParams
from backend.engine.adapter_file import WEIGHTS
from backend.engine.merge.combining import merge_modules
from backend.engine.merge.held_out import HeldOut, held_out
from backend.engine.merge.into_base import write_model
from backend.engine.merge.judging import judged
from backend.engine.merge.measuring import Distance
from backend.engine.merge.output import write_adapter
from backend.engine.merge.parents import Parent, open_parents
from backend.engine.merge.proof import prove
from tests.conftest import Maker

SETTINGS = Settings()
Merge = Callable[..., tuple[Path, list[Parent], MergeParams]]


@pytest.fixture
def pair(make_adapter: Maker) -> tuple[Path, Path]:
    """Two adapters of the small model."""
    return make_adapter("one", seed=1), make_adapter("two", seed=2)


@pytest.fixture
def merge(pair: tuple[Path, Path], tmp_path: Path) -> Merge:
    """Writes a merge of the pair: `merge(method="sum", ...)`, the parameters of the recipe."""

    def write(*adapters: str, **given: Any) -> tuple[Path, list[Parent], MergeParams]:
        named = list(adapters) or [f"{pair[0]}:0.7", f"{pair[1]}:-0.4"]
        folder = tmp_path / f"merged{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        params = MergeParams.model_validate(
            {"adapters": named, "output_dir": str(folder), "proof_prompts": 8, **given}
        )
        parents = open_parents(params, SETTINGS)
        if params.into_base:
            write_model(folder, parents, params, SETTINGS)
        else:
            write_adapter(folder, parents, list(merge_modules(parents, params)))
        return folder, parents, params

    return write


def trained_on(adapter: Path, dataset: Path, **params: Any) -> None:
    """Give an adapter the record that training writes."""
    from backend.core.storage.files import sha256_of

    there = dataset.is_file()
    record = {
        "params": {"adapter_name": "a", "dataset_path": str(dataset), "seed": 3, "max_length": 64, **params},
        "dataset": {"path": str(dataset), "sha256": sha256_of(dataset) if there else "gone"},
    }
    (adapter / "run.json").write_text(json.dumps(record), encoding="utf-8")


def change(folder: Path, alter: Callable[[dict[str, torch.Tensor]], None]) -> None:
    """Alter the tensors of a written adapter."""
    tensors = load_file(folder / WEIGHTS)
    alter(tensors)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})


GOOD: list[dict[str, Any]] = [
    {"method": "sum"},
    {"method": "cat"},
    {"method": "linear"},
    {"method": "tsv"},
    {"method": "ties_svd", "rank": "64"},
    {"method": "dare_linear_svd", "rank": "64"},
    {"method": "cat", "output_dtype": "bfloat16"},
    {"method": "cat", "output_dtype": "float16"},
    {"method": "sum", "into_base": True},
    {"method": "ties_svd", "into_base": True},
    {"method": "dare_ties_svd", "into_base": True},
]


@pytest.mark.parametrize("given", GOOD, ids=lambda given: " ".join(map(str, given.values())))
def test_a_good_merge_passes(merge: Merge, given: dict[str, Any]) -> None:
    proof = prove(*merge(**given), SETTINGS)
    assert proof.passed, proof.reason
    assert proof.reason == ""
    assert proof.prompts == 8
    limit = {"float32": 1e-4, "float16": 2e-3, "bfloat16": 2e-2}[given.get("output_dtype", "float32")]
    energy = given["method"] in ("sum", "tsv") and not given.get("into_base")
    assert proof.logit_error < (0.1 if energy else limit)
    assert proof.agreement >= 0.99


def test_a_good_merge_of_a_16_bit_base_passes(
    small_model: Path, pair: tuple[Path, Path], merge: Merge, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    base = tmp_path / "half"
    AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.bfloat16).save_pretrained(base)
    proof = prove(*merge(into_base=True, base_model_name=str(base)), SETTINGS)
    assert proof.passed, proof.reason
    # Rounded once to bfloat16, so not exact, and measured: an error of 0 would mean that nothing was compared.
    assert 1e-5 < proof.logit_error < 0.1


@pytest.mark.parametrize("part", ["lora_A", "lora_B"])
@pytest.mark.parametrize("given", [{"method": "sum"}, {"method": "svd", "rank": "2"}, {"method": "ties_svd"}])
def test_one_altered_tensor_fails(merge: Merge, part: str, given: dict[str, Any]) -> None:
    folder, parents, params = merge(**given)

    def alter(tensors: dict[str, torch.Tensor]) -> None:
        name = next(name for name in tensors if part in name and "o_proj" in name)
        tensors[name] = tensors[name].flip(0)

    change(folder, alter)
    proof = prove(folder, parents, params, SETTINGS)
    assert not proof.passed
    assert "o_proj" in proof.reason


def test_a_layer_of_zeros_fails(merge: Merge) -> None:
    folder, parents, params = merge(method="ties_svd")
    change(folder, lambda tensors: [tensor.zero_() for name, tensor in tensors.items() if "layers.1.mlp.up" in name])
    proof = prove(folder, parents, params, SETTINGS)
    assert not proof.passed
    assert "model.layers.1.mlp.up_proj" in proof.reason


def test_a_missing_layer_fails(merge: Merge) -> None:
    folder, parents, params = merge()
    change(folder, lambda tensors: [tensors.pop(name) for name in list(tensors) if "layers.0.mlp.up" in name])
    proof = prove(folder, parents, params, SETTINGS)
    assert not proof.passed
    assert "model.layers.0.mlp.up_proj" in proof.reason


def test_nan_fails(merge: Merge) -> None:
    folder, parents, params = merge()
    change(folder, lambda tensors: next(iter(tensors.values())).fill_(math.nan))
    proof = prove(folder, parents, params, SETTINGS)
    assert not proof.passed
    assert "NaN" in proof.reason
    assert json.dumps(proof.as_json(), allow_nan=False)


def test_a_cut_file_fails(merge: Merge) -> None:
    folder, parents, params = merge()
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])
    assert not prove(folder, parents, params, SETTINGS).passed


@pytest.mark.parametrize("given", [{}, {"into_base": True}, {"method": "svd", "rank": "4"}])
def test_other_weights_fail(pair: tuple[Path, Path], merge: Merge, given: dict[str, Any]) -> None:
    folder, _, _ = merge(f"{pair[0]}:0.7", f"{pair[1]}:0.4", **given)
    _, parents, params = merge(f"{pair[0]}:0.4", f"{pair[1]}:0.7", **given)
    assert not prove(folder, parents, params, SETTINGS).passed


def test_an_altered_model_fails(merge: Merge) -> None:
    folder, parents, params = merge(into_base=True)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["model.layers.1.self_attn.v_proj.weight"] *= 1.5
    save_file(tensors, path, metadata={"format": "pt"})
    assert not prove(folder, parents, params, SETTINGS).passed


def test_a_rank_that_loses_most_fails_although_it_is_the_best_of_its_rank(merge: Merge) -> None:
    proof = prove(*merge(method="svd", rank="1"), SETTINGS)
    assert not proof.passed
    assert "%" in proof.reason
    assert proof.logit_error > 0.3


def test_adapters_on_embeddings_and_head_are_proved(make_adapter: Maker, merge: Merge) -> None:
    targets = ["embed_tokens", "q_proj"]
    one, two = (make_adapter(f"e{seed}", seed=seed, target_modules=targets) for seed in (1, 2))
    for method in ("cat", "ties_svd"):
        proof = prove(*merge(str(one), str(two), method=method, rank="64"), SETTINGS)
        assert proof.passed, proof.reason
        assert proof.logit_error < 1e-3


def test_each_adapter_is_measured_on_its_own_data(pair: tuple[Path, Path], merge: Merge, questions: Path) -> None:
    for adapter in pair:
        trained_on(adapter, questions, validation_split=0.25)
    proof = prove(*merge(), SETTINGS)
    assert proof.passed
    assert proof.prompts == 8
    assert [row["adapter"] for row in proof.perplexity] == [str(adapter) for adapter in pair]
    for row in proof.perplexity:
        assert row["data"] == "validation split of questions.json"
        assert 1 < row["parent"] != row["merged"] != row["base"]
    assert sum("perplexity" in line for line in proof.lines) == 2


def test_the_base_perplexity_is_that_of_plain_transformers(
    small_model: Path, pair: tuple[Path, Path], merge: Merge, questions: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    for adapter in pair:
        trained_on(adapter, questions)
    folder, parents, params = merge()
    rows = prove(folder, parents, params, SETTINGS).perplexity
    model: Any = AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32)
    examples = held_out(parents[0], AutoTokenizer.from_pretrained(small_model), 8).examples

    def perplexity(asked: Any) -> float:
        total, tokens = 0.0, 0
        for ids, labels in examples:
            count = sum(label != -100 for label in labels[1:])
            with torch.inference_mode():
                loss = asked(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss
            total, tokens = total + float(loss) * count, tokens + count
        return math.exp(total / tokens)

    assert rows[0]["base"] == pytest.approx(perplexity(model), rel=1e-4)
    assert rows[0]["parent"] == pytest.approx(perplexity(PeftModel.from_pretrained(model, str(pair[0]))), rel=1e-4)


def test_the_held_out_examples_are_those_training_left_out(
    small_model: Path, pair: tuple[Path, Path], merge: Merge, questions: Path
) -> None:
    from transformers import AutoTokenizer

    from backend.core.data.datasets import load_records, split

    tokenizer = AutoTokenizer.from_pretrained(small_model)
    trained_on(pair[0], questions, validation_split=0.25)
    _, parents, _ = merge()
    wanted = {record.question for record in split(load_records(questions).records, 0.25, 3)[1]}
    texts = [tokenizer.decode(ids) for ids, _ in held_out(parents[0], tokenizer, 100).examples]
    assert len(texts) == len(wanted) == 4
    assert all(any(question in text for question in wanted) for text in texts)


def test_data_that_is_gone_or_changed_is_said(
    pair: tuple[Path, Path], merge: Merge, questions: Path, tmp_path: Path
) -> None:
    trained_on(pair[0], tmp_path / "gone.json")
    changed = tmp_path / "changed.json"
    changed.write_bytes(questions.read_bytes())
    trained_on(pair[1], changed)
    changed.write_bytes(questions.read_bytes() + b"\n")
    proof = prove(*merge(), SETTINGS)
    assert proof.passed
    assert [row["adapter"] for row in proof.perplexity] == [str(pair[1])]
    assert "changed since" in proof.perplexity[0]["data"]
    assert any("gone.json" in line for line in proof.lines)


def test_without_any_data_the_prompts_are_random_and_the_same_each_time(merge: Merge) -> None:
    folder, parents, params = merge()
    first, second = (prove(folder, parents, params, SETTINGS) for _ in range(2))
    assert first.as_json() == second.as_json()
    assert first.perplexity == []
    assert any("random" in line for line in first.lines)


def test_what_an_adapter_lost_is_said() -> None:
    row = {"adapter": "models/physics", "data": "examples", "prompts": 4, "base": 100.0, "parent": 1.0, "merged": 10.0}
    data = [HeldOut("models/physics", "examples", [([1, 2], [1, 2])])]
    found = judged(Distance(0.0, 1.0, 1.0, 4, 4), [row], data, None, 1e-3, exact=True)
    assert found.passed
    assert "50% of what physics had gained over the base is left" in found.lines[-1]
    kept = judged(Distance(0.0, 1.0, 1.0, 4, 4), [{**row, "merged": 1.1}], data, None, 1e-3, exact=True)
    assert not any("left" in line for line in kept.lines)


def test_a_base_that_is_not_there_is_an_error_that_offers_to_go_without(merge: Merge) -> None:
    folder, parents, params = merge()
    elsewhere = params.model_copy(update={"base_model_name": "nobody/has-this"})
    with pytest.raises(BadModel, match="--prove false"):
        prove(folder, parents, elsewhere, SETTINGS)


def test_another_base_is_an_error(merge: Merge, tmp_path: Path) -> None:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    shape = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1}
    Qwen2ForCausalLM(Qwen2Config(vocab_size=100, num_hidden_layers=1, **shape)).save_pretrained(tmp_path / "small")
    folder, parents, params = merge()
    with pytest.raises(BadModel, match="no layer"):
        prove(folder, parents, params.model_copy(update={"base_model_name": str(tmp_path / "small")}), SETTINGS)


def test_progress_counts_to_the_end(merge: Merge) -> None:
    told: list[tuple[int, int]] = []
    prove(*merge(), SETTINGS, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, told[-1][1] + 1))
