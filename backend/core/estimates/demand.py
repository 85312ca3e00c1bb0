"""Memory of a run at its peak, by part: the largest of its phases, each counted from the shape of the model alone.

The counts are of what is there at the same time: tensors that autograd keeps (`activations`), logits, weights as they
are stored. What cannot be counted was measured: what libraries take, and the share of a heap that lies waste.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel

from backend.core.estimates import activations
from backend.core.estimates.batches import Batch
from backend.core.estimates.choices import PIECE_BYTES, PROOF_EXAMPLES, PROOF_LENGTH
from backend.core.estimates.optimisers import moments
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

BITS = {True: 4.127, False: 4.5}
"""NF4 per parameter with its constants, quantised again (True) or in float32, at the usual block of 64."""
LIBRARIES = {"cpu": 552_000_000, "cuda": 550_000_000}
"""What a process has taken before a model is loaded: PyTorch, transformers and the like; on a GPU the context."""
FIRST_USE = {"cpu": {2: 66_000_000, 4: 41_000_000}, "cuda": {2: 70_000_000, 4: 70_000_000}}
"""What they take once they compute, by the bytes of a number: kernels made for 16 bit; a GPU's workspaces."""
LOADING_USE = 12_000_000
WASTE = {"cpu": {2: 0.5, 4: 0.65}, "cuda": {2: 0.1, 4: 0.1}}
"""Of what is kept, by the bytes of a number: memory that was freed between two pieces that are kept, too small to be
used again. glibc's allocator wastes 0.35 to 0.66 (with each piece mapped apart there is none, at twice the time)."""
RECOMPUTED_WASTE = {"cpu": {2: 0.17, 4: 0.45}, "cuda": {2: 0.02, 4: 0.02}}
"""Of what a recomputed layer takes, for each such layer: the little that is kept of it lies between what was freed."""
EIGHT_BIT_WASTE = {"cpu": 1.5, "cuda": 1.0}
"""Times as much: a product of 8-bit integers makes its inputs and results in three widths."""
LOADING_WASTE, MOST_LOADING_WASTE = 0.5, 256 * 2**20
"""Of the file, when several threads quantise it; no more where its tensors are large, for those are mapped apart."""
LOGIT_BYTES = {2: 12, 4: 16}
"""Of each logit of a padded batch: as they are, in float32, their log-softmax, and gradients."""


class MemoryParts(BaseModel):
    """Where the memory goes, in bytes."""

    weights: int
    adapter: int
    optimizer: int
    activations: int
    logits: int
    runtime: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.model_dump().values())


MOVED_BY = {
    "weights": ["base_model_name", "load_in_4bit", "load_in_8bit", "bnb_4bit_use_double_quant", "dtype"],
    "adapter": ["lora_r", "lora_target_modules", "use_dora"],
    "optimizer": ["optim", "lora_r", "lora_target_modules", "use_dora"],
    "activations": [
        "per_device_train_batch_size", "max_length", "gradient_checkpointing", "gradient_checkpointing_every",
        "activation_offload", "lora_dropout",
    ],
    "logits": ["padding_free", "per_device_train_batch_size", "max_length", "completion_only_loss"],
    "runtime": ["device"],
}  # fmt: skip
"""The parameters that move each part, those that move it most first."""


