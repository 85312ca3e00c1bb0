"""Answers of the server in place of the local worker, as the same events that the worker tells."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from backend.core.errors import ContextTooLong, InvalidInput, PipelineError
from backend.core.params.groups import Sampling
from backend.jobs.answering.protocol import Delta, Done, Started, Timing, Usage
from backend.jobs.answering.served import UnknownModel
from backend.jobs.answering.server import InferenceServer, ServerUnreachable
from backend.jobs.answering.stream import AnswerStream, LoopMailbox
from backend.jobs.answering.worker import WorkerBusy

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    import httpx

NOT_OPENAI = ("top_k", "min_p", "repetition_penalty")
"""Sampling that vLLM knows and OpenAI does not: sent only when it changes anything."""


def open_answer(
    server: InferenceServer, model: str | None, messages: list[dict[str, str]], sampling: Sampling, seed: int
) -> AnswerStream:
    """Ask the server; returns at once. The stream raises what goes wrong.

    Args:
        model: name of an adapter or a model of the server; None = this machine's base.
    """
    mailbox = LoopMailbox()
    reading = asyncio.ensure_future(_read(server, model, _body(messages, sampling, seed), mailbox))
    reading.add_done_callback(lambda task: _tell_of_failure(server, task, mailbox))
    return AnswerStream(mailbox, 1, reading.cancel)


def _body(messages: list[dict[str, str]], sampling: Sampling, seed: int) -> dict[str, Any]:
    neutral = {name: Sampling.model_fields[name].default for name in NOT_OPENAI}
    further = sampling.model_dump(include=set(NOT_OPENAI))
    return {
        "messages": messages,
        "max_tokens": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": seed,
        **({"stop": sampling.stop_strings} if sampling.stop_strings else {}),
        **{name: value for name, value in further.items() if value != neutral[name]},
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def _read(server: InferenceServer, model: str | None, body: dict[str, Any], mailbox: LoopMailbox) -> None:
    try:
        body["model"] = await server.model_named(model)
        answer = await server.send("POST", "/v1/chat/completions", json.dumps(body).encode())
        if answer.status_code != 200:
            raise _refused(answer.status_code, await server.whole(answer))
        await _relay(server, answer, mailbox)
    except PipelineError as error:
        mailbox.put((0, error))


def _tell_of_failure(server: InferenceServer, task: asyncio.Task[None], mailbox: LoopMailbox) -> None:
    """Whatever the server sent that we did not think of: nobody waits for ever."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("an answer of the inference server", exc_info=error)
        why = f"The inference server at {server.url} sent something that makes no sense; the service's log has it."
        mailbox.put((0, ServerUnreachable(why)))


async def _relay(server: InferenceServer, answer: httpx.Response, mailbox: LoopMailbox) -> None:
    began, first, text = time.monotonic(), 0.0, ""
    finish, usage = None, Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0)
    mailbox.put((0, Started(prompt_tokens=None)))
    async for chunk in _chunks(server, answer):
        if chunk.get("usage"):
            usage = Usage.model_validate(chunk["usage"])
        for choice in chunk.get("choices", ()):
            piece = choice.get("delta", {}).get("content") or ""
            finish = choice.get("finish_reason") or finish
            if piece:
                first = first or time.monotonic() - began
                text += piece
                mailbox.put((0, Delta(text=piece)))
    if finish is None:
        raise ServerUnreachable(f"The answer of the inference server at {server.url} broke off.")
    timing = Timing(queued_seconds=0, first_token_seconds=first, total_seconds=time.monotonic() - began)
    reason = "length" if finish == "length" else "stop"
    mailbox.put((0, Done(text=text, finish_reason=reason, usage=usage, timing=timing)))


async def _chunks(server: InferenceServer, answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The objects of a stream of events. Raises ServerUnreachable when there is something else in it."""
    rest = b""
    async for piece in server.pieces(answer):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            data = line.removeprefix(b"data:").strip()
            if not line.startswith(b"data:") or data == b"[DONE]":
                continue
            try:
                chunk = json.loads(data)
            except ValueError:
                chunk = None
            if not isinstance(chunk, dict) or "error" in chunk:
                said = _message(data) or "it sent something else than JSON"
                raise ServerUnreachable(f"The inference server at {server.url} gave up the answer: {said}")
            yield chunk


def _refused(status: int, body: bytes) -> PipelineError:
    """Its refusal as ours."""
    message = _message(body) or f"The inference server refused the request with status {status}."
    if status == 429:
        return WorkerBusy(message)
    if status == 404:
        return UnknownModel(message)
    return ContextTooLong(message) if b"context_length" in body else InvalidInput(message)


def _message(body: bytes) -> str | None:
    """The sentence in an error of OpenAI's shape."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return None
