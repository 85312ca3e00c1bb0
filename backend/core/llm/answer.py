"""What one request brought back, whatever it was, and how the many ways to fail are told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.core.llm.asking import ErrorClass, Usage

DETAIL = 500
"""Characters kept of what a server says about an error."""

Trouble = ErrorClass | Literal["unsupported", "web_page"]
"""A failed attempt's class; `unsupported` and `web_page` never become a question's, they are dealt with before."""

_QUOTA_CODES = re.compile(r"insufficient_quota|insufficient_balance|billing|payment_required|credit", re.IGNORECASE)
_QUOTA_WORDS = re.compile(r"quota|billing|payment|insufficient balance|credits", re.IGNORECASE)
_FILTERED = re.compile(r"content[_ ]filter|content management policy|moderation|flagged", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context_length|context length|context window|maximum context|input.{0,20}too long|too many tokens", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """One attempt's outcome.

    Args:
        trouble: None = a chat completion with content.
        text: its content.
        detail: the server's words about the error, or ours.
        param: the parameter that an error names.
        http_status: None = nothing came.
        retry_after_s: what the server asked for; None = it did not.
        billed: whether tokens may have been counted for it.
    """

    trouble: Trouble | None
    text: str = ""
    detail: str = ""
    param: str | None = None
    http_status: int | None = None
    retry_after_s: float | None = None
    finish_reason: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    billed: bool = False


def too_late(timeout: float) -> Answer:
    """For a request that was not answered in time."""
    return Answer("timeout", detail=f"no complete answer within {timeout:.3g} seconds")


def of_body(body: str, status: int, request_id: str | None, retry_after: float | None) -> Answer:
    """Read the body of a response whose status was 200."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        page = body.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<head", "<?xml"))
        return Answer(
            "web_page" if page else "bad_response",
            detail="a web page came in place of an answer" if page else "the body is no JSON",
            http_status=status, request_id=request_id, billed=not page,
        )  # fmt: skip
    if not isinstance(content, dict):
        return Answer("bad_response", detail="the body is no chat completion", http_status=status, billed=True)
    if content.get("error"):
        error = of_error(_number(content["error"], "code") or 500, content["error"], retry_after, request_id)
        return replace(error, http_status=status)
    return _of_completion(content, status, request_id)


def _of_completion(content: Mapping[str, Any], status: int, request_id: str | None) -> Answer:
    usage = _usage(content.get("usage"))

    def answer(trouble: Trouble | None, text: str = "", detail: str = "", finish: str | None = None) -> Answer:
        return Answer(
            trouble, text, detail, http_status=status, finish_reason=finish, request_id=request_id, usage=usage,
            billed=True,
        )  # fmt: skip

    choices = content.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(message, dict):
        return answer("bad_response", detail="the answer holds no choices")
    finish = first.get("finish_reason")
    finish = finish if isinstance(finish, str) else None
    text = message.get("content")
    text = text if isinstance(text, str) else ""
    if message.get("refusal"):
        return answer("refusal", str(message["refusal"]), "the model refuses", finish)
    if finish == "content_filter":
        return answer("content_filter", text, "the service filtered the answer", finish)
    if finish == "length":
        return answer("truncated", text, "the answer was cut off at the limit of its length", finish)
    if not text.strip():
        return answer("bad_response", text, "the answer is empty", finish)
    return answer(None, text, finish=finish)


def of_error(status: int, error: Any, retry_after: float | None, request_id: str | None) -> Answer:
    """Read an error.

    Args:
        status: of HTTP, or the one an error inside a 200 names.
        error: the value of `error` in the body, as far as there is one.
    """
    fields: Mapping[str, Any] = error if isinstance(error, dict) else {}
    message = str(fields.get("message") or error or f"status {status}")
    code = " ".join(str(fields.get(name) or "") for name in ("code", "type"))
    param = fields.get("param")
    trouble = _rate_or_quota(code, message, retry_after) if status in (402, 429) else _trouble(status, code, message)
    return Answer(
        "quota" if status == 402 else trouble,
        detail=f"{status}: {' '.join(message.split())}"[:DETAIL],
        param=param if isinstance(param, str) else None,
        http_status=status, retry_after_s=retry_after, request_id=request_id,
    )  # fmt: skip


def _rate_or_quota(code: str, message: str, retry_after: float | None) -> Trouble:
    """429 means both. Some speak of a quota when they mean a rate; they say when to come back then."""
    spent = _QUOTA_CODES.search(code) or (retry_after is None and _QUOTA_WORDS.search(message))
    return "quota" if spent else "rate_limit"


def _trouble(status: int, code: str, message: str) -> Trouble:
    words = f"{code} {message}"
    if status == 403 and _FILTERED.search(words):
        return "content_filter"  # a gateway's moderation of this one question
    if status in (401, 403):
        return "auth"
    if status == 404:
        return "not_found"
    if status in (400, 422, 501):
        if _FILTERED.search(words) and "response_format" not in words:
            return "content_filter"
        return "too_long" if _TOO_LONG.search(words) else "unsupported"
    if status == 413:
        return "too_long"
    return "server_error" if status >= 500 or status in (408, 409, 425) else "bad_request"


def _usage(given: Any) -> Usage | None:
    """The server's count; None if it has none, or one that makes no sense."""
    if not isinstance(given, dict):
        return None
    prompt, completion = _number(given, "prompt_tokens"), _number(given, "completion_tokens")
    if prompt is None or completion is None:
        return None
    cached = _number(given.get("prompt_tokens_details"), "cached_tokens") or 0
    reasoning = _number(given.get("completion_tokens_details"), "reasoning_tokens") or 0
    return Usage(prompt, min(cached, prompt), completion, min(reasoning, completion))


def _number(given: Any, name: str) -> int | None:
    value = given.get(name) if isinstance(given, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
