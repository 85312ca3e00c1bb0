"""What a run will ask, take and cost, before anything is sent, and what each figure rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from pydantic import BaseModel

from backend.core.evaluation.controls import plant
from backend.core.evaluation.items import Material
from backend.core.evaluation.judging import Judgement
from backend.core.evaluation.planning import Plan
from backend.core.evaluation.requests import Setup, requests_of
from backend.core.llm.prices import Price, Prices, read_prices
from backend.core.llm.schema import in_words
from backend.core.paths import normalise_path

BYTES_PER_TOKEN = 4.0
"""English in the tokenizers of today's judges; other scripts need more tokens."""
RATIONALE_TOKENS = 60
FIELD_TOKENS = 8
"""One to three sentences of reasons, and a name with a number for each grade."""
SECONDS_PER_CALL = 2.5
"""Of a hosted small model for 150 tokens; a server of your own may be far slower."""
LOOKED_AT = 200
"""Questions that are put together to see how long they are; the others are taken to be alike."""


class EvaluationEstimate(BaseModel):
    """What a run will take."""

    items: int
    models: list[str]
    mode: str
    judges: list[str] = []
    calls: int = 0
    """Requests, if none has to be repeated"""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    """null = a judge has no price in the prices file"""
    currency: str = "USD"
    seconds: float = 0.0
    """Of judging; how long the models take to answer is not known beforehand"""
    basis: list[str] = []
    """What the figures rest on"""
    warnings: list[str] = []

    def lines(self) -> list[str]:
        """The same for a terminal."""
        if not self.calls:
            return [f"{self.items:,} items, mode {self.mode}: nobody has to be asked.", *self.warnings]
        cost = "cost unknown" if self.cost is None else f"about {self.cost:.4f} {self.currency}"
        return [
            f"{self.items:,} items of {', '.join(self.models)}, mode {self.mode}, judged by {', '.join(self.judges)}.",
            f"{self.calls:,} requests, about {self.prompt_tokens:,} tokens to read and {self.completion_tokens:,} to "
            f"write, {cost}, about {_duration(self.seconds)}.",
            *(f"- {reason}" for reason in self.basis),
            *(f"! {warning}" for warning in self.warnings),
            "Nothing was sent.",
        ]


def estimate(plan: Plan, material: Material) -> EvaluationEstimate:
    """The plan's needs for these answers (or for stand-ins of about their length)."""
    found = EvaluationEstimate(
        items=len(material.questions), models=[answers.model for answers in material.answers], mode=plan.mode
    )
    if plan.setup is None:
        found.basis = ["Metrics against references are computed here: no judge, no cost."]
        return found
    planted = plant(material.questions, plan.params.controls, plan.measure.scale[1], plan.params.seed)
    calls = sum(1 for _ in requests_of(material, plan.setup, planted)) + _commits(material, plan.setup)
    looked = _looked_at(plan, material)
    prices = read_prices(normalise_path(plan.params.prices_file))
    found.judges, found.calls, found.currency = list(plan.setup.judges), calls, prices.currency
    found.prompt_tokens = math.ceil(_mean([reading for reading, _ in looked]) * calls)
    found.completion_tokens = math.ceil(_mean([writing for _, writing in looked]) * calls)
    if plan.mock:
        found.basis = ["MOCK: grades are made up here, nobody is asked."]
        return found
    found.cost = _cost(found, plan.setup.judges, prices)
    found.seconds = math.ceil(calls / plan.params.concurrency) * SECONDS_PER_CALL
    found.basis = _basis(found, plan, prices, min(LOOKED_AT, calls))
    found.warnings = _warnings(found, plan)
    return found


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _commits(material: Material, setup: Setup) -> int:
    """The judge's own answers, one per different question, judge and repeat."""
    if not setup.commit_first:
        return 0
    return len({question.input for question in material.questions}) * len(setup.judges) * setup.repeats


def _looked_at(plan: Plan, material: Material) -> list[tuple[float, float]]:
    """Tokens to read and to write of the first questions."""
    assert plan.setup
    plain = Judgement(
        islice(requests_of(material, plan.setup, []), LOOKED_AT), replace(plan.setup, commit_first=False)
    )
    found: list[tuple[float, float]] = []
    while ask := plain.next():
        told = in_words(ask.schema) if ask.schema else ""
        size = sum(len(turn["content"].encode("utf-8", "replace")) for turn in ask.messages) + len(told)
        fields = len(ask.schema.model_fields) if ask.schema else 1
        found.append((size / BYTES_PER_TOKEN, RATIONALE_TOKENS + FIELD_TOKENS * fields))
    return found


def _cost(found: EvaluationEstimate, judges: Sequence[str], prices: Prices) -> float | None:
    each = [prices.of(judge) for judge in judges]
    known: list[Price] = [price for price in each if price is not None]
    if len(known) < len(each):
        return None
    reading = found.prompt_tokens / len(judges) / 1e6
    writing = found.completion_tokens / len(judges) / 1e6
    return sum(reading * price.input + writing * price.output for price in known)


def _basis(found: EvaluationEstimate, plan: Plan, prices: Prices, looked: int) -> list[str]:
    told = [
        "Requests: every distinct answer, by every judge and repeat, and the planted checks; none asked twice.",
        f"Tokens: the first {looked:,} questions as they would be sent, at {BYTES_PER_TOKEN:g} bytes a token, and "
        f"{found.completion_tokens // max(found.calls, 1)} tokens for each verdict.",
        f"Time: {SECONDS_PER_CALL:g} s a request, {plan.params.concurrency} at a time; yours may differ.",
    ]
    if found.cost is None:
        missing = ", ".join(judge for judge in found.judges if prices.of(judge) is None)
        return [*told, f"Cost: {missing} has no price in {plan.params.prices_file}, so it is unknown."]
    return [*told, f"Cost: {plan.params.prices_file}{f', prices of {prices.as_of}' if prices.as_of else ''}."]


def _warnings(found: EvaluationEstimate, plan: Plan) -> list[str]:
    told = []
    if plan.params.max_calls is not None and found.calls > plan.params.max_calls:
        told.append(f"max_calls stops the run at {plan.params.max_calls:,} of {found.calls:,} requests.")
    if plan.params.max_cost is not None and found.cost is not None and found.cost > plan.params.max_cost:
        told.append(f"max_cost would stop the run: about {found.cost:.4f} is needed.")
    if plan.params.models:
        told.append("The time the models take to answer is not in it.")
    return told


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
