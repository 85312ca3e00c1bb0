"""The `openai` package, held to one job: send a request once and bring back whatever came, as an `Answer`.

Its own retries are off, its parsing is not used (it raises on what we want to see, and loses text and usage), it does
not stream. Works with 1.60 to 3.x: nothing here depends on which HTTP library it has.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from backend.core.errors import MissingDependency
from backend.core.llm.access import Access
from backend.core.llm.answer import DETAIL, Answer, of_body, of_error, too_late
from backend.core.llm.asking import Ask


class Service(Protocol):
    """What answers requests."""

    async def answer(self, ask: Ask, request: Mapping[str, Any], timeout: float) -> Answer:
        """Send once. Never raises for what a server does."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class OpenAIService:
    """A server that speaks OpenAI's chat completions.

    Args:
        access: address and key.

    Raises:
        MissingDependency: the `openai` package is not installed.
    """

    def __init__(self, access: Access) -> None:
        try:
            import openai
        except ImportError:
            raise MissingDependency(
                "Asking a language model needs the openai package: pip install 'openai>=1.60,<4', or --mock to try "
                "without."
            ) from None
        if access.loopback:
            _reach_directly(access.host)
        self._openai = openai
        self._clean: Callable[[str], str] = access.without_key
        self._client = openai.AsyncOpenAI(api_key=access.key, base_url=access.base_url, max_retries=0)

    async def answer(self, ask: Ask, request: Mapping[str, Any], timeout: float) -> Answer:
        """Send once; see `Service`."""
        openai, create = self._openai, self._client.chat.completions.with_raw_response.create
        try:
            raw = await create(**request, timeout=timeout)
            headers = raw.headers
            return of_body(
                self._clean(raw.text), raw.status_code, headers.get("x-request-id"), retry_after(headers, time.time())
            )
        except openai.APITimeoutError:
            return too_late(timeout)
        except openai.APIStatusError as error:
            return self._refused(error)
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            return Answer("connection", detail=self._clean(f"{type(cause).__name__}: {cause}")[:DETAIL])
        except openai.OpenAIError as error:
            return Answer("bad_response", detail=self._clean(str(error))[:DETAIL], billed=True)

    def _refused(self, error: Any) -> Answer:
        headers = error.response.headers
        body = error.body
        if isinstance(body, dict):
            body = {name: self._clean(value) if isinstance(value, str) else value for name, value in body.items()}
            body = body.get("error") or body
        else:
            body = self._clean(str(body or error.message))
        return of_error(error.status_code, body, retry_after(headers, time.time()), headers.get("x-request-id"))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or a date); None = not said.

    A date is taken relative to the answer's own `Date`, so that two clocks need not agree.

    Args:
        now: seconds since the epoch, for an answer without a date.
    """
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            return max(0.0, float(text) * scale)
        except ValueError:
            pass
        if name == "retry-after" and (until := _moment(text)) is not None:
            return max(0.0, until - (_moment(headers.get("date")) or now))
    return None


def _moment(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError):
        return None


def _reach_directly(host: str) -> None:
    """A proxy of the environment cannot reach this machine's own servers, and must not see what is sent to them."""
    for name in ("NO_PROXY", "no_proxy"):
        given = os.environ.get(name, "")
        if host not in given.split(","):
            os.environ[name] = f"{given},{host}".strip(",")


def bytes_of(request: Mapping[str, Any]) -> int:
    """How large a request's question is, the schema with it: what its tokens are estimated from."""
    parts = [request["messages"], request.get("response_format")]
    return len(json.dumps(parts, ensure_ascii=False).encode(errors="replace"))
