"""One guard in front of every route, mount and 404; deny first. Outermost first:

request id · Host · how many at once · size · Origin and Sec-Fetch-Site · token · security headers · strict JSON

Loopback is no boundary: any web page the user has open can reach the port. The Host allowlist stops DNS rebinding, the
Origin check stops forged requests.
"""

from __future__ import annotations

from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.errors import Refusal, problem
from backend.api.guard.body import check_declared_size, checked_body
from backend.api.guard.credential import check_credential
from backend.api.guard.headers import CORS_HEADERS, SECURITY_HEADERS, with_headers
from backend.api.guard.host import check_host
from backend.api.guard.sender import check_sender
from backend.core.errors import PipelineError
from backend.jobs.service import Service

MOST_AT_ONCE = 256
"""Open streams included; a poll takes milliseconds, so more are no dashboard."""


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
        send = with_headers(send, headers)
        try:
            settings = self._service.settings
            check_host(request, settings)
            if self._at_once > MOST_AT_ONCE:
                raise Refusal(503, "too_many_at_once", f"{MOST_AT_ONCE} requests are open already: try again soon.")
            check_declared_size(request)
            check_sender(request, settings)
            if request.headers.get("origin") == settings.dashboard_origin:
                headers |= {**CORS_HEADERS, "Access-Control-Allow-Origin": settings.dashboard_origin, "Vary": "Origin"}
                if request.method == "OPTIONS":
                    await Response(status_code=204)(scope, receive, send)
                    return
            check_credential(request, settings)
            receive = await checked_body(request)
        except Refusal as refusal:
            answer = problem(request, refusal.status, refusal.code, refusal.detail, headers=refusal.headers)
            await answer(scope, receive, send)
            return
        except PipelineError as error:  # the settings themselves are wrong
            await problem(request, 503, "settings_unreadable", str(error))(scope, receive, send)
            return
        await self._app(scope, receive, send)
