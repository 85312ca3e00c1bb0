"""The verdict on a merge: which errors what was promised explains, and all of it in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from backend.core.params import MergeParams
from backend.engine.merge.held_out import HeldOut
from backend.engine.merge.measuring import Distance, Loss

STORED_ERROR = {"float32": 1e-3, "float16": 1e-2, "bfloat16": 5e-2}
"""Error of the logits that storing the factors alone may make; 1e-6, 4e-4 and 3e-3 were measured on small models."""
COMPUTED_ERROR = 0.15
"""What computing in 16 bits may add: the target is rounded at other places than the result."""
SLACK = 6.0
"""The logits' error over the layers' own, for what a rank or the rounding of the base loses: 1 to 3 were measured."""
MOST_ERROR = 0.5
"""Beyond, a result is nearer to neither: half of what the merge was to change is missing, whatever was promised."""
LEAST_AGREEMENT = 0.8
"""Of two small adapters that disturb each other, ranks that keep 99, 93 and 78 % of the energy agree with the uncut
merge on 88, 79 and 73 % of the tokens; adapters that get along agree on more."""
EXACT_AGREEMENT = 0.99
"""For a result that loses nothing: only tokens whose logits are equal to the last digits may change places."""
LOSSLESS = 1e-9
"""Share of the squared change that float32 factors lose at most; 1e-14 is usual."""
KEPT_GAIN = 0.9
"""Share of what an adapter gained over the base, below which the proof says that the merge has lost some of it."""


@dataclass
class Proof:
    """What the proof found.

    Args:
        passed: whether the result does what the merge says.
        reason: why not; empty when it does.
        logit_error: |got - target| / |target - base| over the predicted tokens' logits.
        agreement: share of positions with the same next token.
        prompts: how many were asked.
        perplexity: for each adapter with data: what the data are, and the perplexity of the adapter alone, of the
            result and of the base.
        lines: all of it as a person reads it.
    """

    passed: bool
    reason: str
    logit_error: float
    agreement: float
    prompts: int
    perplexity: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the job's result, the manifest and the registry; JSON has neither NaN nor infinity."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def explained_error(params: MergeParams, dtype: torch.dtype, lost: float) -> float:
    """The largest error that what was promised explains.

    Args:
        params: the precision the result is stored in.
        dtype: the one the models compute in.
        lost: share of the squared change that the rank or the rounding of the base cannot hold.
    """
    stored = STORED_ERROR["float32" if params.into_base else params.output_dtype]
    computed = COMPUTED_ERROR if dtype != torch.float32 else 0.0
    return min(MOST_ERROR, stored + computed + SLACK * math.sqrt(max(lost, 0.0)))


def row_of(data: HeldOut, parent: Loss, merged: Loss, base: Loss) -> dict[str, Any]:
    """An adapter's line of the table."""
    return {
        "adapter": data.adapter, "data": data.data, "prompts": len(data.examples),
        "parent": parent.perplexity, "merged": merged.perplexity, "base": base.perplexity,
    }  # fmt: skip


def judged(
    distance: Distance,
    table: list[dict[str, Any]],
    data: Sequence[HeldOut],
    fault: str | None,
    limit: float,
    *,
    exact: bool,
) -> Proof:
    """The verdict.

    Args:
        distance: between the result and the target, over all prompts.
        table: perplexities, a row for each adapter with data.
        data: every adapter's prompts, or why there are none.
        fault: what is wrong before anything was measured; None = nothing.
        limit: the largest error that what was promised explains.
        exact: whether the result was to lose nothing.
    """
    error, agreement = (math.nan, 0.0) if fault else (distance.error, distance.agreement)
    least = EXACT_AGREEMENT if exact else LEAST_AGREEMENT
    reason = fault or ""
    if not fault and not math.isfinite(error):
        reason = "It answers with NaN or infinity."
    elif not fault and not error <= limit:
        reason = f"Its logits are {error:.2%} of the change off the exact merge; {limit:.2%} would be explained."
    elif not fault and agreement < least:
        reason = (
            f"It chooses the exact merge's next token at {agreement:.1%} of the positions; {least:.0%} are needed."
        )
    prompts = sum(len(found.examples) for found in data)
    lines = [_verdict(reason, error, agreement, prompts), *_data_lines(data, table)]
    return Proof(not reason, reason, error, agreement, prompts, table, lines)


def _verdict(reason: str, error: float, agreement: float, prompts: int) -> str:
    if reason:
        return f"Proof failed: {reason}"
    return (
        f"Proof passed: on {prompts} prompts the logits are {error:.2g} of the change off the exact merge, and "
        f"{agreement:.1%} of the next tokens are the same."
    )


def _data_lines(data: Sequence[HeldOut], table: Sequence[dict[str, Any]]) -> list[str]:
    figures = {row["adapter"]: row for row in table}
    lines = []
    for found in data:
        row, name = figures.get(found.adapter), found.adapter.rpartition("/")[2]
        if row:
            lines.append(
                f"{name}, {row['prompts']} prompts ({found.data}): perplexity {row['merged']:.3g} merged, "
                f"{row['parent']:.3g} {name} alone, {row['base']:.3g} the base."
            )
            lines += _loss_line(name, row)
        elif not found.examples:
            lines.append(f"{name}, no prompts: {found.data.removeprefix('none: ').rstrip('.')}.")
    if data and not data[-1].scored:
        lines.append(f"No adapter's data could be used: the prompts are {len(data[-1].examples)} of random tokens.")
    return lines


def _loss_line(name: str, row: dict[str, Any]) -> list[str]:
    """What the merge has lost of an adapter; loss being the logarithm of perplexity."""
    base, parent, merged = (math.log(row[who]) for who in ("base", "parent", "merged"))
    if not base - parent > 0.01:
        return []
    kept = (base - merged) / (base - parent)
    if not kept < KEPT_GAIN:
        return []
    share = f"{kept:.0%} of what {name} had gained over the base is left" if kept > 0 else f"nothing of {name} is left"
    return [f"The adapters get in each other's way: {share}. Try other weights or --method; see docs/merging.md."]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value
