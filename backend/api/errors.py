"""Every error of the API in one shape, `application/problem+json` (RFC 9457), and the one table from error to status.

Under `/v1` the shape is OpenAI's. What the client sent is never echoed, and 500 is a defect of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from backend.api.guard.headers import SECURITY_HEADERS
from backend.api.openai_errors import openai_error, speaks_openai
from backend.api.sse import ClientGone, client_gone
from backend.core import errors
from backend.core.data.versions import ChangedMeanwhile
from backend.core.environment.env_file import EnvFileUnreadable
from backend.core.redaction import redacted
from backend.core.registry import RegistryUnreadable
from backend.jobs.admission import KeyReused, QueueFull
from backend.jobs.answering.process import AnswerTooSlow
from backend.jobs.answering.protocol import WorkerFailed
from backend.jobs.answering.served import UnknownModel
from backend.jobs.answering.server import ServerUnreachable
from backend.jobs.answering.worker import WorkerBusy
from backend.jobs.comparison import ComparisonBusy, ComparisonFailed
from backend.jobs.handover import GpuBusy
from backend.jobs.inquiries import Busy, Failed, TooSlow
from backend.jobs.store import JobTableUnreadable

log = logging.getLogger(__name__)

MOST_ERRORS = 50
LONGEST_NAME = 100
LONGEST_DETAIL = 2000
ERROR_BYTES = 10 * 1024
"""Of all errors of a problem together; the whole of it then stays under 16 KiB."""

TABLE: dict[type[errors.PipelineError], tuple[int, str]] = {
    errors.PipelineError: (503, "unavailable"),
    errors.InvalidInput: (422, "invalid_input"),
    errors.BadDataset: (422, "bad_dataset"),
    errors.BadModel: (422, "bad_model"),
    errors.UnsafeFormat: (422, "unsafe_format"),
    errors.UnsafeConfig: (422, "unsafe_config"),
    errors.CorruptWeights: (422, "corrupt_weights"),
    errors.TemplateRejected: (422, "template_rejected"),
    errors.NotFound: (404, "not_found"),
    errors.Conflict: (409, "conflict"),
    errors.InUse: (409, "in_use"),
    ChangedMeanwhile: (409, "changed_meanwhile"),
    errors.MissingDependency: (503, "missing_dependency"),
    errors.DeviceUnavailable: (409, "cuda_unavailable"),
    errors.NotWritable: (503, "not_writable"),
    errors.DiskFull: (507, "disk_full"),
    errors.OutOfMemory: (503, "out_of_memory"),
    QueueFull: (429, "queue_full"),
    KeyReused: (422, "idempotency_key_reused"),
    RegistryUnreadable: (503, "registry_unreadable"),
    EnvFileUnreadable: (503, "settings_unreadable"),
    JobTableUnreadable: (503, "job_table_unreadable"),
    UnknownModel: (404, "model_not_found"),
    errors.ContextTooLong: (422, "context_length_exceeded"),
    WorkerFailed: (503, "worker_failed"),
    WorkerBusy: (429, "worker_busy"),
    AnswerTooSlow: (504, "too_slow"),
    GpuBusy: (503, "gpu_busy"),
    TooSlow: (504, "too_slow"),
    Busy: (429, "busy"),
    Failed: (503, "failed"),
    ComparisonBusy: (429, "comparison_busy"),
    ComparisonFailed: (503, "comparison_failed"),
    ServerUnreachable: (503, "inference_server_unreachable"),
}
RETRY_SECONDS: dict[int | str, str] = {
    429: "30",
    503: "5",
    "worker_busy": "2",
    "gpu_busy": "30",
    "comparison_busy": "5",
    "busy": "5",
}
"""By code, else by status."""

HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    loc: list[str | int]
    msg: str
    type: str


class Problem(BaseModel):
    """The body of every answer that is not a success."""

    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None


class Refusal(Exception):
    """A request that HTTP itself refuses: its size, its sender, its encoding."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


class ProblemResponse(JSONResponse):
    """A response with a problem in it."""

    media_type = "application/problem+json"


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    fields: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The response for an error."""
    retry = RETRY_SECONDS.get(code) or RETRY_SECONDS.get(status)
    headers = {**({"Retry-After": retry} if retry else {}), **(headers or {})}
    if speaks_openai(request.scope["path"]):
        status, content = openai_error(status, code, detail, [(field.loc, field.type) for field in fields or ()])
        return JSONResponse(content, status, headers=headers)
    return ProblemResponse(problem_body(request, status, code, detail, fields), status, headers=headers)


def problem_body(
    request: Request, status: int, code: str, detail: str, fields: Sequence[FieldError] | None = None
) -> dict[str, Any]:
    """The problem itself."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail[:LONGEST_DETAIL],
        code=code,
        request_id=getattr(request.state, "request_id", ""),
        errors=_within(fields) if fields is not None else None,
    )
    return body.model_dump(exclude_none=True)


def _within(fields: Sequence[FieldError]) -> list[FieldError]:
    """The first of them that together are not too long."""
    kept, size = [], 0
    for field in fields:
        size += len(field.model_dump_json().encode())
        if size > ERROR_BYTES:
            break
        kept.append(field)
    return kept


def status_of(error: errors.PipelineError) -> tuple[int, str]:
    """HTTP status and code of an error: those of its nearest class in the table."""
    return next(TABLE[cls] for cls in type(error).__mro__ if cls in TABLE)


def told(error: errors.PipelineError) -> tuple[int, str, str, list[FieldError] | None]:
    """Status, code, detail and fields of an error."""
    status, code = status_of(error)
    detail, fields = redacted(str(error)), None
    if isinstance(error, errors.InvalidInput) and error.field:
        fields = [FieldError(loc=["body", error.field], msg=detail, type=code)]
    return status, code, detail, fields


async def _pipeline_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.PipelineError)
    status, code, detail, fields = told(error)
    return problem(request, status, code, detail, fields=fields)


async def _refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    return problem(request, error.status, error.code, error.detail, headers=error.headers)


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code, "http_error")
    detail = {404: "There is nothing at this address.", 405: "This address does not know this method."}
    return problem(
        request, error.status_code, code, detail.get(error.status_code, str(error.detail)), headers=error.headers
    )


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = [field_error(found) for found in error.errors()[:MOST_ERRORS]]
    first = fields[0]
    where = ".".join(str(part) for part in first.loc[1:]) or str(first.loc[0])
    return problem(request, 422, "validation_error", f"{where}: {first.msg}", fields=fields)


def field_error(found: Mapping[str, Any]) -> FieldError:
    """One of pydantic's errors without the input it complains about."""
    loc = [part if isinstance(part, int) else str(part)[:LONGEST_NAME] for part in found["loc"]]
    return FieldError(loc=loc, msg=str(found["msg"]).removeprefix("Value error, "), type=str(found["type"]))


async def _unknown_error(request: Request, error: Exception) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    log.error("request %s", request_id, exc_info=error)
    detail = "This is a defect of ours; the service's log has the details."
    # It is sent from outside the guards, whose headers it therefore lacks.
    headers = {**SECURITY_HEADERS, "X-Request-ID": request_id}
    return problem(request, 500, "internal_error", detail, headers=headers)


def install(app: FastAPI) -> None:
    """Make the application answer every error as a problem."""
    app.add_exception_handler(errors.PipelineError, _pipeline_error)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(ClientGone, client_gone)
    app.add_exception_handler(Exception, _unknown_error)
