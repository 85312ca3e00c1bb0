"""A run that is only told: counted, or measured on its first steps."""

from __future__ import annotations

from datetime import datetime

from backend.core.environment.settings import Settings
from backend.core.params import TrainParams
from backend.engine.device import Device
from backend.engine.out_of_memory import next_step_told
from backend.engine.plan import plan, plan_lines, planned_by_history
from backend.engine.preparation import Prepared
from backend.engine.processes.world import World
from backend.engine.rehearsal import rehearse


def dry_run(
    params: TrainParams,
    prepared: Prepared,
    device: Device,
    settings: Settings,
    started: datetime,
    told: list[str],
    world: World,
) -> list[str]:
    """The lines that `--dry_run` prints.

    Args:
        started: when the run began to prepare.
        told: sentences of the preparation.
        world: of the processes that train.
    """
    if not params.measured_steps:
        return plan_lines(told, planned_by_history(params, prepared, device, settings, world.size))
    free = device.free_bytes()
    with next_step_told(params, prepared, device):
        rehearsal = rehearse(params, prepared, device, started, world)
    planned = plan(
        rehearsal.params,
        prepared.base,
        prepared.train,
        free,
        device=device.kind,
        scored=prepared.evaluation,
        speed=rehearsal.speed,
        processes=world.size,
    )
    return plan_lines(told, planned, rehearsal.memory)
