"""OpenAPI with the errors as they are sent: a problem's own media type, and OpenAI's shape under `/v1`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from backend.api.errors import Problem, ProblemResponse
from backend.api.openai_errors import ErrorBody, speaks_openai

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "What is wrong, as application/problem+json"},
    422: {"model": Problem, "description": "A value does not fit; `errors` says which"},
}
OPENAI_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ErrorBody, "description": "What is wrong, as OpenAI's clients read it"},
}
EVENT_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
"""What a route answers besides when it is asked to `stream`."""


class Application(FastAPI):
    """FastAPI documents every model as the media type of the route's success; a problem has another."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if not self.openapi_schema:
            for path, operations in super().openapi()["paths"].items():
                for operation in operations.values():
                    _correct(operation["responses"], speaks_openai(path))
        assert self.openapi_schema is not None
        return self.openapi_schema


def _correct(responses: dict[str, Any], is_openai: bool) -> None:
    if is_openai:
        del responses["422"]  # OpenAI's API says 400
        return
    for status in map(str, PROBLEMS):
        content = responses[status]["content"]
        content[ProblemResponse.media_type] = content.pop("application/json")
