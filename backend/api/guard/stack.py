"""One guard in front of every route, mount and 404; deny first. Outermost first:

request id · Host · how many at once · size · Origin and Sec-Fetch-Site · credential · security headers · strict JSON

Loopback is no boundary: any web page the user has open can reach the port. The Host allowlist stops DNS rebinding, the
Origin check stops forged requests.
"""

from __future__ import annotations

from uuid import uuid4

from fastapi import Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.errors import Refusal, problem
from backend.api.guard.body import Arrivals
from backend.api.guard.credential import check_credential
from backend.api.guard.crowd import Crowd
from backend.api.guard.headers import SECURITY_HEADERS, dev_server_headers, with_headers
from backend.api.guard.host import check_host
from backend.api.guard.listening import started_safely
from backend.api.guard.sender import check_sender
from backend.api.guard.size import check_size
from backend.core.errors import PipelineError
from backend.jobs.service import Service


class Guards:
    """The ASGI middleware.

    Args:
        app: what is guarded.
        service: whose settings say which hosts, origins and token count.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service
        self._crowd = Crowd()
        self._arrivals = Arrivals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what may be; a protocol without a decision here is closed."""
        if scope["type"] == "http":
            with self._crowd.counted():
                await self._guarded(scope, receive, send)
        elif scope["type"] == "lifespan":
            await started_safely(self._app, self._service, scope, receive, send)
        elif scope["type"] == "websocket":  # no route speaks it; before it is accepted this is a 403
            await send({"type": "websocket.close", "code": 1008})

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.request_id = uuid4().hex
        request.state.crowd = self._crowd
        headers = {**SECURITY_HEADERS, "X-Request-ID": request.state.request_id}
        send = with_headers(send, headers)
        try:
            settings = self._service.settings
            check_host(request, settings)
            self._crowd.check(scope)
            check_size(request)
            check_sender(request, settings)
            for_dev_server = dev_server_headers(request, settings)
            headers |= for_dev_server
            if for_dev_server and request.method == "OPTIONS":  # a preflight carries no credential
                await Response(status_code=204)(scope, receive, send)
                return
            check_credential(request, settings)
            await self._app(scope, await self._arrivals.checked(request), send)
        except Refusal as refusal:
            answer = problem(request, refusal.status, refusal.code, refusal.detail, headers=refusal.headers)
            await answer(scope, receive, send)
        except PipelineError as error:  # the settings themselves are wrong
            await problem(request, 503, "settings_unreadable", str(error))(scope, receive, send)
