"""What a run will take, before a single request: calls, tokens, money and time, and what each figure rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from backend.core.generation import prompts
from backend.core.generation.judging import quality_messages
from backend.core.generation.plan import Plan
from backend.core.generation.prompts import Brief
from backend.core.generation.schedule import Order, Schedule
from backend.core.generation.tree import tree_calls
from backend.core.generation.vetting import KINDS
from backend.core.llm.asking import Usage
from backend.core.llm.prices import read_prices
from backend.core.params import GenerationParams
from backend.core.paths import PROJECT_ROOT, normalise_path

CHARACTERS_PER_TOKEN = 4.0
"""English; other languages take up to twice as many tokens."""

TOKENS_PER_SECOND = 60.0
FIRST_TOKEN_SECONDS = 0.8
"""A hosted model of the small kind; a local one may be much slower. A run tells its own speed after a few calls."""

JUDGE_TOKENS = 160
FORM_TOKENS = 90
"""The description of the answer's form, which goes with every question."""

BUDGET = 4
"""Times the calls of a run in which nothing is rejected; after that nothing new is begun."""


class GenerationEstimate(BaseModel):
    """What a run will take if little is rejected."""

    calls: int
    """Requests, without repeated ones"""
    calls_by_kind: dict[str, int]
    call_budget: int
    """Nothing new is begun after so many requests"""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """null = unknown: the model is not in the prices file"""
    currency: str
    seconds: float
    basis: list[str]
    """What the figures rest on"""


def estimate(params: GenerationParams, plan: Plan, brief: Brief, model: str, *, planned: bool) -> GenerationEstimate:
    """The estimate of a plan.

    Args:
        planned: whether the plan's own requests were made already.

    Raises:
        InvalidInput: the prices file cannot be read.
    """
    orders = _orders(plan, params.batch_size)
    kinds = _calls(params, plan, len(orders), planned)
    prompt, completion = _tokens(params, orders, brief, kinds)
    calls = sum(kinds.values())
    prices = read_prices(normalise_path(params.prices_file, PROJECT_ROOT))
    price = prices.of(model)
    latency = FIRST_TOKEN_SECONDS + completion / max(1, calls) / TOKENS_PER_SECOND
    rounds = sum(math.ceil(count / params.concurrency) for count in kinds.values())
    basis = [
        f"Calls: counted from the plan, {params.batch_size} records in a request at most, nothing rejected.",
        f"Tokens: {CHARACTERS_PER_TOKEN:g} characters each, {brief.form.tokens} for a record of this type.",
        f"Time: {TOKENS_PER_SECOND:g} tokens a second, {params.concurrency} requests at a time.",
        f"Cost: the prices of {prices.as_of}." if price else f"Cost: unknown, {params.prices_file} has no {model!r}.",
    ]
    return GenerationEstimate(
        calls=calls,
        calls_by_kind=kinds,
        call_budget=call_budget(kinds),
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=None if price is None else round(price.of(Usage(prompt, 0, completion, 0)), 4),
        currency=prices.currency,
        seconds=round(rounds * latency, 1),
        basis=basis,
    )


def call_budget(kinds: Mapping[str, int]) -> int:
    """Requests after which nothing new is begun; eight at least, or one unlucky answer would end a small run."""
    return max(8, BUDGET * sum(kinds.values()))


def _orders(plan: Plan, batch: int) -> list[Order]:
    """The requests for records of a run in which everything is accepted."""
    schedule, orders = Schedule(plan, batch), []
    while order := schedule.take():
        orders.append(order)
    return orders


def _calls(params: GenerationParams, plan: Plan, batches: int, planned: bool) -> dict[str, int]:
    count = len(plan.slots)
    kinds = {"records": batches}
    if not planned and plan.origin != "documents":
        kinds["plan"] = tree_calls(params.num_examples)
        kinds["plan"] += params.format_type == "classification" and not params.labels
    kinds["evolve"] = sum(slot.evolve is not None for slot in plan.slots)
    kinds["order"] = 2 * count if params.format_type == "preference" else 0
    kinds["quality"] = count + min(count, len(KINDS)) if params.quality_min > 0 else 0
    return {kind: number for kind, number in kinds.items() if number}


def _tokens(
    params: GenerationParams, orders: Sequence[Order], brief: Brief, kinds: Mapping[str, int]
) -> tuple[int, int]:
    record = brief.form.tokens
    characters = sum(
        len(message["content"])
        for order in orders
        for message in prompts.record_messages(brief, order.leaf, order.asked, (), ())
    )
    completion = record * sum(len(order.asked) for order in orders)
    prompt = characters / CHARACTERS_PER_TOKEN + FORM_TOKENS * sum(kinds.values())
    empty = {"input": "", "output": ""}
    judged = sum(len(message["content"]) for message in quality_messages(empty)) / CHARACTERS_PER_TOKEN + record
    judgements = kinds.get("quality", 0) + kinds.get("order", 0)
    writings = kinds.get("evolve", 0)
    own = len(brief.system()) / CHARACTERS_PER_TOKEN + record
    prompt += judged * judgements + own * writings + 200 * kinds.get("plan", 0)
    completion += JUDGE_TOKENS * judgements + record * writings + 400 * kinds.get("plan", 0)
    return round(prompt), round(completion)
