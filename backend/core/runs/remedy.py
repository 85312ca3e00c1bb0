"""What to change in a run that ran out of memory: the knobs in the order of what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from annotated_types import Le
from pydantic import BaseModel, JsonValue

from backend.core.errors import Reason
from backend.core.params.groups import Optimisation

MOST_ACCUMULATED: Any = next(
    bound.le for bound in Optimisation.model_fields["gradient_accumulation_steps"].metadata if isinstance(bound, Le)
)
SHORTEST = 128
"""Halving max_length further would leave too little of an example to learn from."""

FILLED = 0.95
"""Of a device's memory that a run can fill: some lies waste between its pieces."""


class Remedy(BaseModel):
    """A changed configuration."""

    sentence: str
    params: dict[str, JsonValue]
    """The changed fields; empty when none of them helps any more"""


Fits = Callable[[Mapping[str, Any]], bool]
Total = Callable[[Mapping[str, Any]], int]


def remedy(reason: Reason | None, params: Mapping[str, Any], fits: Fits | None = None) -> Remedy | None:
    """What would make the run fit; None when memory was not what it lacked, or its kind has no knob for it.

    Args:
        reason: why the run ended.
        params: of the run.
        fits: whether changed parameters fit, by an estimate; knobs are turned until they do. Without it the first
            one alone is.
    """
    if reason not in ("cuda_oom", "host_oom") or "per_device_train_batch_size" not in params:
        return None
    return smaller_run(params, fits, on_gpu=reason == "cuda_oom")


def smaller_run(params: Mapping[str, Any], fits: Fits | None, *, on_gpu: bool) -> Remedy:
    """The knobs turned, the cheapest first, until the run fits; the effective batch stays.

    Args:
        fits: as for `remedy`.
        on_gpu: whether what is kept can be moved to the host's memory.
    """
    knobs = (_smaller_batch, _checkpointing, *([_offload] if on_gpu else []), _four_bit, _shorter_examples)
    changed: dict[str, JsonValue] = {}
    told: dict[Any, str] = {}
    while found := next(((knob, step) for knob in knobs if (step := knob({**params, **changed}))), None):
        knob, step = found
        changed |= step.params
        told[knob] = step.sentence
        if fits is None:
            return Remedy(sentence=step.sentence, params=changed)
        if fits({**params, **changed}):
            larger = _largest_batch(params, changed, fits) if _smaller_batch in told else NOTHING
            told[_smaller_batch] = larger.sentence
            others = {name: value for name, value in changed.items() if name not in BATCH}
            return Remedy(sentence=" ".join(filter(None, told.values())), params={**larger.params, **others})
    return SMALLER_BASE


SMALLER_BASE = Remedy(
    sentence="The run is as small as its parameters make it: choose a smaller base model.",
    params={},
)
NOTHING = Remedy(sentence="", params={})
BATCH = ("per_device_train_batch_size", "gradient_accumulation_steps")


def _largest_batch(params: Mapping[str, Any], changed: Mapping[str, JsonValue], fits: Fits) -> Remedy:
    """The batch put back as far as the other changes allow: a larger one is faster, and the same is learnt.

    Without other changes never wholly: that is the run which has just died, whatever the estimate says of it.
    """
    asked, smallest = int(params["per_device_train_batch_size"]), changed["per_device_train_batch_size"]
    largest = asked if set(changed) - set(BATCH) else asked - 1
    for size in range(largest, 0, -1):
        step = _batch_of(size, params)
        if size == smallest or (_divides(size, params) and fits({**params, **changed, **step.params})):
            return step if size < asked else NOTHING
    raise AssertionError("the smallest is one of them")


def _divides(size: int, params: Mapping[str, Any]) -> bool:
    return int(params["per_device_train_batch_size"]) % size == 0


def _accumulated(size: int, params: Mapping[str, Any]) -> int:
    return int(params["gradient_accumulation_steps"]) * (int(params["per_device_train_batch_size"]) // size)


def _batch_of(size: int, params: Mapping[str, Any]) -> Remedy:
    accumulated = _accumulated(size, params)
    return Remedy(
        sentence=f"Set per_device_train_batch_size to {size} and gradient_accumulation_steps to {accumulated}: the "
        "effective batch and what is learnt stay the same.",
        params={"per_device_train_batch_size": size, "gradient_accumulation_steps": accumulated},
    )


def _smaller_batch(params: Mapping[str, Any]) -> Remedy | None:
    """Costs some speed and changes nothing that is learnt: the effective batch stays.

    A run that looks for its batch itself has found the smallest already.
    """
    batch = params["per_device_train_batch_size"]
    if batch == 1 or params["auto_find_batch_size"]:
        return None
    smaller = next(size for size in range(batch // 2, 0, -1) if _divides(size, params))
    return _batch_of(smaller, params) if _accumulated(smaller, params) <= MOST_ACCUMULATED else None


def _checkpointing(params: Mapping[str, Any]) -> Remedy | None:
    """Costs 20 to 36 % of the speed and changes nothing that is learnt."""
    if params["gradient_checkpointing"] and params["gradient_checkpointing_every"] == 1:
        return None
    return Remedy(
        sentence="Set gradient_checkpointing, in every layer: about 40 % less memory, 20 to 36 % slower, and the same "
        "is learnt.",
        params={"gradient_checkpointing": True, "gradient_checkpointing_every": 1},
    )


def _offload(params: Mapping[str, Any]) -> Remedy | None:
    """Costs the way to the host's memory and back, and changes nothing that is learnt."""
    if params["activation_offload"]:
        return None
    return Remedy(
        sentence="Set activation_offload: what checkpointing keeps lies in the host's memory.",
        params={"activation_offload": True},
    )


def _four_bit(params: Mapping[str, Any]) -> Remedy | None:
    """Costs some quality."""
    if params["load_in_4bit"]:
        return None
    return Remedy(
        sentence="Load the base in 4 bit (load_in_4bit): a quarter of the memory that 16 bit take for its weights.",
        params={"load_in_4bit": True, "load_in_8bit": False},
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


def fits_within(available_bytes: int, total_bytes: Total, died: Mapping[str, Any]) -> Fits:
    """Whether parameters fit, by an estimate of the memory they take.

    A run that died although by the estimate it fitted was estimated too low, or others held the memory: then
    whatever takes no more is worth a try. It may take less in a step than the estimate shows, which is of the phase
    that takes most.

    Args:
        available_bytes: memory of the device.
        total_bytes: the estimate for parameters.
        died: those that did not fit.
    """
    most = min(FILLED * available_bytes, total_bytes(died))
    return lambda params: total_bytes(params) <= most
