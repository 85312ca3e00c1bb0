"""What an answer means beyond its own question: slow down, ask in another form, or stop altogether."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from backend.core.errors import PipelineError
from backend.core.llm.answer import Answer
from backend.core.llm.breaker import Breaker
from backend.core.llm.errand import ADAPTATIONS, Step, next_step
from backend.core.llm.flight import Flight
from backend.core.llm.kit import Kit
from backend.core.llm.ladder import about_form
from backend.core.llm.stops import ServiceStopped

logger = logging.getLogger(__name__)

RESUMABLE = "Everything finished is kept: resume the run to go on."

_FATAL = {
    "quota": "The service says that there is no money or quota left",
    "auth": "The service refuses the key",
    "not_found": "The service does not know the model or the address: check openai_api_base and the model's name",
}


class Steering:
    """Draws the consequences of answers.

    Args:
        kit: whose gate and ladders are steered.
        breaker: told of successes and troubles.
        stop: ends the run for a reason; requests under way get so many seconds.
    """

    def __init__(self, kit: Kit, breaker: Breaker, stop: Callable[[PipelineError, float], None]) -> None:
        self._kit = kit
        self._breaker = breaker
        self._stop = stop
        self._grace = kit.params.request_timeout

    def step(self, flight: Flight, answer: Answer, now: float) -> Step:
        """What happens next with the question that was answered."""
        errand = flight.errand
        ladder = self._kit.ladders[errand.model]
        known = len(ladder.steps)
        step = self._of_the_run(flight, answer, now)
        if step is None:
            step = next_step(errand, answer, ladder, self._kit.params, now)
        if len(ladder.steps) > known:
            self._learned(ladder.steps[known:])
        return step

    def _of_the_run(self, flight: Flight, answer: Answer, now: float) -> Step | None:
        """What the answer means for all questions; a step when it says nothing about this one."""
        kit, trouble = self._kit, answer.trouble
        if trouble is None or trouble in ("refusal", "content_filter", "truncated"):
            kit.gate.succeeded()
            self._breaker.succeeded(now)
            kit.ladders[flight.errand.model].accepted.add(flight.errand.rung)
            return None
        self._breaker.told(answer.detail)
        if trouble == "rate_limit":
            return self._put_off(flight, answer, now)
        if trouble in ("quota", "auth", "not_found"):
            self._stop(ServiceStopped(f"{_FATAL[trouble]} ({answer.detail}). {RESUMABLE}"), self._grace)
            return Step("again", trouble, detail=answer.detail)
        if trouble == "unsupported":
            return self._adapted(flight, answer)
        if trouble == "web_page":
            self._breaker.web_page()
        kit.gate.troubled()
        if trouble == "server_error" and answer.retry_after_s:
            kit.gate.opens_at = max(kit.gate.opens_at, now + min(answer.retry_after_s, kit.params.max_wait))
        return None

    def _put_off(self, flight: Flight, answer: Answer, now: float) -> Step:
        kit, errand = self._kit, flight.errand
        asked = answer.retry_after_s
        if asked is not None and asked > kit.params.max_wait:
            told = f"The service asks to come back in {asked:.0f} seconds, max_wait is {kit.params.max_wait:g}."
            self._stop(ServiceStopped(f"{told} {RESUMABLE}"), self._grace)
        kit.gate.put_off(asked, flight.sent_at, now)
        errand.held += now - flight.sent_at
        if errand.since is not None and now - errand.since > kit.params.max_wait + kit.params.item_deadline:
            return Step("failed", "rate_limit", error_class="rate_limit", detail=answer.detail)
        return Step("again", "rate_limit", detail=answer.detail)

    def _adapted(self, flight: Flight, answer: Answer) -> Step | None:
        kit, errand = self._kit, flight.errand
        ladder = kit.ladders[errand.model]
        errand.adapted += 1
        if errand.adapted > ADAPTATIONS:
            return None
        if not ladder.adapt(flight.request, errand.rung, answer.detail, answer.param):
            looser = ladder.below(errand.rung)
            if looser is None or not about_form(flight.request, answer.detail, answer.param):
                return None
            errand.own_rung = looser
        return Step("again", "adapted", detail=answer.detail)

    def _learned(self, steps: Sequence[str]) -> None:
        """Keep at once what the server taught, so that a resumed run does not learn it again."""
        for step in steps:
            logger.warning("%s: %s.", self._kit.progress.host, step)
        self._kit.gate.probing = True
        totals = self._kit.ledger.totals
        totals.ladder = [step for ladder in self._kit.ladders.values() for step in ladder.steps]
        totals.dropped = sorted({name for ladder in self._kit.ladders.values() for name in ladder.dropped})
        self._kit.progress.write()
