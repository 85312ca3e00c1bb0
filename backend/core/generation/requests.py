"""The questions of a run as the client asks them: words, form of the answer, key, and what test mode answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from backend.core.evaluation.rubric import Rubric
from backend.core.evaluation.verdicts import grades_of
from backend.core.generation import prompts, sample_answers
from backend.core.generation.candidate import Call, Candidate
from backend.core.generation.formats import FORMATS, Record
from backend.core.generation.judging import (
    DATA_RUBRIC,
    PreferenceAnswer,
    order_messages,
    quality_messages,
    quality_schema,
    settled,
)
from backend.core.generation.plan import Plan, Slot
from backend.core.generation.prompts import PROMPT_VERSION, Brief
from backend.core.generation.schedule import Order
from backend.core.llm import Ask, Reply, key_of

HEADROOM = 3
"""Tokens allowed for a record, in usual lengths: an answer that is cut off costs a whole request."""

FIXED_TOKENS = 256
JUDGE_TOKENS = 700
EXAMPLES_SHOWN = 3


@cache
def batch_schema(form: str) -> type[BaseModel]:
    """The form of an answer with records.

    The server is given the record's schema; here any list is taken, so that one bad record does not cost the others.
    """
    item = FORMATS[form].item_schema()
    records = Annotated[list[Annotated[Any, WithJsonSchema(item)]], Field(description="the records, in order")]
    made: type[BaseModel] = create_model("Records", records=(records, ...))
    return made


def drafts_of(reply: Reply) -> list[Any]:
    """The records in an answer; none when it failed."""
    if reply.status == "failed" or reply.value is None:
        return []
    return list(getattr(reply.value, "records", []))


@dataclass(frozen=True)
class Requests:
    """Makes the questions of a run.

    Args:
        model: that writes; `judge` grades.
        temperature: of writing; judges are always asked at 0.
        examples: given records, of which each request shows a few in turn.
    """

    brief: Brief
    plan: Plan
    model: str
    judge: str
    temperature: float
    examples: Sequence[Mapping[str, Any]] = ()
    rubric: Rubric = field(default=DATA_RUBRIC)

    def records(self, number: int, order: Order, recent: Sequence[str]) -> Ask:
        """The request for records; its key is its number, since its words may differ when it is repeated."""
        key = self._key("records", call=number)
        count = len(self.examples)
        shown = [self.examples[(number + step) % count] for step in range(min(EXAMPLES_SHOWN, count))]
        messages = prompts.record_messages(self.brief, order.leaf, order.asked, recent, shown)
        asked = order.asked

        def answer(random: Random) -> dict[str, Any]:
            return {"records": [sample_answers.draft(self.brief.form, order.leaf, slot, random) for slot in asked]}

        return self._writing(key, f"call {number}", messages, len(asked), answer)

    def mend(self, call: Call, broken: Sequence[Candidate]) -> Ask:
        """The request to correct the broken drafts of a call."""
        key = self._key("mend", call=call.number, drafts=[candidate.draft for candidate in broken])
        parts = [(candidate.raw, candidate.problems, candidate.slot) for candidate in broken]
        messages = prompts.mend_messages(self.brief, call.order.leaf, parts)

        def answer(random: Random) -> dict[str, Any]:
            slots = [candidate.slot for candidate in broken]
            return {
                "records": [sample_answers.draft(self.brief.form, call.order.leaf, slot, random) for slot in slots]
            }

        return self._writing(key, f"call {call.number}, correction", messages, len(broken), answer)

    def evolve(self, candidate: Candidate) -> Ask:
        """The request to make a record harder."""
        assert candidate.record is not None
        key = self._key("evolve", call=candidate.call.number, draft=candidate.draft)
        messages = prompts.evolve_messages(self.brief, candidate.record, candidate.slot)
        leaf = candidate.call.order.leaf

        def answer(random: Random) -> dict[str, Any]:
            return {"records": [sample_answers.draft(self.brief.form, leaf, candidate.slot, random)]}

        return self._writing(key, self._item(candidate), messages, 1, answer)

    def orders(self, candidate: Candidate) -> list[Ask]:
        """The two requests to compare the answers of a preference pair."""
        assert candidate.record is not None
        asks = []
        for order, messages in enumerate(order_messages(candidate.record)):
            key = self._key("order", call=candidate.call.number, draft=candidate.draft, order=order)
            winner = "first" if order == 0 else "second"
            answer = {"rationale": "MOCK", "winner": winner, "margin": 2}
            asks.append(self._judging(key, self._item(candidate), messages, PreferenceAnswer, answer))
        return asks

    def settle(self, candidate: Candidate, replies: Sequence[Reply]) -> Record | None:
        """The pair as both orders have it; None = they disagree."""
        assert candidate.record is not None
        answers = [reply.value for reply in replies if isinstance(reply.value, PreferenceAnswer)]
        return settled(candidate.record, answers)

    def quality(self, candidate: Candidate) -> Ask:
        """The request to grade a record."""
        assert candidate.record is not None
        key = self._key("quality", call=candidate.call.number, draft=candidate.draft, record=candidate.record)
        names = [criterion.name for criterion in self.rubric.criteria]
        answer = {"rationale": "MOCK", **dict.fromkeys(names, 8), "score": 8}
        return self._judging(key, self._item(candidate), quality_messages(candidate.record), quality_schema(), answer)

    def control(self, kind: str, record: Record) -> Ask:
        """The request to grade an answer that is known to be bad."""
        key = self._key("control", name=kind, record=record)
        names = [criterion.name for criterion in self.rubric.criteria]
        answer = {"rationale": "MOCK", **dict.fromkeys(names, 2), "score": 2}
        return self._judging(key, f"control: {kind}", quality_messages(record), quality_schema(), answer)

    def grade(self, reply: Reply) -> tuple[float, str]:
        """Grade and rationale of an answer to `quality`."""
        assert isinstance(reply.value, BaseModel)
        score, _, rationale = grades_of(reply.value, self.rubric)
        return score, rationale

    def steps(self, slot: Slot, quality_min: float) -> list[str]:
        """What a record goes through between the gate and its acceptance."""
        steps = ["evolve"] if slot.evolve and self.brief.form.evolvable else []
        if self.brief.form.name == "preference":
            steps.append("order")
        return [*steps, "quality"] if quality_min > 0 else steps

    def _key(self, kind: str, **content: Any) -> str:
        return key_of(f"data:{kind}", plan=self.plan.digest, model=self.model, prompts=PROMPT_VERSION, **content)

    def _item(self, candidate: Candidate) -> str:
        return f"call {candidate.call.number}, record {candidate.draft}"

    def _writing(self, key: str, item: str, messages: prompts.Messages, count: int, answer: Any) -> Ask:
        return Ask(
            key=key,
            item_id=item,
            messages=messages,
            schema=batch_schema(self.brief.form.name),
            max_tokens=FIXED_TOKENS + HEADROOM * count * self.brief.form.tokens,
            temperature=self.temperature,
            seed=int(key[:8], 16) % 2**31,
            model=self.model,
            mock=answer,
        )

    def _judging(self, key: str, item: str, messages: prompts.Messages, schema: type[BaseModel], answer: Any) -> Ask:
        return Ask(
            key=key,
            item_id=item,
            messages=messages,
            schema=schema,
            max_tokens=JUDGE_TOKENS,
            model=self.judge,
            mock=lambda random: answer,
        )
