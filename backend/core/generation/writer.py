"""The writing itself: requests go out while there is room for one, and what comes back is read.

A broken draft is corrected once, with its mistakes named; the others of its answer go their way meanwhile. A draft
that becomes no record gives its slot back, which is then asked for again, until every slot is filled or nothing more
is to be expected.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from backend.core.generation.books import Books, MadeCall
from backend.core.generation.candidate import Call, Candidate
from backend.core.generation.checking import Checks
from backend.core.generation.gate import Gate
from backend.core.generation.passage import Passage
from backend.core.generation.plan import Plan, Slot
from backend.core.generation.requests import Requests, drafts_of
from backend.core.generation.rows import Row
from backend.core.generation.schedule import Order, Schedule
from backend.core.generation.vetting import Vetting
from backend.core.llm import Ask, Reply

REFUSALS = ("refusal", "content_filter")
TOO_MUCH = ("truncated", "too_long")
"""Fewer records in a request make both the question and the room for its answer smaller."""

REMEMBERED = 8
"""Records of a leaf that are shown to the model as written already."""


class Writer:
    """A source of questions for the language model (`backend.core.llm.Source`).

    Args:
        requests: makes the questions.
        budget: requests after which nothing new is begun.
        quality_min: lowest grade to be accepted; 0 = grades are not asked for.
        on_row: told of every decision.

    Attributes:
        filled: numbers of the slots that have a record.
        vetting: what is known of the judge.
        stopped: why nothing more was asked for though slots are free; empty = it was not so.
    """

    def __init__(
        self,
        plan: Plan,
        books: Books,
        schedule: Schedule,
        gate: Gate,
        checks: Checks,
        requests: Requests,
        *,
        budget: int,
        quality_min: float = 0.0,
        on_row: Callable[[Row], None] = lambda row: None,
    ) -> None:
        self.plan, self.books, self.schedule = plan, books, schedule
        self.filled: set[int] = set()
        self.stopped = ""
        self.asks = 0
        self._gate, self._requests, self._budget, self._told = gate, requests, budget, on_row
        self.vetting = Vetting(requests, self._send)
        self._passage = Passage(
            books, schedule, gate, checks, requests, self.vetting, self._send, quality_min, on_row=self._note
        )
        self._ready: deque[Ask] = deque()
        self._handlers: dict[str, Callable[[Reply], None]] = {}
        self._recent: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._take_up()

    def next(self) -> Ask | None:
        """The next question: what belongs to a draft first, then new records."""
        if not self._ready:
            self._begin_call()
        if not self._ready:
            return None
        self.asks += 1
        return self._ready.popleft()

    def done(self, reply: Reply) -> None:
        """Take an answer in."""
        self._handlers.pop(reply.ask.key)(reply)

    def _begin_call(self) -> None:
        if len(self.filled) == len(self.plan.slots) or not self.schedule.waiting:
            return
        order = self.schedule.take() if self.asks < self._budget else None
        if order is None:
            spent = f"the budget of {self._budget:,} requests is used up" if self.asks >= self._budget else ""
            self.stopped = spent or self.schedule.exhausted or "no subtopic is left for them"
            return
        self.stopped = ""
        number = self.books.open_call(order.leaf.id, _numbers(order.slots), _numbers(order.asked))
        self._send_call(number, order)

    def _send(self, ask: Ask, handler: Callable[[Reply], None]) -> None:
        self._handlers[ask.key] = handler
        self._ready.append(ask)

    def _send_call(self, number: int, order: Order) -> None:
        ask = self._requests.records(number, order, list(self._recent[order.leaf.id]))
        call = Call(number, order, ask.key, list(order.slots))
        self._send(ask, lambda reply: self._read_answer(call, reply))

    def _read_answer(self, call: Call, reply: Reply) -> None:
        leaf = call.order.leaf.id
        if reply.status == "failed":
            if reply.error_class in TOO_MUCH:
                self.schedule.shorten(leaf)
            reason = "refusal" if reply.error_class in REFUSALS else "call_failed"
            self._passage.lose(call, reason, f"{reply.error_class}: {reply.detail}")  # type: ignore[arg-type]
            return
        drafts = drafts_of(reply)[: len(call.order.asked)]
        known = self.books.decided(call.number)
        call.missing = len(call.order.asked) - len(drafts)
        call.open = {place for place in range(len(drafts)) if place not in known}
        if not call.open:
            self._passage.close(call)
            return
        candidates = [
            Candidate(call, place, call.order.asked[place], drafts[place], reply) for place in sorted(call.open)
        ]
        broken = [candidate for candidate in candidates if not self._passage.read(candidate, candidate.raw)]
        if broken:
            self._send(self._requests.mend(call, broken), lambda mended: self._read_mended(broken, mended))
        for candidate in candidates:
            if candidate.record is not None:
                self._passage.enter(candidate)

    def _read_mended(self, broken: Sequence[Candidate], reply: Reply) -> None:
        drafts = drafts_of(reply)
        for place, candidate in enumerate(broken):
            if place < len(drafts) and self._passage.read(candidate, drafts[place]):
                candidate.flags.append("mended")
                self._passage.enter(candidate)
            else:
                self._passage.reject(candidate, "invalid", "; ".join(candidate.problems))

    def _note(self, row: Row) -> None:
        if row.status == "accepted" and row.slot is not None:
            self.filled.add(row.slot)
            self._remember(row)
        self._told(row)

    def _remember(self, row: Row) -> None:
        assert isinstance(row.record, dict)
        self._recent[row.leaf].append(" ".join(str(row.record["input"]).split())[:100])

    def _take_up(self) -> None:
        """Go on where a stopped run was: what it accepted counts, what it had asked for is asked for again."""
        for row in self.books.accepted:
            assert isinstance(row.record, dict)
            assert row.slot is not None
            self._gate.let_in(row.id, row.record)
            self.filled.add(row.slot)
            self._remember(row)
        self.schedule.claim("", sorted(self.filled))
        slots = {slot.number: slot for slot in self.plan.slots}
        for made in list(self.books.unfinished.values()):
            self._repeat(made, slots)
        for row in self.books.rows:
            # Fruitless drafts are forgotten: whoever resumes an exhausted run means it to be tried again.
            refused = row.count if row.reason == "refusal" else 0
            self.schedule.note(row.leaf, accepted=int(row.status == "accepted"), refused=refused)

    def _repeat(self, made: MadeCall, slots: dict[int, Slot]) -> None:
        free = self.schedule.claim(made.leaf, made.slots)
        if not free:
            self.books.close_call(made.number)
            return
        asked = tuple(replace(slots[number], leaf=made.leaf) for number in made.asked)
        self._send_call(made.number, Order(self.schedule.states[made.leaf].leaf, free, asked))


def _numbers(slots: Sequence[Slot]) -> list[int]:
    return [slot.number for slot in slots]
