"""Which of how many processes this one is, from what its launcher says in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from backend.core.errors import InvalidInput
from backend.core.params.groups import Processes

OTHER_LAUNCHERS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""Where MPI and Slurm say how many processes they started; those know nothing of each other."""
MOST_ANYWHERE = 8
"""Processes that any machine may start; others one for each of its cores, of which there are more than GPUs."""


@dataclass(frozen=True)
class Place:
    """One process among those of a run.

    Args:
        rank: its number, from 0.
        size: how many there are.
        local_rank, local_size: the same among those of its machine.
        starts_others: whether no launcher has started the others, so that this one, the first, must.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    starts_others: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """What a launcher says to a process in this place, but for where the processes meet."""
        numbers = (self.rank, self.size, self.local_rank, self.local_size)
        return dict(zip(PLACE_VARIABLES, map(str, numbers), strict=True))


PLACE_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


def place_of(asked: Processes, environ: Mapping[str, str] = os.environ) -> Place:
    """The place that `torchrun` or `accelerate launch` has given this process; without them, the first of those asked.

    Raises:
        InvalidInput: a launcher has started other processes than those asked for, or one was asked for several, each
            of which would train by itself; or several machines are asked for, and there is no launcher on each; or
            more processes than this machine can bear.
    """
    if "RANK" in environ:
        rank, size, local_rank, local_size = (_number(environ, name, "SIZE" in name) for name in PLACE_VARIABLES)
        place = Place(rank, size, local_rank, local_size)
        _require_as_asked(asked, place)
        return place
    if {"ACCELERATE_MIXED_PRECISION", "MASTER_ADDR"} <= environ.keys():
        # It names a meeting place when it is asked for several, and on CPUs without MPI starts one all the same.
        raise InvalidInput(_refusal("accelerate launch was asked for several processes, and started one"))
    if found := next((name for name in ("WORLD_SIZE", *OTHER_LAUNCHERS) if _number(environ, name, 1) > 1), None):
        raise InvalidInput(_refusal(f"{found}={environ[found]} asks for several processes, and each is by itself"))
    if asked.num_machines > 1:
        each = asked.num_processes // asked.num_machines
        raise InvalidInput(
            f"num_machines={asked.num_machines}: this process can start others on its own machine alone. Run on each "
            f"of them: torchrun --nnodes {asked.num_machines} --nproc_per_node {each} --rdzv_backend c10d "
            "--rdzv_endpoint <first machine>:29500 train.py ...; docs/scale.md tells how a cluster does it.",
            "num_machines",
        )
    count, most = asked.num_processes, max(MOST_ANYWHERE, os.cpu_count() or 1)
    if count > most:
        raise InvalidInput(f"num_processes={count}: this machine starts {most} at most.", "num_processes")
    return Place(0, count, 0, count, starts_others=count > 1)


def is_sharded(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `accelerate launch` has the processes hold the base together, each a part (`sharding`)."""
    zero = environ.get("ACCELERATE_USE_DEEPSPEED") == "true" and environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE") == "3"
    return zero or environ.get("ACCELERATE_USE_FSDP") == "true"


def _require_as_asked(asked: Processes, place: Place) -> None:
    """One is what stands there where nothing was asked for. Raises InvalidInput."""
    started = {"num_processes": place.size, "num_machines": place.size // place.local_size}
    for name, found in started.items():
        wanted = getattr(asked, name)
        if wanted not in (1, found):
            raise InvalidInput(
                f"{name}={wanted}, and the launcher that started this process counts {found}: leave {name} out, or "
                "have the launcher start as many.",
                name,
            )


def _refusal(found: str) -> str:
    return (
        f"{found}: it would train a model of its own. Start them with torchrun --nproc_per_node 2 train.py ..., or "
        "without a launcher by --num_processes 2."
    )


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    given = environ.get(name, "")
    return int(given) if given.isdigit() else default
