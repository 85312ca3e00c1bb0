"""Errors in OpenAI's shape, for every address under `/v1`: its clients make their typed exceptions from it.

{"error": {"message": ..., "type": ..., "param": ..., "code": ...}}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {"unauthorized": "invalid_api_key", "validation_error": "invalid_value"}
"""Where OpenAI has a word for what we call otherwise."""

Location = Sequence[str | int]


class Error(BaseModel):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(BaseModel):
    """The body of every answer under `/v1` that is not a success."""

    error: Error


def speaks_openai(path: str) -> bool:
    """Whether answers at this address follow OpenAI's protocol."""
    return path == "/v1" or path.startswith("/v1/")


def openai_error(
    status: int, code: str, message: str, fields: Sequence[tuple[Location, str]] = ()
) -> tuple[int, dict[str, Any]]:
    """The status as OpenAI's API would have it, and the body.

    Args:
        status, code, message: as elsewhere in the API.
        fields: where in the request something is wrong, beginning with `body`, and pydantic's type for it.
    """
    status = 400 if status == 422 else status
    default = "server_error" if status >= 500 else "invalid_request_error"
    param = None
    if fields:
        location, kind = fields[0]
        param = param_of(location)
        if kind == "extra_forbidden":
            code, message = "unsupported_parameter", f"{param} is not supported by this server: leave it out."
    error = Error(message=message, type=TYPES.get(status, default), param=param, code=CODES.get(code, code))
    return status, ErrorBody(error=error).model_dump()


def param_of(location: Location) -> str | None:
    """`("body", "messages", 0, "role")` as `messages[0].role`; None for the body as a whole."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location[1:])
    return text.removeprefix(".") or None