@dataclass(frozen=True)
class Demand:
    """What a run asks of a device.

    Args:
        device: a GPU of Apple's is counted as NVIDIA's.
        width: bytes of a number in the precision of computation.
        room: bytes that are free on the device; None = not known.
    """

    params: TrainParams
    model: ModelShape
    device: Literal["cpu", "cuda"]
    width: int
    room: int | None = None

    def peak(self, step: Batch, evaluation: Batch | None = None) -> MemoryParts:
        """The parts of the largest phase.

        Args:
            step: the heaviest batch that is learnt.
            evaluation: the heaviest that is only looked at.
        """
        return max(self._phases(step, evaluation), key=lambda parts: parts.total)

    def _phases(self, step: Batch, evaluation: Batch | None) -> Iterator[MemoryParts]:
        if self.device == "cpu":
            yield self._loading()
        if not step.pads:
            yield self._proof(step)
        yield self._step(step)
        if evaluation:
            yield self._evaluation(evaluation)

    @property
    def _trained(self) -> int:
        given = self.params
        return self.model.adapter_parameters(given.lora_r, given.lora_target_modules, directions=given.use_dora)

    @property
    def _weights(self) -> int:
        given = self.params
        packed = BITS[given.bnb_4bit_use_double_quant] if given.load_in_4bit else 8
        bits = packed if self._quantised else 8 * self.width
        return round(self.model.quantised_parameters * bits / 8 + self.model.other_parameters * self.width)

    @property
    def _quantised(self) -> bool:
        return self.params.load_in_4bit or self.params.load_in_8bit

    def _parts(self, **given: float) -> MemoryParts:
        """Those of a phase; what is not given is as in a step."""
        usual = {
            "weights": self._weights, "adapter": 2 * 4 * self._trained,  # itself and its gradient, in float32
            "optimizer": moments(self.params.optim, self.device) * self._trained, "activations": 0, "logits": 0,
            "runtime": LIBRARIES[self.device] + FIRST_USE[self.device][self.width],
        }  # fmt: skip
        return MemoryParts.model_validate({name: round(size) for name, size in {**usual, **given}.items()})

    def _loading(self) -> MemoryParts:
        """The file is mapped beside what is made of it, unless the weights stay as they lie there.

        Its pages stay in memory as long as there is room; where that is not known, they are not counted.
        """
        model = self.model
        file = (model.quantised_parameters + model.other_parameters) * model.stored_bytes
        waste = min(LOADING_WASTE * file, MOST_LOADING_WASTE) if self._quantised else 0
        parts = self._parts(
            weights=self._weights + waste, adapter=0, optimizer=0, runtime=LIBRARIES[self.device] + LOADING_USE
        )
        copied = self._quantised or self.width != model.stored_bytes
        pages = max(0, min(file, (self.room or 0) - parts.total)) if copied else 0
        return parts.model_copy(update={"weights": parts.weights + pages})

    def _proof(self, step: Batch) -> MemoryParts:
        """Padded and not, all kept and nothing dropped; both gradients are compared beside the adapter's own."""
        batch = Batch((min(PROOF_LENGTH, step.longest),) * PROOF_EXAMPLES, pads=True)
        changed = {"lora_dropout": 0.0, "gradient_checkpointing": False}
        plain = replace(self, params=self.params.model_copy(update=changed))
        return self._parts(
            adapter=4 * 4 * self._trained,
            optimizer=0,
            activations=plain.kept(batch) + plain._waste(batch),
            logits=self._all_logits(batch),
        )

    def _step(self, batch: Batch) -> MemoryParts:
        """From the second step on, when the optimiser has its moments."""
        kept, passing = self.kept(batch), activations.passing(self.model, batch, self.width)
        logits = self._all_logits(batch) if batch.pads else self._learnt_logits(batch)
        return self._parts(
            # A layer's gradients come when the logits have gone.
            activations=kept + self._waste(batch) + max(0, passing - logits),
            logits=logits,
        )

    def _evaluation(self, batch: Batch) -> MemoryParts:
        """Nothing is kept but what passes through one layer."""
        logits = self._all_logits(batch) if batch.pads else 4 * self._learnt_logits(batch)
        return self._parts(activations=activations.passing(self.model, batch, self.width), logits=logits)

    @property
    def _recomputed(self) -> int:
        """Layers that are recomputed on the way back."""
        given = self.params
        return -(-self.model.layers // given.gradient_checkpointing_every) if given.gradient_checkpointing else 0

    def kept(self, batch: Batch) -> int:
        """Bytes that are kept of a forward pass at the moment when most are."""
        # Of the layers that are recomputed one at a time is there again.
        whole = self.model.layers - self._recomputed + min(1, self._recomputed)
        directions = activations.directions_of_layer(self.params, self.model, self.width)
        return (self._layer(batch) + directions) * whole + self.inputs(batch)

    def inputs(self, batch: Batch) -> int:
        """Bytes that are kept of the layers that are recomputed: what went in, unless it is moved to the host."""
        away = self.params.activation_offload and self.device == "cuda"
        return 0 if away else activations.input_of_layer(self.model, batch, self.width) * self._recomputed

    def _layer(self, batch: Batch) -> int:
        return activations.kept_by_layer(self.params, self.model, batch, self.width, self.device)

    def _waste(self, batch: Batch) -> float:
        """Memory that lies waste between what is kept."""
        layer = self._layer(batch)
        work = layer + activations.passing(self.model, batch, self.width)
        between = RECOMPUTED_WASTE[self.device][self.width] * work * self._recomputed
        beside = WASTE[self.device][self.width] * layer * (self.model.layers - self._recomputed)
        return max(between, beside) * (EIGHT_BIT_WASTE[self.device] if self.params.load_in_8bit else 1)

    def _all_logits(self, batch: Batch) -> int:
        return LOGIT_BYTES[self.width] * batch.places * self.model.vocab_size

    def _learnt_logits(self, batch: Batch) -> int:
        """A piece, the hidden states beside it and their gradient; on a CPU the product copies the head in 16 bit."""
        model, narrow = self.model, self.width == 2
        rows = batch.learnt * model.vocab_size * self.width
        piece = min(rows, PIECE_BYTES[self.device]) * (1 if narrow and self.device == "cpu" else 2)
        head = model.vocab_size * model.hidden_size * self.width if narrow and self.device == "cpu" else 0
        return piece + head + 2 * self.width * batch.learnt * model.hidden_size
