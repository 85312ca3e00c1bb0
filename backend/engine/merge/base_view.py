"""The base as 4-bit training saw it: every quantised weight sent through NF4 and back, block by block.

An adapter of QLoRA (arXiv:2305.14314) learnt beside weights that were rounded to 4 bits. Whether to add it to those or
to the stored ones is open (peft#2105, transformers#31293), so both are offered, and the difference is measured.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import torch

from backend.core.errors import BadModel, InvalidInput, MissingDependency
from backend.engine.merge.base_vocabulary import EMBEDDINGS
from backend.engine.merge.checkpoint import Checkpoint
from backend.engine.merge.deltas import Delta
from backend.engine.merge.parents import Parent
from backend.engine.merge.shards import TYPES, StoredTensor

VIEW = "base_view"
BLOCK = 64
"""Weights that share one scale, bitsandbytes' default."""
STATISTICS_BLOCK = 256
"""Scales that share one scale of their own, with double quantisation."""
PIECE = 1 << 18
"""Weights quantised at once, a multiple of the block: bitsandbytes needs 25 bytes of room for each."""

NUMBERED = re.compile(r"\.\d+\..*\.weight$")
OUTSIDE = ("project_in", "project_out")
"""Linear layers of OPT that stand outside its numbered blocks."""
NO_LINEAR = re.compile(r"(embed|relative_attention_bias|\.conv\d*\.|conv1d)")
EXPERTS = re.compile(r"\.(experts|router)\.")
DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}

Rows = Callable[[int, int], torch.Tensor]
"""Reads rows of the stored weight, in its own type."""


@dataclass(frozen=True)
class FourBit:
    """How a base was quantised in training.

    Args:
        kind: `nf4` or `fp4`.
        double: whether the scales were quantised too.
        dtype: precision it was loaded in before, and computes in.
        names: the adapters whose records say so; empty = nobody's.
    """

    kind: str = "nf4"
    double: bool = True
    dtype: torch.dtype = torch.bfloat16
    names: tuple[str, ...] = field(default=(), compare=False)


def four_bits_of(parents: Sequence[Parent]) -> list[FourBit]:
    """The ways in which the base was quantised to 4 bits, by the adapters' records; empty = in none."""
    names: dict[FourBit, list[str]] = {}
    for parent in parents:
        if how := _recorded(parent):
            names.setdefault(how, []).append(parent.name)
    return [replace(how, names=tuple(having)) for how, having in names.items()]


def can_quantise() -> bool:
    """Whether bitsandbytes is installed; it is imported where it is needed, for that takes three seconds."""
    return importlib.util.find_spec("bitsandbytes") is not None


def is_quantised(tensor: StoredTensor) -> bool:
    """Whether loading in 4 bits quantises this weight: linear layers only, never embeddings or the head."""
    if len(tensor.shape) != 2 or not tensor.name.endswith(".weight") or tensor.dtype not in TYPES:
        return False
    last = tensor.name.removesuffix(".weight").rpartition(".")[2]
    inner = NUMBERED.search(tensor.name) is not None or last in OUTSIDE
    return inner and last not in EMBEDDINGS and NO_LINEAR.search(tensor.name) is None


def require_round_trip(checkpoint: Checkpoint, hows: Sequence[FourBit]) -> FourBit:
    """What to do for `--base_view nf4-roundtrip`.

    Args:
        checkpoint: the base.
        hows: the ways in which the adapters saw it.

    Raises:
        InvalidInput: they are several, or another one.
        BadModel: the names do not tell which weights are quantised.
        MissingDependency: bitsandbytes is not installed.
    """
    if len(hows) > 1 or any(how.kind != "nf4" for how in hows):
        told = "; ".join(
            f"{' and '.join(how.names)} in {how.kind} {'with' if how.double else 'without'} double quantisation, "
            f"from {str(how.dtype).removeprefix('torch.')}"
            for how in hows
        )
        raise InvalidInput(f"The adapters saw the base {told}: one view suits not all, use --base_view stored.", VIEW)
    experts = [name for name in checkpoint.tensors if EXPERTS.search(name)]
    if experts:
        raise BadModel(
            f"The base has experts ({experts[0]}), and which of their weights 4-bit loading quantises depends on the "
            "architecture: use --base_view stored.",
            VIEW,
        )
    if not can_quantise():
        raise MissingDependency("--base_view nf4-roundtrip needs bitsandbytes: pip install bitsandbytes.")
    return hows[0] if hows else FourBit()


