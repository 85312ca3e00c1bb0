"""Many adapters on one base at once: each row of a batch is answered with its own.

PEFT switches the whole model from adapter to adapter, or (`adapter_names`) runs a batch once per adapter and gathers
the rows. Here every adapted layer keeps the factors of all loaded adapters, and one pair of matrix products serves
all rows, in one of three ways:

- one adapter for all rows: x Aᵀ Bᵀ;
- side by side: the factors of the adapters in use stand next to each other, x Aᵀ is masked so that a row keeps its
  own adapter's columns. No factor is copied, and it costs the sum of the ranks;
- row by row: the factors are gathered once per row and multiplied by `bmm` (S-LoRA's ablation, arXiv:2311.03285), at
  one rank per row whatever the number of adapters.

Measured per decoding step on one core with 16 rows of rank 16, relative to the base layer (bfloat16, hidden 1536):
side by side 0.04 / 0.06 / 0.31 with 1 / 4 / 16 adapters, row by row 0.16 and as much as 0.3 for each change of rows.

It only adds to a layer's output, so it works over 4-bit and 8-bit bases; DoRA (arXiv:2402.09353), which PEFT cannot
mix, is a scale per output that depends on the adapter alone and is computed once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import linear

from backend.engine.adapter_file import WEIGHTS
from backend.engine.answering.lora_weights import Factors, read_factors

SUM_OF_RANKS = {"cpu": 64, "cuda": 1024}
"""Up to here the factors stand side by side; beyond, one matrix per row is cheaper."""


@dataclass
class Mix:
    """The factors one layer applies to the rows of the present batch; what is None is not needed.

    Args:
        a: `(ranks, in)`, or `(rows, in, rank)` row by row.
        b: `(out, ranks)`, or `(rows, rank, out)` row by row.
        own: `(rows, 1, ranks)`, 1 where a column belongs to the row's adapter.
        scale: `(rows, 1, out)`, DoRA's scale of each output.
        bias: the layer's own, which DoRA does not scale.
    """

    a: torch.Tensor
    b: torch.Tensor
    own: torch.Tensor | None = None
    scale: torch.Tensor | None = None
    bias: torch.Tensor | None = None

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The adapted output for input `(rows, tokens, in)` and the base's output `(rows, tokens, out)`."""
        if self.a.dim() == 3:
            y = torch.baddbmm(y, torch.bmm(x, self.a), self.b)
        else:
            inner = linear(x, self.a)
            y = y + linear(inner if self.own is None else inner * self.own, self.b)
        if self.scale is None:
            return y
        return y * self.scale if self.bias is None else (y - self.bias) * self.scale + self.bias


