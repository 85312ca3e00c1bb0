"""What the estimate counts of a layer is what autograd keeps of it."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from backend.core.estimates.batches import Batch  # noqa: E402
from backend.core.estimates.demand import Demand  # noqa: E402
from backend.core.models.shapes import shape_of  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine import loading, training  # noqa: E402
from backend.engine.collator import collator_for  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402

LENGTHS = (300, 128)
"""One that a flash kernel takes, and one whose scores are kept."""
VOCABULARY = 40


def model_of(folder: Path, params: TrainParams, device: Device) -> Any:
    training.seed_everything(0)
    model = training.attach_adapter(loading.load_base(str(folder), params, device), params).train()
    if params.gradient_checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if params.padding_free != "no":
        unpad(model.get_base_model())
    return model


class Kept:
    """A tensor that autograd keeps; gone when autograd lets go of it."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor


def saved_bytes(model: Any, batch: dict[str, Any], device: Device) -> int:
    """Bytes of all that autograd still keeps when the body has been computed, weights apart."""
    own = {part.untyped_storage().data_ptr() for part in [*model.parameters(), *model.buffers()]}
    given: list[weakref.ref[Kept]] = []

    def keep(tensor: Any) -> Kept:
        kept = Kept(tensor)
        given.append(weakref.ref(kept))
        return kept

    inputs = {name: part for name, part in batch.items() if name not in ("labels", "learnt")}
    narrow = device.dtype != torch.float32
    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda kept: kept.tensor),
        torch.autocast("cpu", device.dtype, enabled=narrow),
    ):
        computed = model.get_base_model().get_decoder()(**inputs, use_cache=False)
    alive = [kept.tensor.untyped_storage() for one in given if (kept := one()) is not None]
    del computed
    sizes = {storage.data_ptr(): storage.nbytes() for storage in alive}
    return sum(size for place, size in sizes.items() if place not in own)


@pytest.mark.parametrize(
    ("dtype", "given"),
    [("bfloat16", {}), ("float32", {"padding_free": "no"}), ("bfloat16", {"lora_dropout": 0.0}),
     ("float32", {"use_dora": True}), ("bfloat16", {"use_dora": True, "lora_dropout": 0.0}),
     ("float32", {"gradient_checkpointing": True})],
    ids=str,
)  # fmt: skip
def test_the_count_is_what_is_saved(dtype: str, given: dict[str, Any], small_model: Path) -> None:
    params = TrainParams.model_validate({"dataset_path": "x", "adapter_name": "a", "lora_r": 4, **given})
    device = Device("cpu", getattr(torch, dtype), "")
    pads = params.padding_free == "no"
    lengths = (300, 300) if pads else LENGTHS
    examples = [{"input_ids": [n % VOCABULARY for n in range(length)], "labels": [1] * length} for length in lengths]
    batch = collator_for(0, pads=pads)(examples)
    model = model_of(small_model, params, device)
    rows = Batch(lengths, pads)
    demand = Demand(params, shape_of("small", small_model), "cpu", device.dtype.itemsize)
    last_norm = 4 * model.config.hidden_size * rows.places
    # Only on the way back is a layer there again that is recomputed.
    counted = demand.inputs(rows) + last_norm if params.gradient_checkpointing else demand.kept(rows)
    # Of the first layer what nothing is learnt of is not kept, about as much as the last norm's input.
    assert saved_bytes(model, batch, device) == pytest.approx(counted, rel=0.08)
