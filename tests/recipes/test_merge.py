"""Merging as a person does it: one command, an adapter that plain PEFT loads and that computes the weighted sum."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.paths import PROJECT_ROOT
from tests.conftest import Maker
from tests.recipes.conftest import Run

QUIET = ("--prove", "false", "--register_adapter", "false")
TOKENS = torch.arange(3, 40).unsqueeze(0)


def logits(base: Path, *adapters: tuple[Path, float]) -> torch.Tensor:
    """Of plain transformers and PEFT in float64; several adapters as the sum of their merged updates."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float64)
    weights = {name: weight.clone() for name, weight in plain.state_dict().items()}
    changed = {name: weight.clone() for name, weight in weights.items()}
    for folder, share in adapters:
        fresh = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float64)
        merged: Any = PeftModel.from_pretrained(fresh, str(folder), torch_dtype=torch.float64).merge_and_unload()
        for name, weight in merged.state_dict().items():
            changed[name] += share * (weight - weights[name])
    plain.load_state_dict(changed)
    with torch.inference_mode():
        return torch.as_tensor(plain(TOKENS).logits)


CASES: dict[str, list[dict[str, Any]]] = {
    "plain": [{}, {}],
    "different ranks": [{"r": 2}, {"r": 12, "lora_alpha": 3}],
    "rank-stabilised and plain": [{"use_rslora": True}, {}],
    "patterns": [{"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"down_proj": 7}}, {}],
    "some layers": [{"layers_to_transform": [0], "target_modules": ["q_proj"]}, {"target_modules": ["q_proj"]}],
    "different layers": [{"target_modules": ["q_proj", "o_proj"]}, {"target_modules": ["o_proj", "up_proj"]}],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["sum", "cat"])
def test_the_merged_adapter_in_plain_peft_computes_the_weighted_sum(
    run: Run, make_adapter: Maker, small_model: Path, tmp_path: Path, case: str, method: str
) -> None:
    one, two = (make_adapter(f"a{place}", seed=place, **given) for place, given in enumerate(CASES[case]))
    flags = ["--method", method, "--allow_partial", "true", "--output_dir", tmp_path / "m"]
    flags += ["--rank", "sum"] if method == "sum" else []
    outcome = run("merge_multiple_loras", "--adapters", f"{one}:0.7", f"{two}:-0.4", *flags, *QUIET)
    assert outcome.code == 0, outcome.err
    bare, wanted = logits(small_model), logits(small_model, (one, 0.7), (two, -0.4))
    got = logits(small_model, (tmp_path / "m", 1.0))
    assert float((got - wanted).norm()) <= 1e-5 * float((wanted - bare).norm())


def test_one_adapter_of_weight_one_stays_what_it_is(
    run: Run, make_adapter: Maker, small_model: Path, tmp_path: Path
) -> None:
    one = make_adapter("one", seed=1, use_rslora=True, rank_pattern={"v_proj": 3})
    outcome = run("merge_multiple_loras", "--adapters", one, "--output_dir", tmp_path / "m", "--rank", "sum", *QUIET)
    assert outcome.code == 0, outcome.err
    wanted, got = logits(small_model, (one, 1.0)), logits(small_model, (tmp_path / "m", 1.0))
    assert float((got - wanted).norm()) <= 1e-6 * float((wanted - logits(small_model)).norm())


def hashes(folder: Path) -> dict[str, str]:
    made = ("run.json", "merge_manifest.json", "training.log", "params.json", "README.md")  # they tell times and paths
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and path.name not in made
    }


@pytest.mark.parametrize("method", ["sum", "dare_ties_svd", "dare_linear"])
def test_the_same_inputs_give_the_same_bytes(run: Run, make_adapter: Maker, tmp_path: Path, method: str) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    for name in ("m1", "m2"):
        flags = ["--method", method, "--output_dir", tmp_path / name, *QUIET]
        assert run("merge_multiple_loras", "--adapters", one, two, *flags).code == 0
    assert hashes(tmp_path / "m1") == hashes(tmp_path / "m2")
    assert "adapter_model.safetensors" in hashes(tmp_path / "m1")


def test_methods_on_the_factors_say_how_far_off_the_sum_they_are(
    run: Run, make_adapter: Maker, tmp_path: Path
) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    flags = ["--method", "linear", "--output_dir", tmp_path / "m", *QUIET]
    outcome = run("merge_multiple_loras", "--adapters", one, two, *flags)
    assert "off the weighted sum" in outcome.out
    manifest = json.loads((tmp_path / "m" / "merge_manifest.json").read_text())
    assert manifest["result"]["drift_from_sum"] > 0.3


def test_the_manifest_names_every_input_and_output_by_its_hash(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    flags = ["--adapters", f"{one}:2", f"{two}:1", "--normalize", "true", "--output_dir", tmp_path / "m", *QUIET]
    assert run("merge_multiple_loras", *flags).code == 0
    manifest = json.loads((tmp_path / "m" / "merge_manifest.json").read_text())
    assert [parent["weight_given"] for parent in manifest["parents"]] == [2, 1]
    assert [parent["weight"] for parent in manifest["parents"]] == pytest.approx([2 / 3, 1 / 3])
    weights = hashlib.sha256((one / "adapter_model.safetensors").read_bytes()).hexdigest()
    assert manifest["parents"][0]["weights_sha256"] == weights
    files = {path.name for path in (tmp_path / "m").iterdir()} - {"merge_manifest.json"}
    assert set(manifest["files"]) == files
    assert manifest["params"]["rank"] is None
    assert 0 < manifest["result"]["energy_kept"]["median"] <= 1


def test_the_report_compares_and_writes_nothing(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2, r=8)
    before = sorted(tmp_path.rglob("*"))
    outcome = run("merge_multiple_loras", "--adapters", one, f"{two}:0.5", "--report", "true")
    assert outcome.code == 0, outcome.err
    for words in ("cosine", "sign conflict", "energy of the sum kept at rank", "Recommended: --method sum"):
        assert words in outcome.out
    assert sorted(tmp_path.rglob("*")) == before


def test_opposed_adapters_are_reported_as_opposed(run: Run, make_adapter: Maker, tmp_path: Path) -> None:
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=1, lora_alpha=8)
    outcome = run(
        "merge_multiple_loras", "--adapters", one, f"{two}:-1", "--report", "true", "--allow_duplicates", "true"
    )
    assert "-1.000  100.0%" in outcome.out
    assert "--method ties_svd" in outcome.out


def test_merging_needs_no_base_no_network_and_no_transformers(make_adapter: Maker, tmp_path: Path) -> None:
    """In a process of its own, with the libraries made unimportable and a base that does not exist."""
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    for folder in (one, two):
        path = folder / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": "nobody/has-it"}))
    program = (
        "import socket, sys\n"
        "for name in ('transformers', 'peft', 'bitsandbytes'): sys.modules[name] = None\n"
        "socket.socket.connect = None\n"
        "import merge_multiple_loras as recipe\n"
        "from backend.core.params import MergeParams\n"
        f"recipe.main(MergeParams(adapters=[{str(one)!r}, {str(two)!r}], output_dir='m', prove=False))\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "ADAPTER_CONFIG_PATH": str(tmp_path / "adapters.json")}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m" / "adapter_model.safetensors").is_file()
    (entry,) = json.loads((tmp_path / "adapters.json").read_text())["adapters"]
    assert entry["merged_from"] == [{"name": str(one), "weight": 1.0}, {"name": str(two), "weight": 1.0}]


KILLED = """
import os, signal, sys
import torch
import merge_multiple_loras as recipe
from backend.core.params import MergeParams
from backend.engine.merge import story

torch.set_num_threads(1)
TOUCHING = ("open", "os.rename", "os.chmod", "os.mkdir", "os.remove", "shutil.rmtree")
step, adapters, base = int(sys.argv[1]), sys.argv[2:4], sys.argv[4:]
into_base = {"into_base": True, "base_model_name": base[0]} if base else {}
params = MergeParams(adapters=adapters, output_dir="m", prove=False, register_adapter=False, **into_base)


def killed_at(event):
    def count(name, args, left=[event]):
        if name in TOUCHING:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    recipe.main(params)
    os._exit(0)


for event in (*range(1, 20 * step, step), 10**9):
    child = os.fork()
    if child == 0:
        killed_at(event)
    whole = os.waitpid(child, 0)[1] == 0
    seen = sorted(os.listdir("m")) if os.path.exists("m") else None
    print(event, whole, "merge_manifest.json" in seen if seen else seen, flush=True)
    if seen:
        break
"""


@pytest.mark.parametrize("whole_model", [False, True], ids=["adapter", "into its base"])
def test_a_killed_merge_leaves_nothing_at_the_final_name(
    make_adapter: Maker, small_model: Path, tmp_path: Path, whole_model: bool
) -> None:
    """KILL at every third (fourth) touch of a file: the folder is whole or not there, and the next try works."""
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)
    given = ["4", str(one), str(two), str(small_model)] if whole_model else ["3", str(one), str(two)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *given], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    rows = [line.split()[1:] for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert len(rows) >= 20, done.stderr
    assert all(row == ["False", "None"] for row in rows[:-1])
    assert rows[-1][1] == "True"
