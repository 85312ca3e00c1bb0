"""The comparison of adapters as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from backend.engine.merge.comparison import RANKS, Comparison, PairInModule

MOST_LAYERS = 5


def lines(comparison: Comparison) -> list[str]:
    """The whole report, a line each."""
    return [*_parents(comparison), "", *_pairs(comparison), *_energy(comparison), "", *_advice(comparison)]


def _parents(comparison: Comparison) -> list[str]:
    rows = [("adapter", "weight", "rank", "scaling", "layers", "parameters", "base")]
    for parent in comparison.parents:
        rows.append((
            parent["name"], f"{parent['weight']:g}", _span(parent["ranks"]), _span(parent["scales"]),
            str(parent["layers"]), f"{parent['parameters']:,}", parent["base"] or "unnamed",
        ))  # fmt: skip
    return [*_table(rows), "targets: " + ", ".join(sorted({t for p in comparison.parents for t in p["targets"]}))]


def _pairs(comparison: Comparison) -> list[str]:
    names = [parent["name"] for parent in comparison.parents]
    found: dict[tuple[int, int], list[PairInModule]] = {}
    for pair in comparison.pairs:
        found.setdefault(pair.pair, []).append(pair)
    if not found:
        return []
    rows = [("pair (median over layers)", "cosine", "sign conflict", "input overlap", "output overlap", "most alike")]
    for (one, two), layers in found.items():
        figures = [
            median(getattr(pair, name) for pair in layers)
            for name in ("cosine", "conflict", "overlap_in", "overlap_out")
        ]
        closest = max(layers, key=lambda pair: abs(pair.cosine))
        rows.append((
            f"{names[one]} and {names[two]}", f"{figures[0]:+.3f}", f"{figures[1]:.1%}", f"{figures[2]:.1%}",
            f"{figures[3]:.1%}", f"{closest.module} ({closest.cosine:+.3f})",
        ))  # fmt: skip
    return [*_table(rows), ""]


def _energy(comparison: Comparison) -> list[str]:
    ranks = [rank for rank in RANKS if all(rank in module.energy for module in comparison.modules)]
    rows = [("energy of the sum kept at rank", *map(str, ranks))]
    for words, choose in (("median layer", median), ("worst layer", min)):
        rows.append((words, *(f"{choose(m.energy[rank] for m in comparison.modules):.1%}" for rank in ranks)))
    needed = sorted(comparison.modules, key=lambda module: -module.rank_999)[:MOST_LAYERS]
    return [*_table(rows), "rank for 99.9 %: " + ", ".join(f"{m.module} {m.rank_999}" for m in needed)]


def _advice(comparison: Comparison) -> list[str]:
    return [f"Recommended: --method {comparison.recommended}. {comparison.reason}"]


def _span(values: list[float]) -> str:
    return f"{values[0]:g}" if len(values) == 1 else f"{values[0]:g} to {values[-1]:g}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
