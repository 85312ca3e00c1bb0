"""Every file in `config/` is a run that would start."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.params import EvaluationParams, GenerationParams, MergeParams, Params, TrainParams
from backend.core.paths import PROJECT_ROOT

CONFIGS = sorted((PROJECT_ROOT / "config").glob("*_*.yaml"))
"""Named after their kind; prices and rubrics are no runs."""


def test_there_are_configs() -> None:
    assert PROJECT_ROOT / "config" / "train_tiny_physics.yaml" in CONFIGS


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_config_validates_and_says_what_it_is(path: Path) -> None:
    kinds: dict[str, type[Params]] = {
        "train": TrainParams,
        "merge": MergeParams,
        "evaluate": EvaluationParams,
        "generate": GenerationParams,
    }
    parse_params(kinds[path.stem.partition("_")[0]], ["--config", str(path)])
    assert path.read_text(encoding="utf-8").startswith("# ")


LAUNCHES = sorted((PROJECT_ROOT / "config" / "accelerate").glob("*.yaml"))


@pytest.mark.parametrize("path", LAUNCHES, ids=lambda path: path.name)
def test_accelerate_reads_each_of_its_files_and_its_command_is_one(path: Path) -> None:
    pytest.importorskip("accelerate")
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.commands.launch import launch_command_parser

    config = load_config_from_file(str(path))
    assert config.num_processes % config.num_machines == 0
    head, _, _ = path.read_text(encoding="utf-8").partition("compute_environment")
    (command,) = re.findall(r"accelerate launch (.+)", head)
    given = launch_command_parser().parse_args(shlex.split(command))
    assert given.config_file == f"config/accelerate/{path.name}"
    assert given.training_script == "train.py"
    parse_params(TrainParams, given.training_script_args)


def test_fsdp_gets_what_a_base_in_4_bit_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin as the Trainer has accelerate make it, from the variables that accelerate launch sets."""
    pytest.importorskip("accelerate")
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils import FullyShardedDataParallelPlugin
    from accelerate.utils.launch import prepare_multi_gpu_env

    path = PROJECT_ROOT / "config" / "accelerate" / "fsdp_qlora.yaml"
    given = launch_command_parser().parse_args(["--config_file", str(path), "train.py"])
    monkeypatch.setattr("accelerate.commands.launch.is_bf16_available", lambda *_: True)
    given, *_ = _validate_launch_command(given)
    for name, value in prepare_multi_gpu_env(given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("accelerate.utils.dataclasses.is_cuda_available", lambda: True)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 0)
    plugin = FullyShardedDataParallelPlugin()
    assert (plugin.fsdp_version, plugin.use_orig_params, plugin.sync_module_states) == (1, False, True)
    assert "SHARDED_STATE_DICT" in str(plugin.state_dict_type)
