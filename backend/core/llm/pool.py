"""The pool: as many requests under way as the gate lets, a new one the moment a place is free.

No waves: nobody waits for the slowest of a batch, and a question that failed goes out again as soon as it is due, not
after all others. One thread, one event loop; sources are called between answers, never at the same time.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from backend.core.errors import PipelineError
from backend.core.llm.answer import Answer, too_late
from backend.core.llm.asking import Ask, Reply
from backend.core.llm.breaker import Breaker
from backend.core.llm.errand import Errand
from backend.core.llm.flight import Flight
from backend.core.llm.kit import Kit, Source
from backend.core.llm.request import request_for
from backend.core.llm.service import bytes_of
from backend.core.llm.steering import RESUMABLE, Steering
from backend.core.llm.stops import BudgetStopped, Cancelled, NoRoom, ServiceStopped
from backend.core.llm.waiting import Waiting

TIMEOUT_MARGIN = 1.0
"""Seconds beyond the timeout after which a request is ended from outside."""

TICK = 1.0
"""Seconds after which the pool looks around even if nothing happened."""

LAST_WORDS = 1.0
"""Seconds that requests under way get when a run is cancelled, or when nothing succeeds any more."""

FROM_JOURNAL_AT_ONCE = 200
"""Kept answers handed over before signals and answers get their turn."""


class Pool:
    """Answers the questions of one source.

    A place is a task that sends, settles the answer and goes straight on with the next question; in between nothing
    else has to run. The pool's own loop opens places, and wakes for what is due later.

    Args:
        kit: the session's.
        source: what asks.
    """

    def __init__(self, kit: Kit, source: Source) -> None:
        self._kit = kit
        self._source = source
        self._breaker = Breaker(kit.params.max_wait, time.monotonic())
        self._steering = Steering(kit, self._breaker, self._stop)
        self._places: dict[asyncio.Task[None], Flight] = {}
        self._waiting = Waiting()
        self._twins: dict[str, list[Ask]] = {}
        self._dry = False
        self._halt: PipelineError | None = None
        self._broken: BaseException | None = None
        self._grace = 0.0
        self._wake_at = 0.0
        self._wake = asyncio.Event()
        self._sized = kit.params.max_cost is not None or kit.params.tokens_per_minute is not None

    async def run(self) -> None:
        """Until nothing is left. Raises Stopped, Cancelled or InvalidInput, as `LLMSession.run` says."""
        try:
            while self._halt is None:
                now = time.monotonic()
                self._wake_at = now + TICK
                while (flight := self._next_flight(len(self._places), now)) is not None:
                    self._open(flight)
                if not self._places and not self._waiting and self._dry:
                    return
                if self._halt is None:
                    await self._pause()
                    self._watch()
            began = time.monotonic()
            while self._places and (left := began + self._grace - time.monotonic()) > 0:
                self._wake_at = time.monotonic() + min(left, 0.25)
                await self._pause()
        finally:
            await self._abandon()
        raise self._halt

    def cancel(self) -> None:
        """End the run soon; called in the loop's own thread."""
        self._stop(Cancelled(f"Cancelled. {RESUMABLE}"), LAST_WORDS)

    async def _pause(self) -> None:
        """Until something happened, or is due."""
        timer = asyncio.get_running_loop().call_later(max(0.0, self._wake_at - time.monotonic()), self._wake.set)
        await self._wake.wait()
        timer.cancel()
        self._wake.clear()
        if self._broken is not None:
            raise self._broken
        self._kit.progress.in_flight = len(self._places)
        self._kit.progress.tick()

    # --- a place ----------------------------------------------------------------------------------------------------

    def _open(self, flight: Flight) -> None:
        task = asyncio.create_task(self._place(flight))
        self._places[task] = flight
        task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._places.pop(task)
        if not task.cancelled() and task.exception() is not None:
            self._broken = self._broken or task.exception()
        self._wake.set()

    async def _place(self, flight: Flight) -> None:
        task = asyncio.current_task()
        assert task is not None
        following: Flight | None = flight
        while following is not None:
            flight = self._places[task] = following
            # The library's timeout is per read: a server that drips a byte a second would never meet it.
            timer = asyncio.get_running_loop().call_later(flight.timeout + TIMEOUT_MARGIN, flight.end, task)
            try:
                answer = await self._kit.service.answer(flight.errand.ask, flight.request, flight.timeout)
            except asyncio.CancelledError:
                if not flight.overdue:
                    raise
                answer = too_late(flight.timeout)
            timer.cancel()
            flight.landed = True
            self._returned(flight, answer)
            self._watch()
            # A task that was cancelled is not used again.
            following = None if flight.overdue else self._next_flight(len(self._places) - 1, time.monotonic())
            if not self._dry and self._kit.gate.room(len(self._places)):
                self._wake.set()  # this answer may have made more to ask

    # --- sending ----------------------------------------------------------------------------------------------------

    def _next_flight(self, in_flight: int, now: float) -> Flight | None:
        """The next question to send, beside so many; None = nothing may be sent now, and it is noted until when."""
        if self._halt is not None or not self._kit.gate.room(in_flight):
            return None
        wait = self._kit.gate.wait(0, now)
        if wait > 0 and self._waiting:
            self._wake_at = min(self._wake_at, now + wait)
            return None
        errand = self._waiting.take(now) or self._fresh(in_flight, now)
        if errand is None:
            self._wake_at = min(self._wake_at, self._waiting.next_due)
            return None
        return self._prepared(errand, in_flight, now)

    def _fresh(self, in_flight: int, now: float) -> Errand | None:
        """The source's next question that the journal does not answer."""
        for _ in range(FROM_JOURNAL_AT_ONCE):
            if self._dry or in_flight + len(self._waiting) >= 2 * self._kit.params.concurrency:
                return None
            ask = self._source.next()
            if ask is None:
                self._dry = True
            elif ask.key in self._twins:
                self._twins[ask.key].append(ask)
            elif (kept := self._kit.journal.kept(ask)) is not None:
                self._kit.ledger.totals.kept += 1
                self._deliver(kept)
            else:
                self._twins[ask.key] = []
                return self._kit.errand(ask, now)
        self._wake_at = now
        return None

    def _prepared(self, errand: Errand, in_flight: int, now: float) -> Flight | None:
        """The question's request, if gate and budget let it leave; else it is put back in front."""
        kit = self._kit
        ladder = kit.ladders.setdefault(errand.model, kit.new_ladder())
        rung = (errand.own_rung or ladder.rung) if errand.ask.schema is not None else "text"
        if rung != errand.rung:
            errand.rung, errand.correction = rung, None  # what was wrong was the form
        request = request_for(errand.ask, errand.model, ladder, errand.rung, errand.max_tokens, errand.correction)
        size = bytes_of(request) if self._sized else 0
        reserve = kit.budget.reserve(size, errand.max_tokens, kit.price(errand.model))
        wait = kit.gate.wait(reserve.tokens, now)
        allowed = kit.budget.allows(reserve)
        if wait > 0 or not allowed:
            self._waiting.put_back(errand)
            self._wake_at = min(self._wake_at, now + wait) if allowed else self._wake_at
            if not allowed and not in_flight:
                self._stop(BudgetStopped(f"{kit.budget.reached()} {RESUMABLE}"), 0.0)
            return None
        kit.budget.sent(reserve)
        timeout = max(0.1, min(kit.params.request_timeout, errand.remaining(now, kit.params.item_deadline)))
        return Flight(errand, request, reserve, kit.gate.sent(reserve.tokens, now), now, errand.leaves(now), timeout)

    # --- receiving --------------------------------------------------------------------------------------------------

    def _returned(self, flight: Flight, answer: Answer) -> None:
        """Settle an attempt's accounts and decide what comes of its question."""
        kit, errand, now = self._kit, flight.errand, time.monotonic()
        cost = errand.took(answer, kit.prices.of(errand.model))
        # A request that timed out may have been answered and billed; a budget takes the worst.
        unsure = cost is None or answer.trouble == "timeout"
        kit.budget.settled(flight.reserve, answer.usage, None if unsure else cost)
        tokens = answer.usage.prompt + answer.usage.completion if answer.usage else None
        kit.gate.settled(flight.tokens, tokens if answer.billed else 0.0)
        step = self._steering.step(flight, answer, now)
        kit.ledger.attempt(flight, answer, step.outcome, now, None if unsure else cost)
        if step.action == "again":
            errand.due = now + step.delay
            self._waiting.put(errand)
            self._wake.set()
            return
        reply = errand.reply(answer, now - flight.sent_at, step.value, step.error_class, step.detail)
        kit.journal.add(reply, errand.model)
        self._breaker.finished(reply)
        for ask in [reply.ask, *self._twins.pop(reply.ask.key)]:
            self._deliver(reply if ask is reply.ask else replace(reply, ask=ask, from_journal=reply.status == "ok"))

    def _deliver(self, reply: Reply) -> None:
        self._dry = False
        self._kit.progress.finished(reply.status == "ok")
        self._source.done(reply)

    # --- ending -----------------------------------------------------------------------------------------------------

    def _stop(self, why: PipelineError, grace: float) -> None:
        """Send nothing more; the first reason counts, the shortest grace."""
        self._grace = min(self._grace, grace) if self._halt else grace
        self._halt = self._halt or why
        self._wake.set()

    def _watch(self) -> None:
        verdict = self._breaker.verdict(time.monotonic())
        if verdict:
            self._stop(ServiceStopped(f"{verdict} {RESUMABLE}"), LAST_WORDS)

    async def _abandon(self) -> None:
        """Let go of requests that nobody waits for; each still has its line in the ledger."""
        places = list(self._places.items())
        for task, _ in places:
            task.cancel()
        await asyncio.gather(*(task for task, _ in places), return_exceptions=True)
        for flight in (flight for _, flight in places if not flight.landed):
            try:
                now = time.monotonic()
                self._kit.ledger.attempt(flight, Answer(None, detail="abandoned"), "abandoned", now, None)
            except NoRoom:
                return
