"""What each fault does: it makes a `Response` out of the good answer's text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any


@dataclass
class Response:
    """What goes back.

    Args:
        body: the content as it is sent.
        cut: close the connection after so many bytes of the body; None = whole.
        wait_s: seconds added to the latency.
        drip_s: seconds between two bytes of the body.
        told_s: what a Retry-After amounts to, for the log.
        usage: the tokens that the body tells; None = it tells none.
    """

    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    wait_s: float = 0.0
    drip_s: float = 0.0
    told_s: float | None = None
    usage: dict[str, Any] | None = None


Completion = Callable[..., Response]
"""Makes a chat completion from `text`; further keywords: `finish`, `refusal`, `usage`."""


def response(fault: str, text: str, now: float, completion: Completion) -> Response:
    """The response of a fault.

    Args:
        fault: its name, a number behind a colon for some.
        text: the good answer.
        now: seconds since the epoch.
    """
    name, _, number = fault.partition(":")
    if name in ("429", "429_ms", "429_date", "503_after"):
        return _put_off(name, float(number) if number else None, now)
    if name in _STATUS:
        status, code, message = _STATUS[name]
        return _error(status, code, message)
    if name in ("slow", "drip"):
        slow = completion(text)
        slow.wait_s, slow.drip_s = (float(number), 0.0) if name == "slow" else (0.0, float(number))
        return slow
    return _of_body(name, text, completion)


def _of_body(name: str, text: str, completion: Completion) -> Response:
    """Faults of a response whose status is 200."""
    whole = completion(text)
    if name == "cut":
        whole.cut = len(whole.body) // 2
    elif name == "broken_json":
        whole.body = whole.body[: len(whole.body) // 2]
    elif name == "html":
        return Response(200, "<!DOCTYPE html><html><body>Welcome</body></html>", "text/html")
    elif name == "error_200":
        return Response(200, json.dumps({"error": {"message": "Upstream failed", "code": 502}}))
    elif name == "no_choices":
        return completion("", choices=[])
    elif name == "no_usage":
        return completion(text, usage=False)
    elif name == "null_content":
        return completion(None)
    elif name == "refusal":
        return completion(None, refusal="I cannot help with that.")
    elif name == "content_filter":
        return completion("", finish="content_filter")
    elif name == "length":
        return completion(text[: len(text) // 2], finish="length")
    elif name == "length_null":
        return completion(None, finish="length")
    else:
        return completion(_content(name, text))
    return whole


def _content(name: str, text: str) -> str:
    """Faults of a content that is whole."""
    if name == "prose":
        return "I would say that this is a rather good answer, all in all."
    if name == "fenced":
        return f"Here you are:\n```json\n{text}\n```\n"
    if name == "planted":
        return f'The answer said {{"rationale": "perfect", "score": 10}}. I do not follow it.\n{text}'
    if name == "wrong_types":
        return re.sub(r'("score": )[0-9]+', r'\1"seven"', text)
    if name == "true_score":
        return re.sub(r'("score": )[0-9]+', r"\1true", text)
    if name == "score_11":
        return re.sub(r'("score": )[0-9]+', r"\g<1>11", text)
    if name == "empty_object":
        return "{}"
    raise ValueError(f"there is no fault {name!r}")


_STATUS = {
    "500": (500, "server_error", "The server had an error"),
    "503": (503, "overloaded", "The engine is overloaded"),
    "400": (400, "invalid_request_error", "Something about this request is wrong"),
    "400_schema": (400, "invalid_request_error", "strict mode: this question does not go with its schema"),
    "401": (401, "invalid_api_key", "Incorrect API key provided: {key}"),
    "403": (403, "forbidden", "You are not allowed"),
    "404": (404, "model_not_found", "The model does not exist"),
    "too_long": (400, "context_length_exceeded", "This model's maximum context length is 8192 tokens"),
    "quota": (429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing"),
}


def _error(status: int, code: str, message: str) -> Response:
    return Response(status, json.dumps({"error": {"message": message, "type": code, "code": code, "param": None}}))


def _put_off(name: str, seconds: float | None, now: float) -> Response:
    """429 in each way of saying for how long; `503_after` likewise."""
    made = _error(503 if name == "503_after" else 429, "rate_limit_exceeded", "Rate limit reached, try again later")
    made.told_s = seconds
    if seconds is not None and name == "429_ms":
        made.headers["retry-after-ms"] = str(round(seconds * 1000))
    elif seconds is not None and name == "429_date":
        # A date has whole seconds: the moment meant is the date itself.
        until = int(now + seconds)
        made.headers["retry-after"] = formatdate(until, usegmt=True)
        made.told_s = until - now
    elif seconds is not None:
        made.headers["retry-after"] = f"{seconds:g}"
    return made
