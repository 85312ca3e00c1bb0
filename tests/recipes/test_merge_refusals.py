"""Adapters that must not be merged are refused with the file, the module and the value; nothing is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.engine.adapter_file import CONFIG, WEIGHTS
from tests.conftest import Maker
from tests.recipes.conftest import Run

Damage = Callable[[Path], None]


def config(**changes: Any) -> Damage:
    def change(folder: Path) -> None:
        path = folder / CONFIG
        content = {**json.loads(path.read_text()), **changes}
        path.write_text(json.dumps({key: value for key, value in content.items() if value != "gone"}))

    return change


def tensors(edit: Callable[[dict[str, torch.Tensor]], None]) -> Damage:
    def change(folder: Path) -> None:
        found = load_file(folder / WEIGHTS)
        edit(found)
        save_file({key: value.contiguous() for key, value in found.items()}, folder / WEIGHTS)

    return change


def weights(content: bytes) -> Damage:
    return lambda folder: folder.joinpath(WEIGHTS).write_bytes(content) and None


def written(text: str) -> Damage:
    return lambda folder: folder.joinpath(CONFIG).write_text(text) and None


def first(found: dict[str, torch.Tensor], letter: str) -> str:
    return next(key for key in found if f"lora_{letter}" in key)


def drop(letter: str) -> Damage:
    def edit(found: dict[str, torch.Tensor]) -> None:
        del found[first(found, letter)]

    return tensors(edit)


def replaced(letter: str, make: Callable[[torch.Tensor], torch.Tensor]) -> Damage:
    return tensors(lambda found: found.update({first(found, letter): make(found[first(found, letter)])}))


def poisoned(value: float) -> Damage:
    def edit(found: dict[str, torch.Tensor]) -> None:
        found[first(found, "A")][0, 0] = value

    return tensors(edit)


def magnitude(found: dict[str, torch.Tensor]) -> None:
    key = first(found, "B")
    found[key.replace("lora_B.weight", "lora_magnitude_vector")] = torch.ones(len(found[key]))


BAD: dict[str, tuple[Damage, str]] = {
    "no config": (lambda folder: (folder / CONFIG).unlink(), "holds no adapter_config.json"),
    "config no json": (written("{"), "cannot be read as JSON"),
    "config empty": (written(""), "cannot be read as JSON"),
    "not lora": (config(peft_type="IA3"), "peft_type is 'IA3'"),
    "r zero": (config(r=0), "r is 0"),
    "alpha null": (config(lora_alpha=None), "lora_alpha is None"),
    "alpha zero": (config(lora_alpha=0), "lora_alpha is 0"),
    "alpha nan": (config(lora_alpha=float("nan")), "lora_alpha is nan"),
    "rank off the config": (config(r=5), "has rank 4, adapter_config.json says 5"),
    "rank pattern off": (config(rank_pattern={"q_proj": 7}), "q_proj has rank 4, adapter_config.json says 7"),
    "dora": (config(use_dora=True), "has DoRA"),
    "dora by its tensors": (tensors(magnitude), "has DoRA"),
    "lora bias": (config(lora_bias=True), "LoRA biases"),
    "bias": (config(bias="all"), "trained biases"),
    "modules to save": (config(modules_to_save=["lm_head"]), "fully trained modules"),
    "tokens": (config(trainable_token_indices=[1]), "trained tokens"),
    "target parameters": (config(target_parameters=["x"]), "parameters as targets"),
    "replication": (config(layer_replication=[[0, 1]]), "replicated layers"),
    "qalora": (config(use_qalora=True), "QA-LoRA"),
    "pissa": (config(init_lora_weights="pissa"), "begun with pissa"),
    "loftq": (config(init_lora_weights="loftq"), "begun with loftq"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "holds no adapter_model.safetensors"),
    "pickle": (lambda folder: (folder / WEIGHTS).rename(folder / "adapter_model.bin") and None,
               "holds files that can run code when opened"),
    "lfs": (weights(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git-lfs pointer"),
    "empty": (weights(b""), "is damaged"),
    "header too long": (weights(b"\xff" * 16), "is damaged"),
    "truncated": (lambda folder: weights((folder / WEIGHTS).read_bytes()[:-9])(folder), "is damaged"),
    "no tensors": (tensors(lambda found: found.clear()), "holds no tensors"),
    "a without b": (drop("B"), "has no lora_B"),
    "b without a": (drop("A"), "has no lora_A"),
    "ranks differ": (replaced("A", lambda a: a[:-1]), "their ranks differ"),
    "integers": (replaced("B", lambda b: b.to(torch.int8)), "is of type I8"),
    "convolution": (replaced("A", lambda a: a[:, :, None, None]), "only factors of matrices"),
    "nan": (poisoned(torch.nan), "holds NaN or infinity"),
    "infinity": (poisoned(torch.inf), "holds NaN or infinity"),
    "unknown keys": (tensors(lambda found: found.update({"base_model.model.lm_head.weight": torch.ones(2, 2)})),
                     "no LoRA factors: base_model.model.lm_head.weight"),
    "foreign prefix": (tensors(lambda found: found.update({"x.lora_A.weight": torch.ones(4, 2)})), "x.lora_A.weight"),
}  # fmt: skip


def refused(run: Run, tmp_path: Path, told: str, *flags: object) -> None:
    """Exit 2, the words in one line, and no new file anywhere."""
    before = sorted(tmp_path.rglob("*"))
    outcome = run("merge_multiple_loras", *flags, "--output_dir", tmp_path / "out" / "merged", "--prove", "false")
    assert outcome.code == 2, outcome.err
    assert told in outcome.err.replace("\n", " ")
    assert "Traceback" not in outcome.err
    assert [path for path in sorted(tmp_path.rglob("*")) if "out" in path.parts and path.is_file()] == []
    assert set(before) <= set(tmp_path.rglob("*"))


@pytest.mark.parametrize("name", BAD)
def test_an_adapter_that_cannot_be_merged_is_refused(run: Run, make_adapter: Maker, tmp_path: Path, name: str) -> None:
    good, bad = make_adapter("good", seed=1), make_adapter("bad", seed=2)
    damage, told = BAD[name]
    damage(bad)
    refused(run, tmp_path, told, "--adapters", good, bad)


@pytest.mark.parametrize(
    ("adapters", "told", "more"),
    [
        (["one:nan"], "no finite number", []),
        (["one:inf", "two"], "no finite number", []),
        (["one:0", "two:0"], "All weights are 0", []),
        (["one:much", "two"], "'much' is no weight", []),
        (["one:1", "two:-1"], "cannot be normalized", ["--normalize", "true"]),
        (["one", "one:2"], "are the same adapter", []),
        (["one", "nobody"], "There is no adapter 'nobody'", []),
        (["one", "two"], "less than or equal to 1", ["--density", "1.5"]),
        (["one", "two"], "greater than 0", ["--density", "0"]),
        (["one", "two"], "rank", ["--rank", "0"]),
        (["one", "two"], "rank", ["--rank", "many"]),
        (["one", "two"], "method", ["--method", "average"]),
        ([], "adapters is empty", []),
        (["one"] * 17, "at most 16", []),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, make_adapter: Maker, tmp_path: Path, adapters: list[str], told: str, more: list[str]
) -> None:
    made = {name: make_adapter(name, seed=seed) for seed, name in enumerate(["one", "two"])}
    given = [":".join([str(made.get(text.partition(":")[0], text.partition(":")[0])), *text.split(":")[1:]])
             for text in adapters]  # fmt: skip
    refused(run, tmp_path, told, *(["--adapters", *given] if given else []), *more)


def test_adapters_of_different_bases_are_listed(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    config(base_model_name_or_path="somebody/else")(two)
    refused(run, tmp_path, "on somebody/else", "--adapters", one, two)
    outcome = run(
        "merge_multiple_loras", "--adapters", one, two, "--assume_same_base", "true", "--prove", "false",
        "--output_dir", tmp_path / "merged",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err


def test_adapters_of_different_layers_need_a_word(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2, target_modules=["q_proj", "v_proj"])
    refused(run, tmp_path, "adapt different layers", "--adapters", one, two)
    outcome = run(
        "merge_multiple_loras", "--adapters", one, two, "--allow_partial", "true", "--prove", "false",
        "--output_dir", tmp_path / "merged",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err


def test_adapters_without_a_common_layer_are_refused(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one = make_adapter("one", seed=1, target_modules=["k_proj"])
    two = make_adapter("two", seed=2, target_modules=["q_proj"])
    refused(run, tmp_path, "no layer in common", "--adapters", one, two, "--allow_partial", "true")


def test_factor_methods_need_one_rank(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2, r=8)
    refused(run, tmp_path, "need the same rank", "--adapters", one, two, "--method", "linear")


def test_an_output_that_exists_or_lies_in_a_parent_is_refused(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    for folder, told in ((one / "inside", "lie inside each other"), (two, "lie inside each other")):
        outcome = run("merge_multiple_loras", "--adapters", one, two, "--output_dir", folder, "--prove", "false")
        assert (outcome.code, told in outcome.err) == (2, True), outcome.err
    shutil.copytree(one, tmp_path / "taken")
    outcome = run(
        "merge_multiple_loras", "--adapters", one, two, "--output_dir", tmp_path / "taken", "--prove", "false"
    )
    assert (outcome.code, "exists already" in outcome.err) == (2, True), outcome.err
