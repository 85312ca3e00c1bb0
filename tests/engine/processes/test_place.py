"""What a process makes of what its launcher says."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from backend.core.errors import InvalidInput
from backend.engine.processes.place import Place, place_of

BY_TORCHRUN = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1"}


def by_accelerate(*flags: str) -> dict[str, str]:
    """The environment that `accelerate launch` gives to what it starts on CPUs, from its own code."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_simple_launcher_cmd_env

    given, *_ = _validate_launch_command(launch_command_parser().parse_args([*flags, "train.py"]))
    _, environment = prepare_simple_launcher_cmd_env(given)
    return dict(environment)


def test_torchrun_gives_a_process_its_place() -> None:
    assert place_of(BY_TORCHRUN) == Place(rank=3, size=4, local_rank=1, local_size=2)
    assert place_of({**BY_TORCHRUN, "ACCELERATE_MIXED_PRECISION": "no"}).size == 4


@pytest.mark.parametrize("environ", [{}, {"WORLD_SIZE": "1"}, {"SLURM_NTASKS": "4"}, {"SLURM_STEP_NUM_TASKS": "1"}])
def test_without_a_launcher_it_is_alone(environ: dict[str, str]) -> None:
    assert place_of(environ) == Place()


def test_accelerate_launch_for_one_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    assert place_of(by_accelerate("--cpu", "--num_processes", "1")) == Place()


def test_accelerate_launch_that_starts_one_of_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(InvalidInput, match=r"accelerate launch was asked for several .* torchrun --nproc_per_node"):
        place_of(by_accelerate("--cpu", "--num_processes", "2"))


@pytest.mark.parametrize("variable", ["WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_a_launcher_that_tells_nobody_of_the_others_is_refused(variable: str) -> None:
    with pytest.raises(InvalidInput, match=f"{variable}=4 asks for several processes"):
        place_of({variable: "4"})
