"""With `INFERENCE_SERVER_URL` set, that server answers under `/v1`: bodies pass as they are, but for the model's name.

Behind the guards and in front of the routes, as our own checks would refuse what that server may know (tools, say).
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.errors import problem, told
from backend.api.openai_errors import openai_error
from backend.api.sse import ClientGone, EventStream, event, while_connected
from backend.core.errors import InvalidInput, PipelineError
from backend.jobs.answering.server import InferenceServer, passed_on
from backend.jobs.service import Service

if TYPE_CHECKING:
    import httpx

FORWARDED = frozenset({"/v1/chat/completions", "/v1/completions"})


class ServerInPlace:
    """The ASGI middleware.

    Args:
        app: answers everything else, and all of it when no server is set.
        service: knows the server.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._service.inference_server if scope["type"] == "http" else None
        forwarded = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in FORWARDED
        if server is None or not forwarded:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await request.body()
            response = await while_connected(receive, _answer(server, scope["path"], body))
        except ClientGone:
            return
        except PipelineError as error:
            status, code, detail, fields = told(error)
            response = problem(request, status, code, detail, fields=fields)
        await response(scope, receive, send)


async def _answer(server: InferenceServer, path: str, body: bytes) -> Response:
    """What the server answers. Raises PipelineError."""
    asked = await run_in_threadpool(json.loads, body or b"null")  # it may be large, and polls must not wait
    if not isinstance(asked, dict) or not isinstance(asked.get("model"), str):
        raise InvalidInput("model is missing: GET /v1/models lists the models.", "model")
    asked["model"] = await server.model_named(asked["model"])
    answer = await server.send("POST", path, (await run_in_threadpool(json.dumps, asked)).encode())
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        return EventStream(_pieces(server, answer), answer.aclose)
    return _whole(answer, await server.whole(answer))


async def _pieces(server: InferenceServer, answer: httpx.Response) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in server.pieces(answer):
            yield piece
    except PipelineError as error:
        status, code, detail, _ = told(error)
        yield event(openai_error(status, code, detail)[1])


def _whole(answer: httpx.Response, body: bytes) -> Response:
    """The answer as it came; an error in another shape than OpenAI's is put into that."""
    if answer.status_code >= 400 and not _is_openai_error(body):
        detail = f"The inference server refused the request: {body[:300].decode(errors='replace')}"
        status, content = openai_error(answer.status_code, "inference_server", detail)
        return JSONResponse(content, status, headers=passed_on(answer.headers))
    return Response(body, answer.status_code, headers=passed_on(answer.headers))


def _is_openai_error(body: bytes) -> bool:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("error"), dict)
