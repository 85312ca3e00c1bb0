"""What a step keeps of its forward pass for the way back, counted tensor by tensor."""

from __future__ import annotations

from backend.core.estimates.batches import Batch
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

MOST_FOR_MATMUL = 256
"""Tokens up to which `backend.engine.unpadded.attention` keeps the scores of an example on a CPU; a flash kernel,
which takes the longer ones, keeps none."""


def kept_by_layer(params: TrainParams, model: ModelShape, batch: Batch, width: int, device: str) -> int:
    """Bytes that autograd keeps of one layer, as counted on Qwen2 with hooks on all saved tensors.

    Args:
        width: bytes of a number in the precision of computation.
    """
    hidden, inner = model.hidden_size, model.intermediate_size
    norms = 2 * 4 * hidden  # their input in float32
    gated = 3 * width * inner  # the gate before and after its activation, and what it is multiplied by
    of_a_place = norms + gated + _by_adapter(params, model, width, device)
    kept = of_a_place * batch.places + _by_attention(model, batch, width, device)
    return kept + (_by_directions(params, model, batch, width) if params.use_dora else 0)


def input_of_layer(model: ModelShape, batch: Batch, width: int) -> int:
    """Bytes that gradient checkpointing keeps of one layer."""
    return width * model.hidden_size * batch.places


def _by_adapter(params: TrainParams, model: ModelShape, width: int, device: str) -> int:
    """Bytes a place: what the adapter's matrices have as their input."""
    adapted = model.adapted(params.lora_target_modules)
    into = sum(one for one, _ in adapted.values())
    narrow = width * params.lora_r * len(adapted)
    # 8-bit layers keep their own input, which those that read the same share.
    shared = width * (2 * model.hidden_size + model.query_width + model.intermediate_size)
    whole = shared if params.load_in_8bit else 0
    if params.lora_dropout:
        # The mask: on a CPU a float32 number for each input, on a GPU a byte; and the input without what was dropped.
        return narrow + whole + ((4 if device == "cpu" else 1) + width) * into
    # In 16 bit each matrix gets a copy of its own by way of float32; in float32 there is one for all, the norms'.
    return narrow + (whole + width * into if width < 4 else shared)


def _by_attention(model: ModelShape, batch: Batch, width: int, device: str) -> int:
    """Queries, keys, values, and scores or what came out."""
    queries, narrow, heads = model.query_width, model.key_value_width, model.heads
    flash = width * (2 * queries + 2 * narrow) + 4 * heads
    repeated = width * 4 * queries + 4 * heads  # a value for each query head
    if batch.pads:
        return (flash if device == "cpu" else repeated) * batch.places
    if device != "cpu":
        return flash * batch.places
    scores = 4 + (width if width < 4 else 0)  # the softmax in float32, and rounded
    return sum(
        repeated * length
        if length > MOST_FOR_MATMUL
        else width * (queries + 2 * narrow) * length + scores * heads * length**2
        for length in batch.lengths
    )


def _by_directions(params: TrainParams, model: ModelShape, batch: Batch, width: int) -> int:
    """DoRA: the weights with the adapter's product, whose lengths are divided by; and two results of each map."""
    adapted = model.adapted(params.lora_target_modules).values()
    weights = sum(into**2 + into * out for into, out in adapted)
    return width * weights + 2 * width * sum(out for _, out in adapted) * batch.places


def passing(model: ModelShape, batch: Batch, width: int) -> int:
    """Bytes of a layer's gradients on the way back, and of its widest map's weights, unpacked.

    Of the gradients 18 for each place and unit of that map, as measured in 16 and in 32 bit alike.
    """
    return 18 * model.intermediate_size * batch.places + width * model.largest_linear
