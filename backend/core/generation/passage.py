"""A record's way from a draft to a row: the gate, what was asked for beyond it, the gate once more, its slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.core.generation.books import Books
from backend.core.generation.candidate import Call, Candidate
from backend.core.generation.checking import Checks
from backend.core.generation.formats import BadDraft
from backend.core.generation.gate import Gate
from backend.core.generation.requests import Requests, drafts_of
from backend.core.generation.rows import Reason, Row
from backend.core.generation.schedule import Schedule
from backend.core.generation.vetting import Vetting
from backend.core.llm import Ask, Reply

Send = Callable[[Ask, Callable[[Reply], None]], None]


@dataclass
class Passage:
    """What candidates pass through.

    Args:
        send: puts a question in line, with what is to be done with its answer.
        quality_min: lowest grade to be accepted; 0 = grades are not asked for.
        on_row: told of every decision.
    """

    books: Books
    schedule: Schedule
    gate: Gate
    checks: Checks
    requests: Requests
    vetting: Vetting
    send: Send
    quality_min: float
    on_row: Callable[[Row], None]

    def read(self, candidate: Candidate, raw: Any) -> bool:
        """Whether the draft is a record; its problems are noted when it is none."""
        try:
            record = self.checks.form.read(raw, candidate.slot)
        except BadDraft as bad:
            candidate.problems = bad.problems
            return False
        source = candidate.call.order.leaf.source
        if not source:
            record.pop("evidence", None)  # there is nothing it could be quoted from: it is made up
        candidate.problems = self.checks.problems(record, candidate.slot, source)
        # A refusal breaks other rules too (it may be in English); a correction would only bring a second one.
        if candidate.problems and not self.checks.is_refusal(record):
            return False
        candidate.record = record
        return True

    def enter(self, candidate: Candidate) -> None:
        """The gate comes first, before anything more is spent on a record."""
        if self._held_back(candidate):
            return
        candidate.todo = self.requests.steps(candidate.slot, self.quality_min)
        self._advance(candidate)

    def reject(self, candidate: Candidate, reason: Reason, detail: str, **known: Any) -> None:
        """The candidate ends as a rejected row."""
        self._add(self._row(candidate, status="rejected", reason=reason, detail=detail[:500], **known))
        leaf = candidate.call.order.leaf.id
        self.schedule.note(leaf, refused=int(reason == "refusal"), other=int(reason != "refusal"))
        self._settle(candidate)

    def lose(self, call: Call, reason: Reason, detail: str) -> None:
        """A whole request ends as one rejected row."""
        count, leaf = len(call.order.asked), call.order.leaf
        self._add(
            Row(
                id=self.books.next_id(), status="rejected", call=call.number, draft=-1, leaf=leaf.id,
                subtopic=leaf.title, reason=reason, detail=detail[:500], ask=call.key, count=count,
            )
        )  # fmt: skip
        if reason == "refusal":
            self.schedule.note(leaf.id, refused=count)
        self.close(call)

    def close(self, call: Call) -> None:
        """Every draft of the request is decided: slots that it left empty wait again."""
        self.books.close_call(call.number, call.missing, call.surplus)
        self.schedule.give_back(call.free)

    def _advance(self, candidate: Candidate) -> None:
        if not candidate.todo:
            self._accept(candidate)
            return
        step = candidate.todo.pop(0)
        if step == "evolve":
            self.send(self.requests.evolve(candidate), lambda reply: self._read_evolved(candidate, reply))
        elif step == "order":
            self._compare(candidate)
        else:
            self.send(self.requests.quality(candidate), lambda reply: self._read_grade(candidate, reply))

    def _read_evolved(self, candidate: Candidate, reply: Reply) -> None:
        """The harder record, if it is one that may pass; else the record stays as it was."""
        before, drafts = candidate.record, drafts_of(reply)
        candidate.record = None
        read = bool(drafts) and self.read(candidate, drafts[0])
        if read and candidate.record is not None and self.gate.judge(candidate.record).reason is None:
            candidate.flags.append("evolved")
        else:
            candidate.record = before
            candidate.flags.append("not_evolved")
        self._advance(candidate)

    def _compare(self, candidate: Candidate) -> None:
        """A preference pair, asked for in both orders."""
        asks = self.requests.orders(candidate)
        replies: dict[str, Reply] = {}

        def take(reply: Reply) -> None:
            replies[reply.ask.key] = reply
            if len(replies) == len(asks):
                self._read_orders(candidate, [replies[ask.key] for ask in asks])

        for ask in asks:
            self.send(ask, take)

    def _read_orders(self, candidate: Candidate, replies: list[Reply]) -> None:
        if any(reply.status == "failed" for reply in replies):
            self.reject(candidate, "quality_unknown", "one of the two comparisons has no answer")
            return
        settled = self.requests.settle(candidate, replies)
        if settled is None:
            self.reject(candidate, "inconsistent_preference", "the two orders disagree, or tie")
            return
        candidate.record = settled
        self._advance(candidate)

    def _read_grade(self, candidate: Candidate, reply: Reply) -> None:
        if reply.status == "failed":
            self.reject(candidate, "quality_unknown", f"{reply.error_class}: {reply.detail}")
            return
        candidate.quality, rationale = self.requests.grade(reply)
        if candidate.quality < self.quality_min:
            self.reject(candidate, "low_quality", f"graded {candidate.quality:g}: {rationale}")
        else:
            self._advance(candidate)

    def _held_back(self, candidate: Candidate) -> bool:
        assert candidate.record is not None
        verdict = self.gate.judge(candidate.record)
        candidate.nearest, candidate.similarity = verdict.nearest, verdict.similarity
        if verdict.reason:
            self.reject(candidate, verdict.reason, verdict.detail)
        return verdict.reason is not None

    def _accept(self, candidate: Candidate) -> None:
        if self._held_back(candidate):  # something like it may have come in meanwhile
            return
        assert candidate.record is not None
        slot = candidate.call.place_for(candidate.slot)
        if slot is None:
            candidate.call.surplus += 1
            self._settle(candidate)
            return
        candidate.call.free.remove(slot)
        row = self._row(candidate, status="accepted", slot=slot.number)
        self.gate.let_in(row.id, candidate.record)
        self._add(row)
        self.schedule.note(row.leaf, accepted=1)
        if candidate.quality is not None:
            self.vetting.consider(candidate.record)
        self._settle(candidate)

    def _settle(self, candidate: Candidate) -> None:
        candidate.call.open.discard(candidate.draft)
        if not candidate.call.open:
            self.close(candidate.call)

    def _row(self, candidate: Candidate, **given: Any) -> Row:
        leaf = candidate.call.order.leaf
        return Row(
            id=self.books.next_id(), call=candidate.call.number, draft=candidate.draft, leaf=leaf.id,
            subtopic=leaf.title, record=candidate.raw if candidate.record is None else candidate.record,
            quality=candidate.quality, nearest=candidate.nearest, similarity=candidate.similarity,
            flags=[*candidate.flags, *candidate.reply.flags], ask=candidate.call.key, model=self.requests.model,
            tokens=candidate.tokens, **given,
        )  # fmt: skip

    def _add(self, row: Row) -> None:
        self.books.add(row)
        self.on_row(row)
