"""The launchers' files: as they were when somebody last read them, the run's own parameters in them, and no secret.

python -m tests.core.launching.test_launching      writes the golden files anew
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.core.cli import parse_params
from backend.core.launching import kubernetes, skypilot, slurm
from backend.core.launching.__main__ import main
from backend.core.launching.command import flags_of, name_of, shell
from backend.core.params import TrainParams
from backend.core.params.launch import KubernetesLaunch, SkyPilotLaunch, SlurmLaunch

GOLDEN = Path(__file__).parent / "golden"
RUN = ["--config", "config/train_7b_24gb.yaml", "--adapter_name", "My_adapter.2", "--num_machines", "2"]
COMMANDS = {
    "slurm.sbatch": ["slurm", *RUN, "--partition", "gpu", "--needs_token"],
    "kubernetes.yaml": ["kubernetes", *RUN, "--image", "registry/qlora:1", "--volume_claim", "work", "--needs_token"],
    "skypilot.yaml": ["skypilot", *RUN, "--accelerator", "H100", "--volume", "work", "--needs_token"],
}
TRICKY: dict[str, Any] = {
    "dataset_path": "it's $HOME.json", "adapter_name": "a", "system_prompt": 'Say "no"\nin `two` lines, -- or $none.',
    "lora_target_modules": ["q_proj", "v_proj"], "column_mapping": {"input": "the question", "output": "b"},
    "load_in_4bit": False, "learning_rate": 1e-5, "description": "-v", "sample_prompts": ["What's that?"],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_is_as_it_was_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(COMMANDS[name]) == 0
    assert capsys.readouterr().out == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_no_file_holds_a_secret(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = {"HF_TOKEN": "hf_hidden1", "OPENAI_API_KEY": "sk-hidden2", "API_TOKEN": "hidden3"}
    for key, value in secrets.items():
        monkeypatch.setenv(key, value)
    (tmp_path / ".env").write_text("WEBHOOK_SECRET=hidden4\n")
    main(COMMANDS[name])
    written = capsys.readouterr().out
    assert "HF_TOKEN" in written
    assert "hidden" not in written


def given() -> TrainParams:
    return TrainParams.model_validate(TRICKY)


def in_shell(lines: str) -> list[str]:
    """The flags that `train.py` would get, from a shell that has read the lines."""
    script = f"train() {{ shift; printf '%s\\0' \"$@\"; }}\nMODEL_OUTPUT_DIR=models\n{lines}"
    ended = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    return ended.stdout.split("\0")[:-1]


def test_the_run_s_parameters_arrive_as_they_were_given() -> None:
    assert parse_params(TrainParams, flags_of(given())) == given()
    assert parse_params(TrainParams, in_shell(shell(given(), "train"))) == given()


@pytest.mark.parametrize("kind", ["kubernetes", "skypilot"])
def test_they_arrive_through_yaml_too(kind: str) -> None:
    if kind == "kubernetes":
        job = KubernetesLaunch.model_validate({**TRICKY, "image": "x", "volume_claim": "work"})
        spec = yaml.safe_load(kubernetes.render(job))["spec"]["trainer"]
        assert spec["command"] == ["bash", "-euc"]
        (lines,) = spec["args"]
        assert "torchrun train.py" in lines
    else:
        task = SkyPilotLaunch.model_validate({**TRICKY, "accelerator": "H100"})
        lines = yaml.safe_load(skypilot.render(task))["run"]
    lines = re.sub(r"^(timeout|torchrun) .*?train\.py", "train train.py", lines, flags=re.MULTILINE)
    assert parse_params(TrainParams, in_shell(lines)) == given()


def test_it_goes_on_where_it_had_begun(tmp_path: Path) -> None:
    params = TrainParams(dataset_path="x", output_dir=str(tmp_path / "two words"))
    assert "--resume" not in in_shell(shell(params, "train"))
    begun = tmp_path / ".partial-two words" / "params.json"
    begun.parent.mkdir()
    begun.write_text("{}")
    assert in_shell(shell(params, "train"))[-1] == "--resume"


def test_a_batch_script_is_one_to_bash_and_starts_a_process_a_gpu() -> None:
    params = SlurmLaunch.model_validate({**TRICKY, "num_machines": 4, "gpus_per_machine": 8})
    assert params.num_processes == 32
    script = slurm.render(params)
    assert "#SBATCH --nodes=4\n" in script
    assert "--nnodes 4 --nproc_per_node 8" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["slurm", *RUN, "--num_processes", "3"], "not one for each of the 16 GPUs"),
        (["skypilot", *RUN, "--accelerator", "H100"], "give volume, which all of them see"),
        (["kubernetes", *RUN], "--image is required"),
        (["slurm", *RUN, "--sample_prompts=-v"], "sample_prompts: what begins with a dash"),
    ],
)
def test_what_cannot_be_launched_is_refused(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(flags)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert sentence in capsys.readouterr().err


def test_a_job_has_a_name_that_every_cluster_takes() -> None:
    assert name_of(TrainParams(dataset_path="x", adapter_name="My_adapter.2")) == "my-adapter-2"
    assert name_of(TrainParams(dataset_path="x", output_dir="models/" + "a" * 90)) == "a" * 63


if __name__ == "__main__":
    for _file, _flags in COMMANDS.items():
        _command = [sys.executable, "-m", "backend.core.launching", *_flags]
        (GOLDEN / _file).write_text(subprocess.run(_command, capture_output=True, text=True, check=True).stdout)
        sys.stderr.write(f"{_file}: {shlex.join(_flags)}\n")
