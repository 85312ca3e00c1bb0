"""The pool: as many requests under way as the gate lets, a new one the moment a place is free.

No waves: nobody waits for the slowest of a batch, and a question that failed goes out again as soon as it is due, not
after all others. One thread, one event loop; sources are called between answers, never at the same time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import deque
from dataclasses import replace

from backend.core.errors import PipelineError
from backend.core.llm.answer import Answer, too_late
from backend.core.llm.asking import Ask, Reply
from backend.core.llm.breaker import Breaker
from backend.core.llm.errand import Errand
from backend.core.llm.kit import Flight, Kit, Source
from backend.core.llm.request import request_for
from backend.core.llm.service import bytes_of
from backend.core.llm.steering import RESUMABLE, Steering
from backend.core.llm.stops import BudgetStopped, Cancelled, NoRoom, ServiceStopped

TIMEOUT_MARGIN = 1.0
"""Seconds beyond the timeout after which a request is ended from outside."""

LAST_WORDS = 1.0
"""Seconds that requests under way get when a run is cancelled, or when nothing succeeds any more."""

FROM_JOURNAL_AT_ONCE = 200
"""Kept answers handed over before signals and answers get their turn."""


class Pool:
    """Answers the questions of one source.

    Args:
        kit: the session's.
        source: what asks.
    """

    def __init__(self, kit: Kit, source: Source) -> None:
        self._kit = kit
        self._source = source
        self._breaker = Breaker(kit.params.max_wait, time.monotonic())
        self._steering = Steering(kit, self._breaker, self._stop)
        self._flights: dict[asyncio.Task[Answer], Flight] = {}
        self._back: deque[asyncio.Task[Answer]] = deque()
        self._waiting: list[tuple[float, int, Errand]] = []
        self._order = itertools.count()
        self._twins: dict[str, list[Ask]] = {}
        self._dry = False
        self._halt: PipelineError | None = None
        self._grace = kit.params.request_timeout
        self._wake_at = 0.0
        self._wake = asyncio.Event()
        self._sized = kit.params.max_cost is not None or kit.params.tokens_per_minute is not None

    async def run(self) -> None:
        """Until nothing is left. Raises Stopped, Cancelled or InvalidInput, as `LLMSession.run` says."""
        try:
            while self._halt is None:
                self._dispatch()
                if not self._flights and self._halt is None and not self._waiting and self._dry:
                    return
                await self._pause()
                self._collect()
                self._watch()
            await self._land()
        finally:
            await self._abandon()
        raise self._halt

    def cancel(self) -> None:
        """End the run soon; called in the loop's own thread."""
        self._stop(Cancelled(f"Cancelled. {RESUMABLE}"), LAST_WORDS)

    # --- sending ----------------------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        """Send whatever may be sent now, and note when there will be more."""
        now = time.monotonic()
        self._wake_at = now + 1.0
        while self._halt is None and self._kit.gate.room(len(self._flights)):
            wait = self._kit.gate.wait(0, now)
            if wait > 0 and self._waiting:
                self._wake_at = min(self._wake_at, now + wait)
                return
            errand = self._due(now) or self._fresh(now)
            if errand is None or not self._send(errand, now):
                return

    def _due(self, now: float) -> Errand | None:
        """A question that waited for its next try."""
        if self._waiting and self._waiting[0][0] <= now:
            return heapq.heappop(self._waiting)[2]
        if self._waiting:
            self._wake_at = min(self._wake_at, self._waiting[0][0])
        return None

    def _fresh(self, now: float) -> Errand | None:
        """The source's next question that the journal does not answer."""
        for _ in range(FROM_JOURNAL_AT_ONCE):
            if self._dry or len(self._flights) + len(self._waiting) >= 2 * self._kit.params.concurrency:
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

    def _send(self, errand: Errand, now: float) -> bool:
        """Send a question if gate and budget let it; else put it back in front."""
        kit = self._kit
        ladder = kit.ladders.setdefault(errand.model, kit.new_ladder())
        rung = ladder.rung if errand.ask.schema is not None else "text"
        if rung != errand.rung:
            errand.rung, errand.correction = rung, None  # what was wrong was the form
        request = request_for(errand.ask, errand.model, ladder, errand.rung, errand.max_tokens, errand.correction)
        size = bytes_of(request) if self._sized else 0
        reserve = kit.budget.reserve(size, errand.max_tokens, kit.price(errand.model))
        wait = kit.gate.wait(reserve.tokens, now)
        allowed = kit.budget.allows(reserve)
        if wait > 0 or not allowed:
            heapq.heappush(self._waiting, (errand.due, -next(self._order), errand))
            self._wake_at = min(self._wake_at, now + wait) if allowed else self._wake_at
            if not allowed and not self._flights:
                self._stop(BudgetStopped(f"{kit.budget.reached()} {RESUMABLE}"), 0.0)
            return False
        waited = now - errand.due
        errand.held += waited if errand.since is not None else 0.0
        errand.since = now if errand.since is None else errand.since
        errand.sent += 1
        kit.budget.sent(reserve)
        timeout = max(0.1, min(kit.params.request_timeout, errand.remaining(now, kit.params.item_deadline)))
        task = asyncio.create_task(kit.service.answer(errand.ask, request, timeout))
        # The library's timeout is per read: a server that drips a byte a second would never meet it.
        timer = asyncio.get_running_loop().call_later(timeout + TIMEOUT_MARGIN, task.cancel)
        entry = kit.gate.sent(reserve.tokens, now)
        self._flights[task] = Flight(errand, request, reserve, entry, now, waited, timeout, timer)
        task.add_done_callback(self._arrived)
        return True

    # --- receiving --------------------------------------------------------------------------------------------------

    def _arrived(self, task: asyncio.Task[Answer]) -> None:
        self._flights[task].timer.cancel()
        self._back.append(task)
        self._wake.set()

    async def _pause(self) -> None:
        """Until an answer is there, or the next moment at which something is due."""
        timer = asyncio.get_running_loop().call_later(max(0.0, self._wake_at - time.monotonic()), self._wake.set)
        await self._wake.wait()
        timer.cancel()
        self._wake.clear()

    def _collect(self) -> None:
        while self._back:
            task = self._back.popleft()
            flight = self._flights.pop(task)
            self._returned(flight, too_late(flight.timeout) if task.cancelled() else task.result())
        self._kit.progress.in_flight = len(self._flights)
        self._kit.progress.tick()

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
        latency = now - flight.sent_at
        kit.ledger.attempt(
            errand,
            answer,
            outcome=step.outcome,
            latency=latency,
            waited=flight.waited,
            cost=None if unsure else cost,
            worst=flight.reserve.cost,
        )
        if step.action == "again":
            errand.due = now + step.delay
            heapq.heappush(self._waiting, (errand.due, next(self._order), errand))
        else:
            self._finish(errand.reply(answer, latency, step.value, step.error_class, step.detail), errand.model)

    def _finish(self, reply: Reply, model: str) -> None:
        self._kit.journal.add(reply, model)
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

    async def _land(self) -> None:
        """Take in what is under way, for a while."""
        began = time.monotonic()
        while self._flights and (left := began + self._grace - time.monotonic()) > 0:
            self._wake_at = time.monotonic() + min(left, 0.25)
            await self._pause()
            self._collect()

    async def _abandon(self) -> None:
        """Let go of requests that nobody waits for; each still has its line in the ledger."""
        flights = list(self._flights.items())
        self._flights.clear()
        for task, flight in flights:
            flight.timer.cancel()
            task.remove_done_callback(self._arrived)
            task.cancel()
        await asyncio.gather(*(task for task, _ in flights), return_exceptions=True)
        for _, flight in flights:
            try:
                self._kit.ledger.attempt(
                    flight.errand, Answer(None, detail="abandoned"), outcome="abandoned",
                    latency=time.monotonic() - flight.sent_at, waited=flight.waited, cost=None,
                    worst=flight.reserve.cost,
                )  # fmt: skip
            except NoRoom:
                return
