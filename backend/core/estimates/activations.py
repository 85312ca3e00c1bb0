"""What a step keeps of its forward pass for the way back, counted tensor by tensor."""

from __future__ import annotations

from backend.core.estimates.batches import Batch
from backend.core.estimates.choices import MOST_FOR_MATMUL
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams


def kept_by_layer(params: TrainParams, model: ModelShape, batch: Batch, width: int, device: str) -> int:
    """Bytes that autograd keeps of one layer, as counted on Qwen2 with hooks on all saved tensors.

    Args:
        width: bytes of a number in the precision of computation.
    """
    hidden, inner = model.hidden_size, model.intermediate_size
    norms = 2 * 4 * hidden  # their input in float32
    # The gate before and after its activation, and what it is multiplied by; without one, what is activated.
    widest = (3 if model.gated else 1) * width * inner
    of_a_place = norms + widest + _by_adapter(params, model, width, device)
    return of_a_place * batch.places + _by_attention(model, batch, width, device)


def directions_of_layer(params: TrainParams, model: ModelShape, width: int) -> int:
    """Bytes that DoRA keeps of a layer's weights, however many places there are.

    With dropout it multiplies the base's weights a second time, with the input that was dropped, and keeps the copy of
    them that this takes where they are stored in another precision. The unit matrix and the sum that their lengths
    are told from are let go at once.
    """
    copied = params.load_in_4bit or params.load_in_8bit or width < 4
    if not (params.use_dora and params.lora_dropout and copied):
        return 0
    return width * sum(into * out for into, out in model.adapted(params.lora_target_modules).values())


def input_of_layer(model: ModelShape, batch: Batch, width: int) -> int:
    """Bytes that gradient checkpointing keeps of one layer."""
    return width * model.hidden_size * batch.places


def _by_adapter(params: TrainParams, model: ModelShape, width: int, device: str) -> int:
    """Bytes a place: what the adapter's matrices have as their input."""
    adapted = model.adapted(params.lora_target_modules)
    into, out = sum(one for one, _ in adapted.values()), sum(one for _, one in adapted.values())
    # What lies between its two matrices; and of DoRA two results of each map.
    narrow = width * (params.lora_r * len(adapted) + (2 * out if params.use_dora else 0))
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


def passing(model: ModelShape, batch: Batch, width: int) -> int:
    """Bytes of a layer's gradients on the way back, and of its widest map's weights, unpacked.

    Of the gradients 18 for each place and unit of that map, as measured in 16 and in 32 bit alike.
    """
    return 18 * model.intermediate_size * batch.places + width * model.largest_linear
