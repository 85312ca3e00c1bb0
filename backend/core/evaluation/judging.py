"""The judge's work: requests become questions to the model, replies become outcomes, one per request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel

from backend.core.evaluation import mocking
from backend.core.evaluation.prompts import (
    PROMPT_VERSION,
    Messages,
    commit_messages,
    grade_messages,
    pair_messages,
)
from backend.core.evaluation.requests import Request, Setup
from backend.core.evaluation.verdicts import PairAnswer, grade_schema
from backend.core.llm.asking import Ask, Reply, Usage, key_of


@dataclass(frozen=True)
class Outcome:
    """What came of a request, over all replies it took.

    Args:
        value: the judge's validated answer; None = unscored.
        error_class, detail: why it is unscored.
        usage, cost: sums; None = not known for one of the replies.
        attempts: requests sent.
        latency_s: of the deciding reply, in seconds.
        flags: as the replies had them.
    """

    value: BaseModel | None
    error_class: str | None
    detail: str
    usage: Usage | None
    cost: float | None
    attempts: int
    latency_s: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class _Waiting:
    """A request on its way: with the judge's own answer, and whether this is the plain second try."""

    request: Request
    own: str | None = None
    plain: bool = False


class Judgement:
    """A source of questions: each request is asked once, however many share its content.

    A judge that refuses is asked once more without the sentence about style. With `commit_first` the judge's own
    answer to a question is fetched before the first grading of it, and shared by all gradings of that judge and
    repeat.

    Args:
        requests: what to ask; read as places become free.
        setup: how the run judges.
    """

    def __init__(self, requests: Iterable[Request], setup: Setup) -> None:
        self._requests = iter(requests)
        self._setup = setup
        self._ready: deque[Ask] = deque()
        self._about: dict[str, list[_Waiting]] = {}
        self._answered: dict[str, Outcome] = {}
        self._own: dict[str, Reply] = {}
        self._wanting: dict[str, list[Request]] = {}
        self._before: dict[str, Outcome] = {}
        self.outcomes: dict[str, Outcome] = {}

    def next(self) -> Ask | None:
        """The next question; None = nothing now."""
        while not self._ready:
            request = next(self._requests, None)
            if request is None:
                return None
            self._take(request)
        return self._ready.popleft()

    def done(self, reply: Reply) -> None:
        """Take a reply in."""
        key = reply.ask.key
        if key in self._wanting:
            self._own[key] = reply
            for request in self._wanting.pop(key):
                self._grade_after(request, reply)
            return
        first, *others = self._about.pop(key)
        outcome = self._answered[key] = _outcome(reply)
        self._settle(first, outcome)
        for other in others:
            self._settle(other, _shared(outcome))

    def _take(self, request: Request) -> None:
        if not (self._setup.commit_first and request.kind == "grade"):
            return self._put(_Waiting(request))
        ask = self._commit(request)
        known = self._own.get(ask.key)
        if known is not None:
            return self._grade_after(request, known, shared=True)
        if ask.key in self._wanting:
            self._wanting[ask.key].append(request)
        else:
            self._wanting[ask.key] = [request]
            self._ready.append(ask)
        return None

    def _grade_after(self, request: Request, reply: Reply, *, shared: bool = False) -> None:
        """Grade once the judge has answered itself; what that cost is the first grading's."""
        outcome = _outcome(reply)
        if reply.status == "ok":
            self._before[request.name] = _shared(outcome) if shared else outcome
            self._put(_Waiting(request, own=str(reply.value)))
        else:
            self.outcomes[request.name] = replace(outcome, detail=f"its own answer first: {outcome.detail}")

    def _put(self, waiting: _Waiting) -> None:
        ask = self._ask(waiting)
        if ask.key in self._answered:
            self._settle(waiting, _shared(self._answered[ask.key]))
        elif ask.key in self._about:
            self._about[ask.key].append(waiting)
        else:
            self._about[ask.key] = [waiting]
            self._ready.append(ask)

    def _settle(self, waiting: _Waiting, outcome: Outcome) -> None:
        name = waiting.request.name
        total = _sum(self._before.pop(name, None), outcome)
        if outcome.error_class == "refusal" and not waiting.plain:
            self._before[name] = total
            self._put(replace(waiting, plain=True))
        else:
            self.outcomes[name] = total

    def _ask(self, waiting: _Waiting) -> Ask:
        setup, request, plain = self._setup, waiting.request, waiting.plain
        messages: Messages
        if request.kind == "grade":
            messages = grade_messages(
                setup.rubric, request.question, request.answer, request.reference, own=waiting.own, plain=plain
            )
            schema, mock = grade_schema(setup.rubric), mocking.grades(request, setup.rubric)
        else:
            messages = pair_messages(
                request.question, request.answer, request.second, request.reference, setup.rubric, plain=plain
            )
            schema, mock = PairAnswer, mocking.choice(request)
        return Ask(
            key=self._key(request.kind, messages, request),
            item_id=request.item_id,
            messages=messages,
            schema=schema,
            max_tokens=setup.max_tokens,
            seed=(setup.seed + request.repeat) % 2**31,
            temperature=0.0 if setup.repeats == 1 else 0.7,
            model=request.judge,
            mock=mock,
        )

    def _commit(self, request: Request) -> Ask:
        messages = commit_messages(request.question)
        return Ask(
            key=self._key("commit", messages, request),
            item_id=request.item_id,
            messages=messages,
            max_tokens=self._setup.max_tokens,
            seed=(self._setup.seed + request.repeat) % 2**31,
            model=request.judge,
            mock=lambda _: request.reference or "I do not know.",
        )

    def _key(self, kind: str, messages: Messages, request: Request) -> str:
        # The messages hold the inputs, the order, the rubric and its wording.
        return key_of(
            f"judge-{kind}",
            version=PROMPT_VERSION,
            judge=request.judge,
            repeat=request.repeat,
            seed=self._setup.seed,
            messages=[dict(turn) for turn in messages],
        )


def _outcome(reply: Reply) -> Outcome:
    return Outcome(
        value=reply.value if isinstance(reply.value, BaseModel) else None,
        error_class=reply.error_class,
        detail=reply.detail,
        usage=reply.usage,
        cost=reply.cost,
        attempts=reply.attempts,
        latency_s=reply.latency_s,
        flags=reply.flags,
    )


def _shared(outcome: Outcome) -> Outcome:
    """The outcome for a further request of the same content, which cost nothing more."""
    return replace(outcome, usage=Usage(0, 0, 0, 0), cost=0.0, attempts=0, flags=(*outcome.flags, "shared"))


def _sum(before: Outcome | None, outcome: Outcome) -> Outcome:
    """The outcome with what was spent before it."""
    if before is None:
        return outcome
    return replace(
        outcome,
        usage=before.usage + outcome.usage if before.usage and outcome.usage else None,
        cost=before.cost + outcome.cost if before.cost is not None and outcome.cost is not None else None,
        attempts=before.attempts + outcome.attempts,
        flags=tuple(dict.fromkeys((*before.flags, *outcome.flags))),
    )


Outcomes = Mapping[str, Outcome]
"""By the requests' names."""