class RoundTrip:
    """One weight as training saw it.

    Quantising is done in pieces, and gives what it gives for the whole: a block's code depends on the block alone, and
    the scales' own quantisation is done once, for all of them, before the first piece.

    Args:
        rows: reads the stored weight.
        blocks: first and last row of each piece to read.
        width: elements in a row.
        how: the quantisation.
    """

    def __init__(self, rows: Rows, blocks: Sequence[tuple[int, int]], width: int, how: FourBit) -> None:
        self._width, self._how = width, how
        found = [_scales(rows(start, stop).to(how.dtype)) for start, stop in blocks]
        self._scales = _rounded(torch.cat(found)) if how.double else torch.cat(found)

    def rows(self, stored: torch.Tensor, start: int) -> torch.Tensor:
        """Rows as training saw them, from the stored ones.

        Args:
            stored: `(rows, width)`; a multiple of 64 elements, but for the last ones of the weight.
            start: the first one's number; its first element is a multiple of 64.

        Returns:
            `(rows, width)` in the precision of the training.
        """
        flat = stored.flatten()
        seen = torch.empty(len(flat), dtype=self._how.dtype)
        first = start * self._width // BLOCK
        for begin in range(0, len(flat), PIECE):
            part = flat[begin : begin + PIECE].to(self._how.dtype)
            scales = self._scales[first + begin // BLOCK : first + -(-(begin + len(part)) // BLOCK)]
            seen[begin : begin + PIECE] = self._there_and_back(part, scales)
        return seen.view(stored.shape)

    def _there_and_back(self, part: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
        """A row of weights through 4 bits, with these scales.

        It is filled up to a multiple of 64: with AVX512, bitsandbytes 0.50.2 takes wrong scales for widths of which
        64 leaves 32 (an error of 25 % of the weights instead of 9).
        """
        from bitsandbytes.functional import QuantState, dequantize_4bit, quantize_4bit

        kind, dtype, size = self._how.kind, self._how.dtype, len(part)
        filled = torch.nn.functional.pad(part, (0, -size % BLOCK))
        codes, state = quantize_4bit(filled, blocksize=BLOCK, quant_type=kind)
        state = QuantState(scales, filled.shape, state.code, BLOCK, quant_type=kind, dtype=dtype)
        return dequantize_4bit(codes, state).flatten()[:size]


def noise(delta: Delta, rows: Rows, how: FourBit) -> float:
    """`|W - dequant(W4)| / |dW|` over the first rows of a weight: how large the rounding is beside the update.

    Args:
        delta: the update, in the weight's own orientation.
        rows: reads the stored weight.
        how: the quantisation.
    """
    start, stop = next(iter(delta.blocks()))
    stored, change = rows(start, stop), delta.rows(start, stop)
    view = RoundTrip(lambda first, last: stored[first:last], [(start, stop)], delta.shape[1], how)
    size = float(change.double().norm())
    lost = float((stored.double() - view.rows(stored, start).double()).norm())
    return lost / size if size else float("inf")


def advice(ratios: Sequence[float], names: Sequence[str], view: str) -> str:
    """The measured noise as a sentence."""
    if view == "stored":
        end = "--base_view nf4-roundtrip would add them to the weights as training saw them; compare both"
    else:
        end = "they were added to the weights as training saw them"
    return (
        f"{' and '.join(names)} learnt beside weights rounded to 4 bits. That rounding is {median(ratios):.2g} "
        f"times as large as the update (median of {len(ratios)} layers; at most {max(ratios):.2g}): {end}."
    )


def _recorded(parent: Parent) -> FourBit | None:
    params = parent.run.get("params", {})
    if not params.get("load_in_4bit"):
        return None
    told = re.search("bfloat16|float16|float32", f"{params.get('dtype')} {parent.run.get('device')}")
    dtype = DTYPES[told[0]] if told else torch.bfloat16
    return FourBit(params.get("bnb_4bit_quant_type", "nf4"), params.get("bnb_4bit_use_double_quant", True), dtype)


def _scales(rows: torch.Tensor) -> torch.Tensor:
    """The largest magnitude of each block, as bitsandbytes takes it."""
    flat = rows.flatten()
    return torch.nn.functional.pad(flat, (0, -len(flat) % BLOCK)).view(-1, BLOCK).abs().amax(dim=1).float()


def _rounded(scales: torch.Tensor) -> torch.Tensor:
    """The scales after double quantisation: less their mean, in 8 bits, by blocks of 256."""
    from bitsandbytes.functional import dequantize_blockwise, quantize_blockwise

    mean = scales.mean()
    codes, state = quantize_blockwise(scales - mean, blocksize=STATISTICS_BLOCK)
    return dequantize_blockwise(codes, state) + mean
