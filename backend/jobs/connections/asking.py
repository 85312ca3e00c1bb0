"""One question to a service at an address that a person set: bounded in time and size, and led nowhere else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from backend.core.errors import PipelineError

MOST_SECONDS = 10.0
"""From the name's resolution to the last byte: somebody is looking at the button."""
LARGEST_ANSWER = 2 * 2**20
"""The longest list of models, of services that offer everything, takes 0.5 MB."""


class NoAnswer(PipelineError):
    """The service did not answer, or not with anything of use; the message says so without its words."""


@dataclass(frozen=True)
class Reply:
    """What came back.

    Args:
        status: of HTTP.
        body: its JSON; None = it is none.
        milliseconds: until it was whole.
    """

    status: int
    body: Any
    milliseconds: int


async def ask(url: str, key: str | None, *, direct: bool, post: Mapping[str, Any] | None = None) -> Reply:
    """Ask once. No redirection is followed: the key is for the one who was named.

    Args:
        url: of the question.
        key: sent as bearer token; None = none.
        direct: pass over the proxies of the environment, which cannot reach this machine's own servers.
        post: sent as JSON; None = only asked for.

    Raises:
        NoAnswer: it cannot be reached, takes too long, or says too much.
    """
    import httpx  # takes a tenth of a second to import

    host = urlsplit(url).hostname
    begun = time.monotonic()
    try:
        status, content = await asyncio.wait_for(_exchange(url, key, direct=direct, post=post), MOST_SECONDS)
    except (asyncio.TimeoutError, httpx.TimeoutException):
        raise NoAnswer(f"{host} did not answer within {MOST_SECONDS:.0f} seconds.") from None
    except httpx.ConnectError:
        raise NoAnswer(f"{host} cannot be reached: nothing answers at this address and port.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoAnswer(f"{host} does not answer as a web service does ({type(error).__name__}).") from None
    if len(content) > LARGEST_ANSWER:
        raise NoAnswer(f"{host} says more than such a service has to say: is the address right?")
    return Reply(status, _json(content), round((time.monotonic() - begun) * 1000))


async def _exchange(url: str, key: str | None, *, direct: bool, post: Mapping[str, Any] | None) -> tuple[int, bytes]:
    """Status and body; of one that is too large, the beginning."""
    import httpx

    # Not compressed: a few bytes could become gigabytes.
    headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
    content = b""
    async with (
        httpx.AsyncClient(trust_env=not direct, headers=headers, timeout=MOST_SECONDS) as client,
        client.stream("POST" if post else "GET", url, json=post) as answer,
    ):
        async for piece in answer.aiter_raw():
            content += piece
            if len(content) > LARGEST_ANSWER:
                break
    return answer.status_code, content


def refusal(reply: Reply, host: str, key_name: str) -> str | None:
    """What an answer that is no success means, in words; None = it is one."""
    status = reply.status
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"{host} refuses the key: check {key_name}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"{host} says that it was asked too often, or that what was paid for is used up."
    if 300 <= status < 400:
        return f"{host} sends elsewhere, where the key would not be safe: give the address that it leads to."
    if status >= 500:
        return f"{host} answers that it cannot serve now (status {status}): try again later."
    return (
        f"{host} does not know the question (status {status}): an address usually ends in /v1."
        if status >= 400
        else None
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
