"""From a base model on the disk to one that is ready to learn: quantised, with its adapter, its batches laid out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from backend.core.params import TrainParams
from backend.core.runs.checkpoints import Checkpoint
from backend.engine import batch_size, loading, training
from backend.engine.device import Device
from backend.engine.kernels import keep_few_kernels
from backend.engine.preparation import Prepared
from backend.engine.processes.world import World
from backend.engine.unpadded.layout import choose_layout

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assembled:
    """What a run trains.

    Args:
        model: with its adapter.
        params: with the batch that fits, if one was looked for.
        pads: whether batches are padded; else their examples lie end to end.
        trained: how many of its parameters are.
    """

    model: Any
    params: TrainParams
    pads: bool
    trained: int


def assemble(
    params: TrainParams, prepared: Prepared, device: Device, checkpoint: Checkpoint | None, world: World
) -> Assembled:
    """Load the base, put an adapter on it, choose the layout and, if asked, the batch; each told in a line of the log.

    Args:
        checkpoint: to resume from.
        world: of the processes that train.

    Raises:
        BadModel, InvalidInput, MissingDependency: the model cannot be loaded, or not be trained as asked.
    """
    keep_few_kernels()
    training.seed_everything(params.seed)
    model = training.attach_adapter(loading.load_base(prepared.base, params, device), params)
    logger.info("%s", training.adapter_sentence(model))
    layout = choose_layout(model, params, prepared.train.features, device, world)
    logger.info("%s", layout.sentence)
    if params.auto_find_batch_size:
        params = batch_size.with_what_fits(model, params, prepared, device, checkpoint, pads=layout.pads, world=world)
    return Assembled(model, params, layout.pads, training.trainable_share(model)[0])
