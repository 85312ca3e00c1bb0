"""What to change in a run that ran out of memory: the knobs in the order of what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotated_types import Le
from pydantic import BaseModel, JsonValue

from backend.core.errors import Reason
from backend.core.params.groups import Optimisation

MOST_ACCUMULATED = next(
    bound.le for bound in Optimisation.model_fields["gradient_accumulation_steps"].metadata if isinstance(bound, Le)
)
SHORTEST = 128
"""Halving max_length further would leave too little of an example to learn from."""


class Remedy(BaseModel):
    """A changed configuration."""

    sentence: str
    params: dict[str, JsonValue]
    """The changed fields; empty when none of them helps any more"""


def remedy(reason: Reason | None, params: Mapping[str, Any]) -> Remedy | None:
    """What would make the run fit; None when memory was not what it lacked, or its kind has no knob for it."""
    if reason not in ("cuda_oom", "host_oom") or "per_device_train_batch_size" not in params:
        return None
    steps = (_smaller_batch, _gradient_checkpointing, _shorter_examples, _four_bit)
    return next((found for step in steps if (found := step(params)) is not None), SMALLER_BASE)


SMALLER_BASE = Remedy(
    sentence="The run is as small as its parameters make it: choose a smaller base model.",
    params={},
)


def _smaller_batch(params: Mapping[str, Any]) -> Remedy | None:
    """Costs some speed and changes nothing that is learnt: the effective batch stays."""
    batch = params["per_device_train_batch_size"]
    if batch == 1:
        return None
    smaller = next(size for size in range(batch // 2, 0, -1) if batch % size == 0)
    accumulated = params["gradient_accumulation_steps"] * (batch // smaller)
    if accumulated > MOST_ACCUMULATED:
        return None
    return Remedy(
        sentence=f"Take {smaller} in place of {batch} examples at a time, and accumulate {accumulated} steps: the "
        "effective batch and what is learnt stay the same.",
        params={"per_device_train_batch_size": smaller, "gradient_accumulation_steps": accumulated},
    )


def _gradient_checkpointing(params: Mapping[str, Any]) -> Remedy | None:
    """Costs 20 to 36 % of the speed and changes nothing that is learnt."""
    if params["gradient_checkpointing"]:
        return None
    return Remedy(
        sentence="Set gradient_checkpointing: about 40 % less memory, 20 to 36 % slower, and the same is learnt.",
        params={"gradient_checkpointing": True},
    )


def _shorter_examples(params: Mapping[str, Any]) -> Remedy | None:
    """Costs the ends of long examples."""
    shorter = params["max_length"] // 2
    if shorter < SHORTEST:
        return None
    return Remedy(
        sentence=f"Lower max_length to {shorter} tokens: longer examples are cut off there.",
        params={"max_length": shorter},
    )


def _four_bit(params: Mapping[str, Any]) -> Remedy | None:
    """Costs some quality."""
    if params["load_in_4bit"]:
        return None
    return Remedy(
        sentence="Load the base in 4 bit: a quarter of the memory for its weights.",
        params={"load_in_4bit": True, "load_in_8bit": False},
    )
