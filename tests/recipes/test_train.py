"""`train.py`, from the command line to the folder it leaves."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.registry import AdapterRegistry  # noqa: E402
from tests.recipes.conftest import Run  # noqa: E402

FAST = ("--per_device_train_batch_size", 4, "--gradient_accumulation_steps", 1, "--logging_steps", 1)


@pytest.fixture
def flags(small_model: Path, questions: Path) -> list[object]:
    return ["--dataset_path", questions, "--base_model_name", small_model, "--device", "cpu", *FAST]


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def test_a_run_leaves_a_whole_adapter_and_its_record(run: Run, flags: list[object], tmp_path: Path) -> None:
    outcome = run("train", *flags, "--adapter_name", "forces", "--num_train_epochs", 2, "--validation_split", 0.25)
    assert outcome.code == 0, outcome.err
    folder = tmp_path / "models" / "forces"
    names = {path.name for path in folder.iterdir()}
    assert {
        "adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "README.md", "run.json", "training.log",
        "metrics.jsonl", "training_loss.png", "params.json", "tensorboard",
    } <= names  # fmt: skip
    assert not any(path.name.startswith(".") for path in (tmp_path / "models").iterdir())
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "loss" in row] == [1, 2, 3, 4, 5, 6]
    assert all(row["eval_perplexity"] > 1 for row in rows if "eval_loss" in row)
    record = json.loads((folder / "run.json").read_text())
    assert record["result"]["steps"] == 6
    assert record["dataset"]["examples"] == 12
    assert record["params"]["learning_rate"] == 2e-4
    entry = AdapterRegistry(tmp_path / "adapters.json").find("forces")
    assert (entry.path, entry.base_model) == (str(folder), str(flags[3]))
    assert "Trained forces" in outcome.out
    assert any((folder / "tensorboard").iterdir())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(
    run: Run, flags: list[object], tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("train", *flags, "--output_dir", tmp_path / name, "--num_train_epochs", 1, "--seed", seed).code == 0
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    assert weights(tmp_path / "a") != weights(tmp_path / "c")


def test_an_evaluation_during_training_changes_nothing(run: Run, flags: list[object], tmp_path: Path) -> None:
    """train, eval, train equals train, train: see `keep_weights_unpacked`."""
    for name, every in (("often", 1), ("once", 1000)):
        steps = ("--eval_steps", every, "--validation_split", 0.25, "--num_train_epochs", 2)
        assert run("train", *flags, "--output_dir", tmp_path / name, *steps).code == 0
    assert weights(tmp_path / "often") == weights(tmp_path / "once")


def test_plain_peft_loads_the_adapter_and_computes_the_same(
    run: Run, flags: list[object], small_model: Path, tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    assert run("train", *flags, "--output_dir", tmp_path / "a", "--learning_rate", 1e-2).code == 0
    ids = torch.arange(3, 40).unsqueeze(0)
    base = AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32)
    bare = base(ids).logits
    plain = PeftModel.from_pretrained(base, str(tmp_path / "a"))(ids).logits
    given = {"model_path": str(tmp_path / "a"), "load_in_4bit": False, "device": "cpu", "dtype": "bfloat16"}
    ours = ModelInference(InferenceParams.model_validate(given)).model(ids).logits
    assert (plain - bare).abs().max() > 0.05  # the adapter does something
    # Four roundings to bfloat16 on the average; the largest of twelve thousand is a matter of chance (1.8 to 5.2).
    assert (plain - ours.float()).abs().mean() < 2**-8 * 4 * plain.abs().mean()


def test_early_stopping_restores_the_best_checkpoint(run: Run, flags: list[object], tmp_path: Path) -> None:
    """A learning rate that ruins the model: the validation loss rises, and the first evaluation stays the best."""
    outcome = run(
        "train", *flags, "--output_dir", tmp_path / "a", "--validation_split", 0.25, "--num_train_epochs", 20,
        "--learning_rate", 1.0, "--warmup_ratio", 0, "--max_grad_norm", 0, "--early_stopping_patience", 2,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    rows = [json.loads(line) for line in (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    result = json.loads((tmp_path / "a" / "run.json").read_text())["result"]
    assert result["epochs"] < 20
    assert result["eval_loss"] == pytest.approx(min(losses), rel=1e-3)


@pytest.mark.parametrize(
    "variant",
    [
        ("--load_in_8bit",),
        ("--load_in_4bit", "false", "--use_dora"),
        ("--neftune_noise_alpha", "5", "--use_rslora", "--gradient_checkpointing"),
        ("--optim", "adafactor", "--lr_scheduler_type", "linear", "--group_by_length", "false"),
    ],
    ids=lambda flags: flags[0],
)
def test_every_variant_trains_to_the_end(
    variant: tuple[str, ...], run: Run, flags: list[object], tmp_path: Path
) -> None:
    outcome = run(
        "train", *flags, "--output_dir", tmp_path / "a", "--num_train_epochs", 3, "--learning_rate", 1e-2, *variant
    )
    assert outcome.code == 0, outcome.err
    losses = [json.loads(line)["loss"] for line in (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0]


def test_a_dry_run_prints_the_plan_and_writes_nothing(run: Run, flags: list[object], tmp_path: Path) -> None:
    outcome = run("train", *flags, "--adapter_name", "a", "--dry_run")
    assert outcome.code == 0, outcome.err
    for told in ("16 examples", "Steps: 12", "Memory: about", "Time:", "Nothing was written"):
        assert told in outcome.out
    assert not (tmp_path / "models").exists()


def bad(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


LONG = json.dumps([{"input": "mass " * 200, "output": "newton"}])
BAD_DATA: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "non-JSON": ("hello there", "is not JSON"),
    "non-UTF-8": (b'[{"input": "\xff", "output": "a"}]', "is not UTF-8"),
    "truncated": ('[{"input": "q", "output": "a"}, {"input', "looks cut off"),
    "without the fields": ('[{"text": "q"}]', "record 0 has text"),
    "one bad record": ('[{"input": "q", "output": "a"}, {"input": "q"}]', "record 1: output is missing"),
    "empty answers": ('[{"input": "q", "output": ""}]', "answers are empty"),
    "too long": (LONG, "longer than max_length=64"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data_is_refused_and_nothing_is_written(case: str, run: Run, flags: list[object], tmp_path: Path) -> None:
    content, told = BAD_DATA[case]
    path = bad(tmp_path, "bad.json", content)
    outcome = run("train", *flags, "--dataset_path", path, "--adapter_name", "a", "--max_length", 64)
    assert (outcome.code, told in outcome.err) == (2, True), outcome.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.json"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--dataset_path", "nothing.json"], "There is no file"),
        (["--lora_target_modules", "query"], "This model has down_proj"),
        (["--base_model_name", "./nowhere"], "There is no folder"),
        (["--base_model_name", "nobody/nothing"], "is not on this machine"),
        (["--optim", "magic"], "Known: "),
        (["--device", "cuda"], "PyTorch finds none"),
        (["--learning_rate", "7"], "less than or equal to 1"),
        (["--leraning_rate", "1e-4"], "unrecognized arguments"),
        (["--output_dir", "/sys/adapter"], "permission to write"),
        (["--output_dir", "/etc/hostname/adapter"], "is a file"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_bad_flags_are_refused_and_nothing_is_written(
    given: list[str], told: str, run: Run, flags: list[object], tmp_path: Path
) -> None:
    if "cuda" in given and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    outcome = run("train", *flags, "--adapter_name", "a", *given)
    assert (outcome.code, told in outcome.err) == (2, True), outcome.err
    assert not list(tmp_path.rglob("*.safetensors"))
    assert not list(tmp_path.rglob(".partial*"))


def test_an_output_folder_that_exists_is_left_alone(run: Run, flags: list[object], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("precious")
    outcome = run("train", *flags, "--output_dir", tmp_path / "mine")
    assert outcome.code == 2
    assert "exists already" in outcome.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_fills_while_saving_is_told_and_nothing_half_written_stays(
    run: Run, flags: list[object], tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        outcome = run("train", *flags, "--output_dir", disk / "a", "--num_train_epochs", 1)
        assert outcome.code == 1
        assert "No room left on the disk" in outcome.err
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_the_service_is_told_of_progress_metrics_and_the_result(
    run: Run, flags: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tmp_path / "job"
    job.mkdir()
    monkeypatch.setenv("PIPELINE_JOB_DIR", str(job))
    assert run("train", *flags, "--adapter_name", "a", "--num_train_epochs", 1).code == 0
    progress: dict[str, Any] = json.loads((job / "progress.json").read_text())
    assert (progress["phase"], progress["step"], progress["total_steps"]) == ("saving", 4, 4)
    assert json.loads((job / "result.json").read_text())["adapter_name"] == "a"
    assert len((job / "metrics.jsonl").read_text().splitlines()) == 4
    assert run("train", *flags, "--adapter_name", "a").code == 2
    failure = json.loads((job / "failure.json").read_text())
    assert "exists already" in failure["message"]
