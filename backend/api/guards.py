"""One guard in front of every route, mount and 404; deny first. Outermost first:

request id · Host · how many at once · size · Origin and Sec-Fetch-Site · token · security headers · strict JSON

Loopback is no boundary: any web page the user has open can reach the port. The Host allowlist stops DNS rebinding, the
Origin check stops forged requests.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import MutableMapping
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.errors import Refusal, problem
from backend.api.strict_json import MalformedJson, require_strict_json
from backend.core.errors import PipelineError
from backend.core.settings import Settings
from backend.jobs.service import Service

MOST_AT_ONCE = 256
"""Open streams included; a poll takes milliseconds, so more are no dashboard."""
BODY_BYTES = 16 * 2**20
BODY_SECONDS = 30.0
IN_A_THREAD_BYTES = 64 * 1024
"""Larger bodies are checked in a thread, so that polls are not held up."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
RAW_BODIES = frozenset({"/datasets", "/documents"})
"""Routes that take a file as the body and count its bytes themselves."""

OPEN_PATHS = ("/health", "/ui", "/ui/")
"""Served without a token: the sign of life, and the page that asks for the token."""

# The hash is that of an empty style element, which Chakra's runtime fills; with plain 'self' the page is unstyled.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
CORS_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key",
    "Access-Control-Expose-Headers": "x-request-id",
    "Access-Control-Max-Age": "600",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Guards:
    """The ASGI middleware.

    Args:
        app: what is guarded.
        service: whose settings say which hosts, origins and token count.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":  # no route speaks WebSocket
            self._at_once += 1
            try:
                await self._guarded(scope, receive, send)
            finally:
                self._at_once -= 1

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.request_id = uuid4().hex
        headers = {**SECURITY_HEADERS, "X-Request-ID": request.state.request_id}
        send = _with_headers(send, headers)
        try:
            settings = self._service.settings
            _check_host(request, settings)
            if self._at_once > MOST_AT_ONCE:
                raise Refusal(503, "too_many_at_once", f"{MOST_AT_ONCE} requests are open already: try again soon.")
            _check_declared_size(request)
            _check_sender(request, settings)
            if request.headers.get("origin") == settings.dashboard_origin:
                headers |= {**CORS_HEADERS, "Access-Control-Allow-Origin": settings.dashboard_origin, "Vary": "Origin"}
                if request.method == "OPTIONS":
                    await Response(status_code=204)(scope, receive, send)
                    return
            _check_token(request, settings)
            receive = await _checked_body(request)
        except Refusal as refusal:
            answer = problem(request, refusal.status, refusal.code, refusal.detail, headers=refusal.headers)
            await answer(scope, receive, send)
            return
        except PipelineError as error:  # the settings themselves are wrong
            await problem(request, 503, "settings_unreadable", str(error))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _with_headers(send: Send, headers: MutableMapping[str, str]) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return wrapped


def _check_host(request: Request, settings: Settings) -> None:
    """The Host must be an allowed name, or the very address the connection arrived at.

    Rebinding needs a name that the attacker controls; an address is the server's own.
    """
    hosts = request.headers.getlist("host")
    name = host_name(hosts[0]) if len(hosts) == 1 else ""
    server = request.scope.get("server")
    own = str(server[0]).lower() if server else ""
    own = f"[{own}]" if ":" in own else own
    if not name or (name != own and name not in {allowed.lower() for allowed in settings.allowed_hosts}):
        raise Refusal(
            403, "host_not_allowed", "The service is not to be addressed by this name; ALLOWED_HOSTS lists the others."
        )


def host_name(host: str) -> str:
    """A Host header without its port, in lower case; nothing when it is malformed."""
    host = host.lower()
    if host.startswith("["):
        name, bracket, port = host.partition("]")
        name, port = name + bracket, port.removeprefix(":") if port.startswith(":") else port and "x"
    else:
        name, _, port = host.partition(":")
    return name if port == "" or (port.isascii() and port.isdigit()) else ""


def _check_declared_size(request: Request) -> None:
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise Refusal(400, "bad_length", "Content-Length is not a number.")
    if int(declared[:20]) > BODY_BYTES and request.url.path not in RAW_BODIES:
        raise _too_large()


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"The body is larger than {BODY_BYTES // 2**20} MiB.")


def _check_sender(request: Request, settings: Settings) -> None:
    """Whoever wants to change something must be our own page, the dashboard's dev server, or no browser."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin == settings.dashboard_origin:
        return
    own = origin is not None and origin.lower().partition("://")[2] == request.headers["host"].lower()
    site = request.headers.get("sec-fetch-site", "none")
    if (origin is not None and not own) or site not in ("same-origin", "none"):
        raise Refusal(403, "origin_not_allowed", "Another web page may not change anything here.")


def _check_token(request: Request, settings: Settings) -> None:
    if settings.api_token is None:
        if not _arrived_on_loopback(request):  # `uvicorn --host 0.0.0.0` passes by the check at the start
            raise Refusal(403, "token_required", "Set API_TOKEN to serve anybody but this machine.")
        return
    path = request.url.path
    if path in OPEN_PATHS or path.startswith("/ui/"):
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = settings.api_token.get_secret_value().encode()
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), expected):
        raise Refusal(
            401, "unauthorized", "Send the service's API_TOKEN as `Authorization: Bearer ...`.",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip


def _arrived_on_loopback(request: Request) -> bool:
    """Whether the connection came in on a loopback address, or no socket at all (an app called in its own process)."""
    server = request.scope.get("server")
    try:
        return ip_address(str(server[0])).is_loopback if server else False
    except ValueError:
        return True


async def _checked_body(request: Request) -> Receive:
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
