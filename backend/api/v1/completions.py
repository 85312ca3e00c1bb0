"""`POST /v1/completions`: raw text continued as it stands, whole or as chunks."""

from __future__ import annotations

import time
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from backend.api.answering import begun, whole
from backend.api.deps import ServiceDep
from backend.api.documented import EVENT_STREAM
from backend.api.sse import EventStream, event
from backend.api.v1.bodies import CompletionRequest
from backend.api.v1.shapes import END, TokenCount, failure, finish_reason
from backend.core.errors import PipelineError
from backend.jobs.answering.protocol import Delta, Event, Started, TokenLogprob

router = APIRouter(prefix="/v1", tags=["openai"])


@router.post("/completions", response_class=JSONResponse, responses=EVENT_STREAM)
async def create_completion(request: Request, asked: CompletionRequest, service: ServiceDep) -> Response:
    """Continue one text or several with a base, an adapter or a merged model."""
    model = await run_in_threadpool(service.served.find, asked.model)
    rows = asked.rows(model, [{"prompt": prompt} for prompt in asked.prompt], asked.logprobs)
    shape = CompletionShape(asked)
    answers = service.worker.open(rows)
    if asked.stream:
        return EventStream(shape.chunks(await begun(request, answers)), answers.close)
    return JSONResponse(shape.completion(await whole(request, answers, len(rows))))


class CompletionShape:
    """One completion in OpenAI's words.

    Args:
        asked: what was asked.
    """

    def __init__(self, asked: CompletionRequest) -> None:
        self._asked = asked
        self._head = {
            "id": f"cmpl-{uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": asked.model,
        }
        rows = len(asked.prompt) * asked.n
        # A token may be a part of a letter: lengths are counted as the bytes of all together make letters.
        self._letters = [getincrementaldecoder("utf-8")("replace") for _ in range(rows)]
        self._length = [0] * rows

    def completion(self, told: list[Any]) -> dict[str, Any]:
        """The whole of it."""
        count = TokenCount(self._asked.n)
        choices = []
        for index, (done, logprobs) in enumerate(told):
            count.add(index, done)
            choices.append(self._choice(index, done.text, logprobs, finish_reason(done)))
        return {**self._head, "choices": choices, "usage": count.usage}

    async def chunks(self, events: AsyncIterator[tuple[int, Event]]) -> AsyncGenerator[bytes, None]:
        """It as it comes."""
        count = TokenCount(self._asked.n)
        usage = {"usage": None} if self._asked.include_usage else {}
        try:
            async for row, said in events:
                if isinstance(said, Started):
                    continue
                if isinstance(said, Delta):
                    choice = self._choice(row, said.text, said.logprobs or [], None)
                else:
                    count.add(row, said)
                    choice = self._choice(row, "", [], finish_reason(said))
                yield event({**self._head, "choices": [choice], **usage})
            if self._asked.include_usage:
                yield event({**self._head, "choices": [], "usage": count.usage})
            yield END
        except PipelineError as error:
            yield failure(error)

    def _choice(self, index: int, text: str, tokens: list[TokenLogprob], reason: str | None) -> dict[str, Any]:
        logprobs = self._logprobs(index, tokens) if self._asked.logprobs is not None else None
        return {"text": text, "index": index, "logprobs": logprobs, "finish_reason": reason}

    def _logprobs(self, index: int, tokens: list[TokenLogprob]) -> dict[str, Any]:
        """The older form: lists side by side, with each token's place in the answer's text."""
        offsets = []
        for token in tokens:
            offsets.append(self._length[index])
            self._length[index] += len(self._letters[index].decode(bytes(token.bytes)))
        return {
            "tokens": [token.token for token in tokens],
            "token_logprobs": [token.logprob for token in tokens],
            "top_logprobs": [{other.token: other.logprob for other in token.top_logprobs} for token in tokens],
            "text_offset": offsets,
        }
