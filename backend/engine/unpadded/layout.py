"""How the examples of a batch lie: end to end, or padded to the longest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.errors import InvalidInput
from backend.core.params.groups import Throughput
from backend.engine.device import Device
from backend.engine.processes.world import ALONE, World
from backend.engine.unpadded.proof import reason_against, unpad


@dataclass(frozen=True)
class Layout:
    """The layout of a run's batches, and a sentence on why."""

    pads: bool
    sentence: str


def choose_layout(
    model: Any, params: Throughput, features: Sequence[dict[str, Any]], device: Device, world: World = ALONE
) -> Layout:
    """Lay examples end to end if the model computes the same that way, and make it ready for them.

    Args:
        model: with its adapter.
        features: the training examples.
        world: of the processes that train: all lay them out alike.

    Raises:
        InvalidInput: `padding_free=yes`, and the model cannot.
    """
    if params.padding_free == "no":
        return Layout(True, "Batches: padded to their longest example, as asked.")
    reasons = world.all_of("the layout", reason_against(model, features, device.dtype))
    if reason := next(filter(None, reasons), None):
        if params.padding_free == "yes":
            raise InvalidInput(f"padding_free=yes: this model cannot be trained so, {reason}.", "padding_free")
        return Layout(True, f"Batches: padded to their longest example, since with this model {reason}.")
    unpad(model.get_base_model())
    return Layout(False, "Batches: examples end to end, no padding (proved on this model: the same gradients).")
