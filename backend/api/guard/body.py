"""What may be sent: so many bytes, in so much time, and JSON as the standard has it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from backend.api.errors import Refusal
from backend.api.guard.sender import SAFE_METHODS
from backend.api.strict_json import MalformedJson, require_strict_json

BODY_BYTES = 16 * 2**20
BODY_SECONDS = 30.0
IN_A_THREAD_BYTES = 64 * 1024
"""Larger bodies are checked in a thread, so that polls are not held up."""
RAW_BODIES = frozenset({"/datasets", "/documents"})
"""Routes that take a file as the body and count its bytes themselves."""


def check_declared_size(request: Request) -> None:
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise Refusal(400, "bad_length", "Content-Length is not a number.")
    if int(declared[:20]) > BODY_BYTES and request.url.path not in RAW_BODIES:
        raise _too_large()


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"The body is larger than {BODY_BYTES // 2**20} MiB.")


async def checked_body(request: Request) -> Receive:
    """Read the body up to the limit and require strict JSON; what comes back replays it to the route."""
    if request.method in SAFE_METHODS or request.url.path in RAW_BODIES:
        return request.receive
    try:
        body = await asyncio.wait_for(_read(request), BODY_SECONDS)
    except asyncio.TimeoutError:
        raise Refusal(408, "too_slow", f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None
    if body:
        _check_content_type(request)
        try:
            if len(body) > IN_A_THREAD_BYTES:
                await run_in_threadpool(require_strict_json, body)
            else:
                require_strict_json(body)
        except MalformedJson as error:
            raise Refusal(400, "malformed_json", str(error)) from None
    return _replay(body, request.receive)


async def _read(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _check_content_type(request: Request) -> None:
    kind, _, options = request.headers.get("content-type", "").partition(";")
    charset = options.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise Refusal(415, "not_json", "Send JSON with `Content-Type: application/json`.")


def _replay(body: bytes, rest: Receive) -> Receive:
    pending: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else await rest()

    return receive
