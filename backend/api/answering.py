"""From a request over HTTP to events of an answer, and back: what `/generate` and `/v1` have in common."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence

from fastapi import Request

from backend.api.sse import while_connected
from backend.core.errors import InvalidInput
from backend.core.params import Message
from backend.jobs.answering.protocol import Delta, Done, Event, TokenLogprob
from backend.jobs.answering.stream import AnswerStream


def require_question(messages: Sequence[Message]) -> None:
    """Raises InvalidInput for a conversation in which there is nothing to answer.

    Whether the order of its turns is right, the model's own template decides.
    """
    if not messages:
        raise InvalidInput("messages is empty: give at least the user's turn.", "messages")
    if messages[-1].role == "assistant":
        raise InvalidInput("The conversation ends with the assistant's turn: add the user's next one.", "messages")


def seed_or_new(seed: int | None) -> int:
    """The seed as given, in the range that the sampler takes; a new one when there is none."""
    return secrets.randbelow(2**32) if seed is None else seed % 2**32


class Told:
    """An answer as far as it has come."""

    def __init__(self) -> None:
        self.logprobs: list[TokenLogprob] = []
        self.done: Done | None = None

    def hear(self, event: Event) -> None:
        """Take in what came."""
        if isinstance(event, Delta):
            self.logprobs += event.logprobs or []
        elif isinstance(event, Done):
            self.done = event


async def whole(request: Request, answers: AnswerStream, rows: int) -> list[tuple[Done, list[TokenLogprob]]]:
    """All answers once they are complete; they end when the client leaves.

    Raises:
        ClientGone: it has left.
        PipelineError: what ended one of them.
    """
    told = [Told() for _ in range(rows)]

    async def collect() -> None:
        async for row, event in answers:
            told[row].hear(event)

    async with answers:
        await while_connected(request.receive, collect())
    return [(one.done, one.logprobs) for one in told if one.done]


async def begun(request: Request, answers: AnswerStream) -> AsyncIterator[tuple[int, Event]]:
    """The same events, once the first is there: what is wrong with the request is known by then.

    Raises:
        ClientGone: the client has left before.
        PipelineError: there will be no answer.
    """

    async def next_one() -> tuple[int, Event]:
        return await answers.__anext__()

    try:
        first = await while_connected(request.receive, next_one())
    except BaseException:
        answers.close()
        raise

    async def events() -> AsyncIterator[tuple[int, Event]]:
        yield first
        async for item in answers:
            yield item

    return events()
