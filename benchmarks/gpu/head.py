"""G4: the loss of a large vocabulary alone, forth and back: all logits at once, the learnt ones, ours in pieces."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from backend.engine.unpadded import head
from benchmarks.gpu.bench import Bench, Found
from benchmarks.random_models import SUPERVISED

PIECES = tuple(2**power for power in range(26, 33))


def loss_head(bench: Bench) -> Found:
    """Milliseconds and gigabytes of each way, the best piece, and the share of the ceiling that it reaches."""
    found = Found()
    rows, width, vocabulary = bench.sized((8192, 3584, 152_064), (256, 64, 2000))
    layer, hidden, targets = _inputs(bench, rows, width, vocabulary)
    some = slice(0, round(rows * SUPERVISED))
    ways: dict[str, Callable[[], None]] = {
        "full": lambda: _usual(hidden, layer, targets),
        "selected": lambda: _usual(hidden[some], layer, targets[some]),
    }
    for name, way in ways.items():
        _measure(bench, found, name, way)
    for piece in bench.sized(PIECES, (2**18, 2**20)):
        head.PIECE_BYTES[bench.device.kind] = piece
        _measure(bench, found, f"pieces_{piece / 2**20:g}mb", lambda: _ours(hidden, layer, targets))
    pieces = {name: ms for name, ms in found.figures.items() if name.startswith("pieces_") and name.endswith("_ms")}
    best = min(pieces, key=pieces.__getitem__)
    limit = 1e3 * 4 * rows * width * vocabulary / bench.flops()
    found.figures |= {"limit_ms": limit, "best_over_full": pieces[best] / found.figures["full_ms"]}
    found.tell(f"the fastest pieces: {best.removesuffix('_ms')}; the products alone would take {limit:.3g} ms")
    return found


def _inputs(bench: Bench, rows: int, width: int, words: int) -> tuple[torch.nn.Linear, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    kind = {"device": bench.device.kind, "dtype": bench.device.dtype}
    layer = torch.nn.Linear(width, words, bias=False, **kind).requires_grad_(False)
    hidden = torch.randn(rows, width, **kind).requires_grad_()
    return layer, hidden, torch.randint(words, (rows,), device=bench.device.kind)


def _usual(hidden: torch.Tensor, layer: torch.nn.Linear, targets: torch.Tensor) -> None:
    F.cross_entropy(layer(hidden).float(), targets, reduction="sum").backward()


def _ours(hidden: torch.Tensor, layer: torch.nn.Linear, targets: torch.Tensor) -> None:
    head.supervised_loss(hidden, layer, targets).backward()


def _measure(bench: Bench, found: Found, name: str, way: Callable[[], None]) -> None:
    with bench.emptied():
        held = bench.peak_gb()
        took = 1e3 * bench.seconds(way)
        more = bench.peak_gb() - held
    found.figures |= {f"{name}_ms": took, f"{name}_gb": more}
    found.tell(f"{name:>16}: {took:8.2f} ms, {more:6.2f} GB")
