"""`POST /v1/chat/completions`: a conversation answered, whole or as chunks."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from backend.api.answering import begun, require_question, whole
from backend.api.deps import ServiceDep
from backend.api.documented import EVENT_STREAM
from backend.api.sse import EventStream, event
from backend.api.v1.bodies import ChatRequest
from backend.api.v1.shapes import END, TokenCount, failure, finish_reason
from backend.core.errors import PipelineError
from backend.jobs.answering.protocol import Delta, Event, Started, TokenLogprob

router = APIRouter(prefix="/v1", tags=["openai"])


@router.post("/chat/completions", response_class=JSONResponse, responses=EVENT_STREAM)
async def create_chat_completion(request: Request, asked: ChatRequest, service: ServiceDep) -> Response:
    """Answer a conversation with a base, an adapter or a merged model."""
    messages = [turn.message() for turn in asked.messages]
    require_question(messages)
    model = await run_in_threadpool(service.served.find, asked.model)
    logprobs = (asked.top_logprobs or 0) if asked.logprobs else None
    rows = asked.rows(model, [{"messages": messages}], logprobs)
    shape = ChatShape(asked)
    answers = service.worker.open(rows)
    if asked.stream:
        return EventStream(shape.chunks(await begun(request, answers)), answers.close)
    return JSONResponse(shape.completion(await whole(request, answers, len(rows))))


class ChatShape:
    """One completion in OpenAI's words.

    Args:
        asked: what was asked.
    """

    def __init__(self, asked: ChatRequest) -> None:
        self._asked = asked
        self._head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": asked.model}

    def completion(self, told: list[Any]) -> dict[str, Any]:
        """The whole of it."""
        count = TokenCount(self._asked.n)
        choices = []
        for index, (done, logprobs) in enumerate(told):
            count.add(index, done)
            choices.append(
                {
                    "index": index,
                    "message": {"role": "assistant", "content": done.text, "refusal": None},
                    "logprobs": self._logprobs(logprobs),
                    "finish_reason": finish_reason(done),
                }
            )
        return {**self._head, "object": "chat.completion", "choices": choices, "usage": count.usage}

    async def chunks(self, events: AsyncIterator[tuple[int, Event]]) -> AsyncGenerator[bytes, None]:
        """It as it comes."""
        count = TokenCount(self._asked.n)
        try:
            async for row, said in events:
                if isinstance(said, Started):
                    yield self._chunk(row, {"role": "assistant", "content": "", "refusal": None})
                elif isinstance(said, Delta):
                    yield self._chunk(row, {"content": said.text}, self._logprobs(said.logprobs or []))
                else:
                    count.add(row, said)
                    yield self._chunk(row, {}, reason=finish_reason(said))
            if self._asked.include_usage:
                yield event({**self._head, "object": "chat.completion.chunk", "choices": [], "usage": count.usage})
            yield END
        except PipelineError as error:
            yield failure(error)

    def _chunk(self, index: int, delta: dict[str, Any], logprobs: Any = None, reason: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
        usage = {"usage": None} if self._asked.include_usage else {}
        return event({**self._head, "object": "chat.completion.chunk", "choices": [choice], **usage})

    def _logprobs(self, tokens: list[TokenLogprob]) -> dict[str, Any] | None:
        if not self._asked.logprobs:
            return None
        return {"content": [token.model_dump() for token in tokens], "refusal": None}