class LoraStack:
    """The adapters loaded on a base, and which row of the batch wears which.

    Args:
        model: the base; hooks on its layers add the adapters' updates.
        capacity: adapters kept; the one unused for longest makes room.
    """

    def __init__(self, model: Any, capacity: int) -> None:
        self.capacity = capacity
        self._dtype: torch.dtype = model.dtype
        self._layers = dict(model.named_modules())
        self._adapters: OrderedDict[Path, tuple[int, dict[str, Factors]]] = OrderedDict()
        self._mixes: dict[str, Mix] = {}
        self._hooks: dict[str, Any] = {}
        self._rows: tuple[Path | None, ...] = ()
        self._worn: dict[Path, int] = {}

    @property
    def loaded(self) -> list[Path]:
        """The adapters in memory, the one unused for longest first."""
        return list(self._adapters)

    def load(self, folder: Path) -> None:
        """Have the adapter in memory, as it is on disk now.

        Raises:
            BadModel: the folder holds no adapter, a damaged one, or one of another base.
        """
        weights = folder / WEIGHTS
        stamp = weights.stat().st_mtime_ns if weights.is_file() else 0
        if folder in self._adapters and self._adapters[folder][0] != stamp:
            del self._adapters[folder]  # it has been trained again
        if folder not in self._adapters:
            self._adapters[folder] = (stamp, read_factors(folder, self._layers, self._dtype))
        self._adapters.move_to_end(folder)

    def wear(self, rows: Sequence[Path | None], keep: Collection[Path | None] = ()) -> None:
        """From now on row i of a batch is answered with `rows[i]`; None is the bare base.

        Args:
            rows: an adapter's folder for each row.
            keep: adapters not to evict although no row wears them now.

        Raises:
            BadModel: as `load`.
        """
        wanted = tuple(rows)
        used = list(dict.fromkeys(row for row in wanted if row is not None))
        for folder in used:
            self.load(folder)
        self._evict({*used, *keep})
        if wanted == self._rows and not any(self._is_new(folder) for folder in used):
            return
        self._rows = wanted
        self._worn = {folder: self._adapters[folder][0] for folder in used}
        names = dict.fromkeys(name for folder in used for name in self._adapters[folder][1])
        self._mixes = {name: self._mix(name, wanted, used) for name in names}
        for name in names:
            if name not in self._hooks:
                self._hooks[name] = self._layers[name].register_forward_hook(self._hook(name))
        for name in set(self._hooks) - set(names):
            self._hooks.pop(name).remove()

    def _is_new(self, folder: Path) -> bool:
        return self._worn.get(folder) != self._adapters[folder][0]

    def _evict(self, used: Collection[Path | None]) -> None:
        for folder in self.loaded:
            if len(self._adapters) <= self.capacity:
                return
            if folder not in used:
                del self._adapters[folder]

    def _hook(self, name: str) -> Any:
        def adapt(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
            return self._mixes[name](inputs[0], output)

        return adapt

    def _mix(self, name: str, rows: Sequence[Path | None], used: Sequence[Path]) -> Mix:
        factors = [self._adapters[folder][1].get(name) for folder in used]
        here = [found for found in factors if found is not None]
        order = [used.index(row) if row is not None else -1 for row in rows]
        scale, bias = self._scales(name, order, factors)
        if len(used) == 1 and -1 not in order:
            return Mix(here[0].a, here[0].b, scale=scale, bias=bias)
        limit = SUM_OF_RANKS.get(here[0].a.device.type, 64)
        if sum(len(found.a) for found in here) <= limit:
            return _side_by_side(order, factors, scale, bias)
        return _row_by_row(order, factors, scale, bias)

    def _scales(
        self, name: str, order: Sequence[int], factors: Sequence[Factors | None]
    ) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """DoRA's scales for each row, and the bias they leave alone; None where no adapter here has any."""
        example = next((found.scale for found in factors if found is not None and found.scale is not None), None)
        if example is None:
            return None, None
        plain = torch.ones_like(example)
        of_adapter = [plain if found is None or found.scale is None else found.scale for found in factors] + [plain]
        return torch.stack([of_adapter[position] for position in order])[:, None], self._layers[name].bias


def _side_by_side(
    order: Sequence[int],
    factors: Sequence[Factors | None],
    scale: torch.Tensor | None,
    bias: torch.Tensor | None,
) -> Mix:
    here = [(position, found) for position, found in enumerate(factors) if found is not None]
    a = torch.cat([found.a for _, found in here])
    b = torch.cat([found.b for _, found in here], dim=1)
    owner = torch.tensor([position for position, found in here for _ in range(len(found.a))])
    own = (owner[None] == torch.tensor(order)[:, None]).to(a)[:, None]
    return Mix(a, b, own=own, scale=scale, bias=bias)


def _row_by_row(
    order: Sequence[int],
    factors: Sequence[Factors | None],
    scale: torch.Tensor | None,
    bias: torch.Tensor | None,
) -> Mix:
    example = next(found for found in factors if found is not None)
    rank = max(len(found.a) for found in factors if found is not None)
    a = example.a.new_zeros(len(factors) + 1, rank, example.a.shape[1])
    b = example.b.new_zeros(len(factors) + 1, example.b.shape[0], rank)
    for position, found in enumerate(factors):
        if found is not None:
            a[position, : len(found.a)] = found.a
            b[position, :, : len(found.a)] = found.b
    rows = torch.tensor(order, device=a.device) % len(a)  # the bare base (-1) is the last, all zeros
    return Mix(a[rows].transpose(1, 2), b[rows].transpose(1, 2), scale=scale, bias=bias)
