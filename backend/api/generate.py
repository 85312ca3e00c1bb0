"""One answer from a base model, an adapter or a merged model: whole, or as it is written.

Streamed, the events are `started` {prompt_tokens}, `delta` {text}, and at the end `done` {the whole answer} or `error`
{a problem}. What is wrong with a request comes to light before the first event, and then is a plain error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, JsonValue
from starlette.concurrency import run_in_threadpool

from backend.api.answering import begun, require_question, seed_or_new, whole
from backend.api.deps import ServiceDep, over_environment
from backend.api.documented import EVENT_STREAM
from backend.api.errors import problem_body, told
from backend.api.kinds import schema_here
from backend.api.sse import EventStream, event
from backend.core.environment.settings import environment
from backend.core.errors import PipelineError
from backend.core.params import GenerateRequest, Message
from backend.core.params.groups import Sampling
from backend.jobs.answering.protocol import Delta, Done, Event, Started, Timing, Usage, WorkerRequest
from backend.jobs.answering.served import ServedModel, ServedModels, default_base_model
from backend.jobs.answering.server_answers import open_answer
from backend.jobs.answering.stream import AnswerStream
from backend.jobs.service import Service

router = APIRouter(tags=["generate"])


class Generated(BaseModel):
    """What the model said."""

    text: str
    adapter: str | None
    """The adapter that answered; null = a base or a merged model did"""
    model: str
    """What answered, by its name in `GET /v1/models`"""
    usage: Usage
    finish_reason: str
    """`stop` = the model ended, `length` = `max_new_tokens` cut it off"""
    timing: Timing


@dataclass(frozen=True)
class Asked:
    """An answer under way, and who gives it."""

    answers: AnswerStream
    model: str
    adapter: str | None

    def generated(self, done: Done) -> Generated:
        """The whole answer."""
        return Generated(
            text=done.text,
            adapter=self.adapter,
            model=self.model,
            usage=done.usage,
            finish_reason=done.finish_reason,
            timing=done.timing,
        )


async def generate(request: Request, asked: GenerateRequest, service: ServiceDep) -> Any:
    """Answer a prompt or the last turn of a conversation; with `stream`, as server-sent events."""
    messages = asked.messages or [Message(role="user", content=asked.prompt or "")]
    require_question(messages)
    under_way = await _ask(asked, messages, service)
    if not asked.stream:
        ((done, _),) = await whole(request, under_way.answers, 1)
        return under_way.generated(done)
    events = await begun(request, under_way.answers)
    return EventStream(_sent(request, under_way, events), under_way.answers.close)


@router.get("/generate/schema")
def generate_schema() -> dict[str, JsonValue]:
    """JSON Schema of a question; the defaults are those that an answer here is given with."""
    return schema_here(GenerateRequest, environment(), Sampling)


# Absent sampling fields come from the environment; FastAPI reads that from the annotation.
generate.__annotations__["asked"] = over_environment(GenerateRequest, Sampling)
router.post(
    "/generate",
    response_model=Generated,
    responses=EVENT_STREAM,
)(generate)


async def _ask(asked: GenerateRequest, messages: list[Message], service: Service) -> Asked:
    """Raises NotFound when there is no such model."""
    seed = seed_or_new(asked.seed)
    if service.inference_server:
        name = asked.adapter or asked.model
        turns = [message.model_dump() for message in messages]
        answers = open_answer(service.inference_server, name, turns, asked, seed)
        return Asked(answers, name or default_base_model(), asked.adapter)
    model = await run_in_threadpool(_model, service.served, asked)
    request = WorkerRequest(
        base_model_name=model.base_model_name,
        adapter_path=model.adapter_path,
        messages=messages,
        seed=seed,
        **asked.model_dump(include=set(Sampling.model_fields)),
    )
    return Asked(service.worker.open([request]), model.id, model.id if model.owned_by == "adapter" else None)


def _model(served: ServedModels, asked: GenerateRequest) -> ServedModel:
    return served.adapter(asked.adapter) if asked.adapter else served.find(asked.model)


async def _sent(
    request: Request, asked: Asked, events: AsyncIterator[tuple[int, Event]]
) -> AsyncGenerator[bytes, None]:
    try:
        async for _, said in events:
            if isinstance(said, Started):
                yield event({"type": "started", "prompt_tokens": said.prompt_tokens})
            elif isinstance(said, Delta):
                yield event({"type": "delta", "text": said.text})
            else:
                yield event({"type": "done", **asked.generated(said).model_dump()})
    except PipelineError as error:
        yield event({"type": "error", **problem_body(request, *told(error))})
