"""Kinds of server: what each refuses, in the words of the real one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Refusal = tuple[int, dict[str, Any]]


def refusal(profile: str, request: Mapping[str, Any]) -> Refusal | None:
    """Status and error of a request that this kind of server refuses; None = it takes it."""
    form = (request.get("response_format") or {}).get("type")
    text = str(request.get("messages")).lower()
    if profile in ("openai", "deepseek") and form == "json_object" and "json" not in text:
        return _bad("'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                    "'json_object'.", "messages")  # fmt: skip
    if profile == "lmstudio" and form == "json_object":
        return 400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}
    if profile == "deepseek" and form == "json_schema":
        return _bad("This response_format type is unavailable now", None, code="invalid_request_error")
    if profile == "text-only" and form is not None:
        return 422, {"detail": [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]}
    if profile == "reasoning":
        return _reasoning(request)
    return None


def _reasoning(request: Mapping[str, Any]) -> Refusal | None:
    if "max_tokens" in request:
        return _bad("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                    "'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter")  # fmt: skip
    if request.get("temperature", 1) != 1:
        return _bad("Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value "
                    "is supported.", "temperature", "unsupported_value")  # fmt: skip
    if "seed" in request:
        return _bad("Unknown parameter: 'seed'.", "seed", "unknown_parameter")
    return None


def _bad(message: str, param: str | None, code: str | None = None) -> Refusal:
    return 400, {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def answer_of(profile: str, request: Mapping[str, Any], text: str) -> str:
    """How this kind of server writes a good answer."""
    if profile == "ignore" and "response_format" in request:
        return f"Certainly! Here is my answer.\n```json\n{text}\n```\nLet me know if you need more."
    if profile == "ignore-badly" and "response_format" in request:
        return "I would rather talk about it in prose."
    if profile == "reasoning":
        return f'<think>Perhaps {{"score": 1}}? No.</think>\n{text}'
    return text
