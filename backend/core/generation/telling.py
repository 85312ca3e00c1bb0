"""Plans, estimates and results in lines for a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.generation.card import MOCK
from backend.core.generation.estimate import GenerationEstimate
from backend.core.generation.plan import Plan

LEAVES_SHOWN = 40


def plan_lines(plan: Plan) -> list[str]:
    """The tree with its quotas, and how the attributes are dealt out."""
    quotas = plan.quotas()
    lines = [f"{len(plan.slots):,} records over {sum(map(bool, quotas.values()))} subtopics. {plan.note}".rstrip()]
    lines += [f"  {quotas[leaf.id]:>5}  {leaf.title}" for leaf in plan.leaves[:LEAVES_SHOWN] if quotas[leaf.id]]
    if len(plan.leaves) > LEAVES_SHOWN:
        lines.append(f"  ... and {len(plan.leaves) - LEAVES_SHOWN} more")
    for name in ("difficulty", "form", "persona", "label"):
        counts = Counter(getattr(slot, name) for slot in plan.slots)
        counts.pop("", None)
        if counts:
            lines.append(f"{name}: " + ", ".join(f"{value} {count}" for value, count in counts.most_common()))
    return lines


def estimate_lines(estimate: GenerationEstimate) -> list[str]:
    """Calls, tokens, money, time, and what they rest on."""
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in estimate.calls_by_kind.items())
    cost = "unknown" if estimate.cost is None else f"{estimate.cost:.4f} {estimate.currency}"
    return [
        f"About {estimate.calls:,} requests ({kinds}), at most {estimate.call_budget:,}; "
        f"{estimate.prompt_tokens:,} + {estimate.completion_tokens:,} tokens; cost {cost}; "
        f"{estimate.seconds:,.0f} seconds.",
        *(f"  {line}" for line in estimate.basis),
    ]


def result_lines(result: Mapping[str, Any], folder: str) -> list[str]:
    """What was made, and where it is."""
    rejected = sum(result["rejected"].values())
    reasons = ", ".join(f"{reason} {count}" for reason, count in result["rejected"].items())
    cost = result["cost"] if isinstance(result["cost"], str) else f"{result['cost']:.4f}"
    return [
        *([MOCK] if result["mock"] else []),
        f"{result['accepted']:,} records are in {', '.join(result['paths'])}.",
        f"{rejected:,} were rejected{f' ({reasons})' if reasons else ''}.",
        f"{result['requests']:,} requests, cost {cost}.",
        *([result["finding"]] if result["finding"] else []),
        f"The card, the plan and every rejected record: {folder}/",
    ]


def sample_lines(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The records of a sample."""
    return [json.dumps(record, indent=2, ensure_ascii=False) for record in records]
