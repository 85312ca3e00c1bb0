"""A full model from a base and adapters: to the bit what PEFT makes of one, better than PEFT with several."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, Conflict, DiskFull, InvalidInput, PipelineError
from backend.core.params import MergeParams
from backend.engine.adapter_file import AdapterFile
from backend.engine.merge import deltas
from backend.engine.merge.into_base import write_model
from backend.engine.merge.parents import open_parents
from tests.engine.conftest import Maker
from tests.engine.merge.conftest import Base, Merged, by_peft, tensors_of


@pytest.fixture(autouse=True)
def _many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 rows, so that the small weights are cut like large ones."""
    monkeypatch.setattr(deltas, "BLOCK_ELEMENTS", 1)


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    """Every tensor of ours is theirs, to the bit."""
    assert ours
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


def dense(adapter: Path) -> dict[str, torch.Tensor]:
    """The updates in float64, by module."""
    return {
        name: update.scale * update.b.double() @ update.a.double() for name, update in AdapterFile(adapter).updates()
    }


@pytest.mark.parametrize("shard", ["1GB", "500KB"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_one_adapter_gives_pefts_weights_to_the_bit(
    dtype: torch.dtype, shard: str, base: Base, make_adapter: Maker, merged: Merged
) -> None:
    model = base(dtype, shard=shard)
    assert (len(list(model.glob("*.safetensors"))) >= 3) == (shard == "500KB")
    # A scaling that is no power of two: where it is multiplied decides the last bit.
    adapter = make_adapter("one", seed=1, base=model, r=6, lora_alpha=10)
    folder, told = merged(model, adapter)
    same(tensors_of(folder), by_peft(model, adapter))
    assert told.layers == 14
    assert {path.name for path in model.glob("*.safetensors*")} == {
        path.name for path in folder.glob("*.safetensors*")
    }
    changed = [name for name, tensor in tensors_of(model).items() if not torch.equal(tensor, tensors_of(folder)[name])]
    assert len(changed) == 14


def test_rslora_and_patterns_are_scaled_as_in_peft(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter(
        "odd", seed=2, base=model, use_rslora=True, rank_pattern={"q_proj": 3}, alpha_pattern={"down_proj": 5}
    )
    same(tensors_of(merged(model, adapter)[0]), by_peft(model, adapter))


def test_the_file_keeps_header_order_metadata_and_types(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    folder, _ = merged(model, make_adapter("one", seed=1, base=model))
    size = int.from_bytes((model / "model.safetensors").read_bytes()[:8], "little")
    ours, theirs = ((path / "model.safetensors").read_bytes()[: 8 + size] for path in (folder, model))
    assert ours == theirs
    for name in ("config.json", "generation_config.json"):
        assert (folder / name).read_bytes() == (model / name).read_bytes()


def test_three_adapters_are_rounded_once(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model, weights = base(), (0.5, 0.3, 0.2)
    adapters = [make_adapter(f"a{seed}", seed=seed, base=model) for seed in range(3)]
    folder, _ = merged(model, *(f"{path}:{weight}" for path, weight in zip(adapters, weights, strict=True)))
    ours, before, updates = tensors_of(folder), tensors_of(model), [dense(path) for path in adapters]
    error = best = 0.0
    for module in updates[0]:
        name = f"{module}.weight"
        exact = before[name].double() + sum(w * u[module] for w, u in zip(weights, updates, strict=True))
        error += float((ours[name].double() - exact).square().sum())
        best += float((exact.to(torch.bfloat16).double() - exact).square().sum())
    assert (error / best) ** 0.5 <= 1.001


def test_merging_one_after_the_other_is_worse(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapters = [make_adapter(f"a{seed}", seed=seed, base=model) for seed in range(3)]
    ours, theirs = tensors_of(merged(model, *adapters)[0]), by_peft(model, *adapters)
    before, updates = tensors_of(model), [dense(path) for path in adapters]
    for module in updates[0]:
        name = f"{module}.weight"
        exact = before[name].double() + sum(update[module] for update in updates)
        assert (ours[name].double() - exact).norm() < 0.8 * (theirs[name].double() - exact).norm()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_ties_goes_into_the_base_uncut(kind: str, base: Base, make_adapter: Maker, merged: Merged) -> None:
    from peft.utils.merge_utils import ties

    model, weights = base(kind=kind), (1.0, 0.7, 0.4)
    given: dict[str, Any] = {"fan_in_fan_out": True, "target_modules": ["c_attn", "c_proj"]} if kind == "gpt2" else {}
    adapters = [make_adapter(f"a{seed}", seed=seed, base=model, **given) for seed in range(3)]
    told = [f"{path}:{weight}" for path, weight in zip(adapters, weights, strict=True)]
    folder, _ = merged(model, *told, method="ties_svd", density=0.2)
    ours, before, updates = tensors_of(folder), tensors_of(model), [dense(path) for path in adapters]
    for module in updates[0]:
        name = f"{module}.weight"
        change = ties([update[module].float() for update in updates], torch.tensor(weights), 0.2)
        wanted = (before[name].float() + (change.T if kind == "gpt2" else change)).to(torch.bfloat16)
        differing = (ours[name] != wanted).sum()
        # Float32 products of other blocks differ in the last bit, which now and then crosses a rounding.
        assert differing <= 1e-3 * wanted.numel(), name
        assert torch.allclose(ours[name].float(), wanted.float(), rtol=2**-7, atol=1e-6), name


@pytest.mark.parametrize("method", ["linear", "knots_ties", "core_ties", "tsv", "dare_linear_svd"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_any_method_goes_into_the_base(
    kind: str, method: str, base: Base, make_adapter: Maker, merged: Merged, tmp_path: Path
) -> None:
    from backend.core.params import MergeParams
    from backend.engine.merge.methods import METHODS
    from backend.engine.merge.parents import updates_of

    model = base(torch.float32, kind=kind)
    targets = ["c_attn", "c_proj"] if kind == "gpt2" else ["q_proj", "down_proj"]
    adapters = [make_adapter(f"a{n}", seed=n, base=model, target_modules=targets) for n in range(2)]
    folder, _ = merged(model, *adapters, method=method, density=0.6)
    ours, before = tensors_of(folder), tensors_of(model)
    params = MergeParams(adapters=[str(path) for path in adapters], output_dir="x", method=method, density=0.6)
    parents = open_parents(params, Settings(adapter_config_path=tmp_path / "none.json"))
    for module in AdapterFile(adapters[0]).modules:
        name = f"{module}.weight"
        change = METHODS[params.method].apply(*updates_of(parents, module), module, params).dense()
        got = ours[name] - before[name]
        if kind == "gpt2":
            got = got.T
        if method == "dare_linear_svd" and kind == "gpt2":
            # Transposed, DARE draws other elements: as many, with the same mean.
            assert abs(float((got != 0).float().mean()) - (1 - 0.4**2)) < 0.02
        else:
            assert torch.allclose(got, change, atol=1e-5), name


def test_gpt2_keeps_its_weights_turned(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(torch.bfloat16, kind="gpt2")
    targets = ["c_attn", "c_proj", "c_fc"]  # attn.c_proj is square: its shape does not tell
    adapter = make_adapter("g", seed=1, base=model, fan_in_fan_out=True, target_modules=targets, lora_alpha=10)
    same(tensors_of(merged(model, adapter)[0]), by_peft(model, adapter))


def test_gpt2s_published_names_lack_the_first_part(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(kind="gpt2")
    adapter = make_adapter("g", seed=1, base=model, target_modules=["c_attn"], fan_in_fan_out=True)
    wanted = by_peft(model, adapter)
    bare = {name.removeprefix("transformer."): tensor for name, tensor in tensors_of(model).items()}
    save_file(bare, model / "model.safetensors", metadata={"format": "pt"})
    same({f"transformer.{name}": tensor for name, tensor in tensors_of(merged(model, adapter)[0]).items()}, wanted)


def test_published_names_can_be_untied_too(base: Base, make_adapter: Maker, merged: Merged) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = base(torch.float32, kind="gpt2")
    adapter = make_adapter("t", seed=1, base=model, target_modules=["wte", "lm_head"])
    tuned: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), str(adapter))
    bare = {name.removeprefix("transformer."): tensor for name, tensor in tensors_of(model).items()}
    save_file(bare, model / "model.safetensors", metadata={"format": "pt"})
    plain: Any = AutoModelForCausalLM.from_pretrained(merged(model, adapter, untie=True)[0])
    tokens = torch.arange(20)[None]
    with torch.no_grad():
        assert torch.allclose(plain(tokens).logits, tuned(tokens).logits, atol=2e-5)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("model.language_model.layers.0.mlp.up_proj", "language_model.model.layers.0.mlp.up_proj.weight"),
        ("model.language_model.layers.0.mlp.up_proj", "model.layers.0.mlp.up_proj.weight"),
        ("model.visual.blocks.0.attn.qkv", "visual.blocks.0.attn.qkv.weight"),
        ("model.vision_tower.encoder.layers.0.q_proj", "vision_tower.encoder.layers.0.q_proj.weight"),
        ("lm_head", "language_model.lm_head.weight"),
    ],
)
def test_older_names_of_models_that_see_are_known(module: str, name: str, tmp_path: Path, merged: Merged) -> None:
    model, adapter = tmp_path / "m", tmp_path / "a"
    model.mkdir()
    adapter.mkdir()
    (model / "config.json").write_text("{}")
    save_file({name: torch.zeros(5, 3)}, model / "model.safetensors")
    factors = {f"base_model.model.{module}.lora_{letter}.weight": t for letter, t in
               (("A", torch.ones(2, 3)), ("B", torch.ones(5, 2)))}  # fmt: skip
    save_file(factors, adapter / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 2}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    assert torch.equal(tensors_of(merged(model, adapter)[0])[name], torch.full((5, 3), 2.0))


def test_a_hub_model_is_found_in_the_cache(
    base: Base, make_adapter: Maker, merged: Merged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = base()
    adapter = make_adapter("one", seed=1, base=plain)
    home = tmp_path / "cache" / "models--some--model"
    snapshot, revision = home / "snapshots" / ("a" * 40), "a" * 40
    for folder in (snapshot, home / "blobs", home / "refs"):
        folder.mkdir(parents=True)
    (home / "refs" / "main").write_text(revision)
    for path in plain.iterdir():
        path.rename(home / "blobs" / path.name)
        (snapshot / path.name).symlink_to(Path("..", "..", "blobs", path.name))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    _, told = merged("some/model", adapter)
    assert told.base["revision"] == revision
    assert told.base["name"] == "some/model"


def test_embedding_and_head_of_an_untied_model(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter("e", seed=1, base=model, target_modules=["embed_tokens", "lm_head", "q_proj"], lora_alpha=7)
    same(tensors_of(merged(model, adapter)[0]), by_peft(model, adapter))


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("shard", ["1GB", "300KB"])
@pytest.mark.parametrize("targets", [["lm_head"], ["embed"], ["embed", "lm_head"]], ids=str)
def test_tied_weights_are_untied_when_allowed(
    kind: str, shard: str, targets: list[str], base: Base, make_adapter: Maker, merged: Merged
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = base(torch.float32, kind=kind, shard=shard, **({} if kind == "gpt2" else {"tie_word_embeddings": True}))
    name = "wte" if kind == "gpt2" else "embed_tokens"
    adapter = make_adapter("t", seed=1, base=model, target_modules=[t.replace("embed", name) for t in targets])
    with pytest.raises(InvalidInput, match=r"one weight for head and embedding: pass --untie"):
        merged(model, adapter)
    folder, _ = merged(model, adapter, untie=True)
    tokens = torch.arange(20)[None]
    plain: Any = AutoModelForCausalLM.from_pretrained(folder)
    tuned: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), str(adapter))
    with torch.no_grad():
        assert torch.allclose(plain(tokens).logits, tuned(tokens).logits, atol=2e-5)
    assert json.loads((folder / "config.json").read_text())["tie_word_embeddings"] is False
    if shard != "1GB":
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        with safe_open(folder / index["weight_map"]["lm_head.weight"], "pt") as file:
            assert "lm_head.weight" in file.keys()  # noqa: SIM118 - not a dictionary
        assert index["metadata"]["total_size"] == sum(t.nbytes for t in tensors_of(folder).values())


def test_a_head_that_is_stored_as_a_copy_is_tied_too(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(tie_word_embeddings=True)
    tensors = tensors_of(model)
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
    adapter = make_adapter("t", seed=1, base=model, target_modules=["lm_head"])
    with pytest.raises(InvalidInput, match="--untie"):
        merged(model, adapter)
    ours = tensors_of(merged(model, adapter, untie=True)[0])
    assert torch.equal(ours["model.embed_tokens.weight"], tensors["model.embed_tokens.weight"])
    assert not torch.equal(ours["lm_head.weight"], tensors["lm_head.weight"])


def test_tied_weights_that_nobody_changes_stay_tied(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(tie_word_embeddings=True)
    folder, _ = merged(model, make_adapter("q", seed=1, base=model), untie=True)
    assert "lm_head.weight" not in tensors_of(folder)
    assert (folder / "config.json").read_bytes() == (model / "config.json").read_bytes()


def test_the_result_answers_as_the_adapter_does(small_model: Path, make_adapter: Maker, merged: Merged) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    adapter = make_adapter("one", seed=3)
    AutoTokenizer.from_pretrained(small_model).save_pretrained(adapter)
    folder, _ = merged(small_model, f"{adapter}:1")
    tokens = AutoTokenizer.from_pretrained(folder)("What is the unit of force?", return_tensors="pt")
    plain: Any = AutoModelForCausalLM.from_pretrained(folder)
    tuned: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(small_model), str(adapter))
    with torch.no_grad():
        assert torch.allclose(plain(**tokens).logits, tuned(**tokens).logits, atol=1e-5)


def test_again_gives_the_same_bytes(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(shard="300KB")
    adapters = [make_adapter(f"a{seed}", seed=seed, base=model) for seed in range(2)]
    runs = [merged(model, *adapters, method="dare_ties_svd", density=0.5) for _ in range(2)]
    hashes = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} for folder, _ in runs
    ]
    assert hashes[0] == hashes[1]
    # What the base's files were is told too.
    wanted = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in model.glob("*.safetensors")}
    assert runs[0][1].shards == wanted
    assert runs[0][1].written_bytes == sum(path.stat().st_size for path in model.glob("*.safetensors"))


def test_an_adapter_that_lacks_a_layer_leaves_it_to_the_others(
    base: Base, make_adapter: Maker, merged: Merged
) -> None:
    model = base()
    wide = make_adapter("wide", seed=1, base=model, target_modules=["q_proj", "v_proj"])
    narrow = make_adapter("narrow", seed=2, base=model, target_modules=["q_proj"])
    folder, told = merged(model, wide, narrow, allow_partial=True)
    name = "model.layers.0.self_attn.v_proj.weight"
    assert torch.equal(tensors_of(folder)[name], by_peft(model, wide)[name])
    assert told.layers == 4


# What is refused, before anything is written.


def edited(path: Path, **entries: Any) -> None:
    """A JSON file with entries replaced."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def _quantised(model: Path) -> None:
    edited(model / "config.json", quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True})


def _retyped(name: str, change: Any) -> Any:
    def edit(model: Path) -> None:
        tensors = load_file(model / "model.safetensors")
        tensors |= change(tensors.pop(name), name)
        save_file(tensors, model / "model.safetensors")

    return edit


Q = "model.layers.0.self_attn.q_proj.weight"
REFUSALS = {
    "quantised": (_quantised, "quantization_config bitsandbytes.*needs the 16-bit base"),
    "packed": (
        _retyped(Q, lambda t, n: {n: t, n + ".absmax": torch.zeros(3)}),
        rf"quantised \({Q}.absmax\)",
    ),
    "float8": (_retyped(Q, lambda t, n: {n: t.to(torch.float8_e4m3fn)}), f"quantised .*{Q}"),
    "integers": (_retyped(Q, lambda t, n: {n: t.to(torch.int8)}), f"{Q} of the base is I8"),
    "wrong shape": (_retyped(Q, lambda t, n: {n: t[:100].contiguous()}), "192 x 192 in .*100 x 192: it is another"),
    "no tensor": (_retyped(Q, lambda t, n: {"x": t}), r"no weight for 1 of the 14 .*layers.0.self_attn.q_proj"),
    "no match": (
        lambda model: save_file({"x": torch.zeros(2)}, model / "model.safetensors"),
        "no weight for 14 of the 14 .* and 9 more",
    ),
    "no config": (lambda model: (model / "config.json").unlink(), "no config.json"),
    "bad config": (lambda model: (model / "config.json").write_text("{"), "config.json cannot be read"),
    "no weights": (lambda model: (model / "model.safetensors").unlink(), "holds neither"),
    "overflow": (_retyped(Q, lambda t, n: {n: torch.full_like(t, torch.nan)}), f"{Q}, rows 0 to 64"),
}


@pytest.mark.parametrize("case", REFUSALS, ids=str)
def test_a_base_that_does_not_fit_is_refused(case: str, base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    edit, said = REFUSALS[case]
    edit(model)
    with pytest.raises(BadModel, match=said) as caught:
        merged(model, adapter)
    assert caught.value.exit_code == 2
    if case != "overflow":
        _nothing_written(model.parent)


def _nothing_written(folder: Path) -> None:
    assert [path for out in folder.glob("out_*") for path in out.iterdir()] == []


@pytest.mark.parametrize("targets", [["embed_tokens"], ["lm_head"]], ids=str)
def test_other_vocabularies_are_told_in_numbers(
    targets: list[str], base: Base, make_adapter: Maker, merged: Merged
) -> None:
    model = base()
    adapter = make_adapter("wide", seed=1, base=base(vocab_size=264), target_modules=targets)
    with pytest.raises(BadModel, match=r"trained with 264 tokens, and .* of the base has 256 rows"):
        merged(model, adapter)
    _nothing_written(model.parent)


def test_a_copy_of_another_embedding_is_refused(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter("e", seed=1, base=model, target_modules=["embed_tokens"])
    merged(model, adapter)
    tensors = tensors_of(model)
    tensors["model.embed_tokens.weight"][70, 3] += 1
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadModel, match=r"carries a copy of model\.embed_tokens that differs"):
        merged(model, adapter)


def test_a_tokenizer_that_outgrew_the_base_is_refused(
    base: Base, small_model: Path, make_adapter: Maker, merged: Merged
) -> None:
    from transformers import AutoTokenizer

    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    tokenizer: Any = AutoTokenizer.from_pretrained(small_model)
    tokenizer.save_pretrained(adapter)
    with pytest.raises(BadModel, match=rf"tokenizer of .* has {len(tokenizer)} tokens.* 256 rows"):
        merged(model, adapter)
    _nothing_written(model.parent)


def test_two_names_of_one_layer_cannot_both_be_meant(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base(kind="gpt2")
    adapter = make_adapter("g", seed=1, base=model, target_modules=["c_attn"], fan_in_fan_out=True)
    tensors = load_file(adapter / "adapter_model.safetensors")
    double = {name.replace("transformer.h.0", "model.transformer.h.0"): t.clone() for name, t in tensors.items()}
    save_file(tensors | double, adapter / "adapter_model.safetensors")
    with pytest.raises(BadModel, match=r"both belong to the base's transformer\.h\.0\.attn\.c_attn\.weight"):
        merged(model, adapter)


def test_a_full_disk_is_noticed_before(
    base: Base, make_adapter: Maker, merged: Merged, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(DiskFull, match=r"needs 0\.02 GB, .* has 0\.00 GB free"):
        merged(model, adapter)
    _nothing_written(model.parent)


def test_the_output_stays_out_of_the_base(base: Base, make_adapter: Maker) -> None:
    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    params = MergeParams(adapters=[str(adapter)], into_base=True, base_model_name=str(model), output_dir="x")
    inner = model / "inner"
    inner.mkdir()
    with pytest.raises(Conflict, match="inside the base"):
        write_model(inner, open_parents(params, Settings()), params, Settings())
    assert list(inner.iterdir()) == []


def test_a_hub_model_that_is_not_here_is_named(make_adapter: Maker, merged: Merged, tmp_path: Path) -> None:
    adapter = make_adapter("one", seed=1)
    for name, said in (("some/model-that-is-not-here", "hf download"), ("./nowhere", "no folder"), ("a b", "hf down")):
        with pytest.raises(BadModel, match=said):
            merged(name, adapter)


def test_an_adapter_with_nan_is_named(base: Base, make_adapter: Maker, merged: Merged) -> None:
    model = base()
    adapter = make_adapter("one", seed=1, base=model)
    tensors = load_file(adapter / "adapter_model.safetensors")
    name = next(iter(tensors))
    tensors[name][0, 0] = torch.nan
    save_file(tensors, adapter / "adapter_model.safetensors")
    with pytest.raises(PipelineError, match="NaN"):
        merged(model, adapter)


CHILD = """
import resource, sys
from pathlib import Path
import torch
from backend.core.params import MergeParams
from backend.core.environment.settings import Settings
from backend.engine.merge.into_base import write_model
from backend.engine.merge.parents import open_parents

torch.set_num_threads(1)
torch.mm(torch.ones(64, 64), torch.ones(64, 64))
base, adapter, folder = sys.argv[1:]
data = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData"))
limit = (data << 10) + (64 << 20) + Path(adapter, "adapter_model.safetensors").stat().st_size
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
params = MergeParams(adapters=[adapter], into_base=True, base_model_name=base, output_dir="x")
write_model(Path(folder), open_parents(params, Settings()), params, Settings())
assert not {"transformers", "peft", "bitsandbytes"} & set(sys.modules)
try:
    torch.empty(96 << 20, dtype=torch.uint8)
except RuntimeError:
    print("the limit holds")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits on data are Linux's")
def test_a_model_of_any_size_takes_64_mb(tmp_path: Path) -> None:
    torch.manual_seed(0)
    base, adapter, out = (tmp_path / name for name in ("base", "adapter", "out"))
    for folder in (base, adapter, out):
        folder.mkdir()
    names = [f"model.layers.{layer}.mlp.up_proj" for layer in range(16)]
    # One block of random numbers for all layers: 134 MB of weights in a moment.
    weight = torch.randn(2048, 2048).to(torch.bfloat16)
    save_file({f"{name}.weight": weight.clone() for name in names}, base / "model.safetensors")
    (base / "config.json").write_text("{}")
    factors = {"lora_A": torch.randn(8, 2048), "lora_B": torch.randn(2048, 8) / 50}
    save_file(
        {f"base_model.model.{name}.{key}.weight": t.clone() for name in names for key, t in factors.items()},
        adapter / "adapter_model.safetensors",
    )
    config = {"peft_type": "LORA", "r": 8, "lora_alpha": 8, "base_model_name_or_path": str(base)}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(base), str(adapter), str(out)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "the limit holds\n", done.stderr
    wanted = (weight.float() + factors["lora_B"] @ factors["lora_A"]).to(torch.bfloat16)
    with safe_open(out / "model.safetensors", "pt") as file:
        assert torch.equal(file.get_tensor(f"{names[7]}.weight"), wanted)
