"""The body of a request as strict JSON."""

from __future__ import annotations

from backend.core.strict_json import MalformedJson, strict_json

__all__ = ["MalformedJson", "require_strict_json"]


def require_strict_json(body: bytes) -> None:
    """Raises MalformedJson, with a sentence for the sender."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        strict_json(text)
    except MalformedJson as error:
        raise MalformedJson(f"The body {error}.") from None
