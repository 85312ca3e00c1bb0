"""Which of how many processes this one is, from what its launcher says in the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from backend.core.errors import InvalidInput

OTHER_LAUNCHERS = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""Where MPI and Slurm say how many processes they started; those know nothing of each other."""


@dataclass(frozen=True)
class Place:
    """One process among those of a run.

    Args:
        rank: its number, from 0.
        size: how many there are.
        local_rank, local_size: the same among those of its machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1


def place_of(environ: Mapping[str, str] = os.environ) -> Place:
    """The place that `torchrun` has given this process; without it, that of the only one.

    Raises:
        InvalidInput: another launcher was asked for several processes, each of which would train by itself.
    """
    if "RANK" in environ:
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        return Place(*(_number(environ, name, default) for name, default in zip(names, (0, 1, 0, 1), strict=True)))
    if {"ACCELERATE_MIXED_PRECISION", "MASTER_ADDR"} <= environ.keys():
        # It names a meeting place when it is asked for several, and on CPUs without MPI starts one all the same.
        raise InvalidInput(_refusal("accelerate launch was asked for several processes, and started one"))
    if asked := next((name for name in ("WORLD_SIZE", *OTHER_LAUNCHERS) if _number(environ, name, 1) > 1), None):
        raise InvalidInput(_refusal(f"{asked}={environ[asked]} asks for several processes, and each is by itself"))
    return Place()


def _refusal(found: str) -> str:
    return f"{found}: it would train a model of its own. Start them with torchrun --nproc_per_node 2 train.py ..."


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    given = environ.get(name, "")
    return int(given) if given.isdigit() else default
