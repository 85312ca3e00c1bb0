"""What a process makes of what its launcher says."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from backend.core.errors import InvalidInput
from backend.core.params.groups import Processes
from backend.core.paths import PROJECT_ROOT
from backend.engine.processes.place import Place, place_of

BY_TORCHRUN = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1"}
NOTHING = Processes()


def by_accelerate(*flags: str) -> dict[str, str]:
    """The environment that `accelerate launch` gives to what it starts on CPUs, from its own code."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_simple_launcher_cmd_env

    given, *_ = _validate_launch_command(launch_command_parser().parse_args([*flags, "train.py"]))
    _, environment = prepare_simple_launcher_cmd_env(given)
    return dict(environment)


def test_torchrun_gives_a_process_its_place() -> None:
    place = Place(rank=3, size=4, local_rank=1, local_size=2)
    assert place_of(NOTHING, BY_TORCHRUN) == place
    assert place_of(NOTHING, {**BY_TORCHRUN, "ACCELERATE_MIXED_PRECISION": "no"}) == place
    assert place_of(Processes(num_processes=4, num_machines=2), BY_TORCHRUN) == place
    assert place.environment == {name: BY_TORCHRUN[name] for name in place.environment}


@pytest.mark.parametrize("environ", [{}, {"WORLD_SIZE": "1"}, {"SLURM_NTASKS": "4"}, {"SLURM_STEP_NUM_TASKS": "1"}])
def test_without_a_launcher_it_is_alone_or_the_first_of_those_asked_for(environ: dict[str, str]) -> None:
    assert place_of(NOTHING, environ) == Place()
    assert place_of(Processes(num_processes=3), environ) == Place(0, 3, 0, 3, starts_others=True)


@pytest.mark.parametrize("asked", [{"num_processes": 2}, {"num_processes": 4, "num_machines": 4}])
def test_a_launcher_that_has_started_others_than_were_asked_for_is_refused(asked: dict[str, int]) -> None:
    *_, name = asked
    with pytest.raises(InvalidInput, match=f"{name}={asked[name]}, and the launcher .* counts {6 - asked[name]}"):
        place_of(Processes(**asked), BY_TORCHRUN)


def test_several_machines_need_a_launcher_on_each() -> None:
    with pytest.raises(InvalidInput, match="--nnodes 2 --nproc_per_node 4") as refused:
        place_of(Processes(num_processes=8, num_machines=2), {})
    assert refused.value.field == "num_machines"
    with pytest.raises(ValueError, match="num_machines=3 cannot have equally many"):
        Processes(num_processes=8, num_machines=3)


def test_a_machine_starts_no_more_than_it_can_bear() -> None:
    with pytest.raises(InvalidInput, match="num_processes=60000: this machine starts"):
        place_of(Processes(num_processes=60_000), {})


def test_accelerate_launch_for_one_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    assert place_of(NOTHING, by_accelerate("--cpu", "--num_processes", "1")) == Place()


@pytest.mark.parametrize(
    "flags", [(), ("--config_file", str(PROJECT_ROOT / "config" / "accelerate" / "ddp.yaml"))], ids=["flags", "file"]
)
def test_accelerate_launch_that_starts_one_of_several_is_refused(
    monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(InvalidInput, match=r"accelerate launch was asked for several .* by --num_processes 2"):
        place_of(NOTHING, by_accelerate("--cpu", "--num_processes", "2", *flags))


@pytest.mark.parametrize("variable", ["WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"])
def test_a_launcher_that_tells_nobody_of_the_others_is_refused(variable: str) -> None:
    with pytest.raises(InvalidInput, match=f"{variable}=4 asks for several processes"):
        place_of(NOTHING, {variable: "4"})
