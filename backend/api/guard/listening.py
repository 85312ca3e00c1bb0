"""Whom the service may listen to: anybody but this machine needs a token, whoever opens the port."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.lifespan.on import LifespanOn

from backend.core.errors import PipelineError
from backend.jobs.service import Service

NEEDS_TOKEN = "opens the service to the network, so API_TOKEN must be set (for one: `openssl rand -hex 32`)."


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address; a name counts as what it stands for, no name as everything."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(address, None)} if address else set()
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(_is_loopback_ip(one) for one in found)


def _is_loopback_ip(text: str) -> bool:
    ip = ip_address(text.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback


def arrived_on_loopback(scope: Scope) -> bool:
    """Whether the connection came in on a loopback address, or no socket at all (an app called in its own process)."""
    server = scope.get("server")
    try:
        return _is_loopback_ip(str(server[0])) if server else False
    except ValueError:
        return True


async def started_safely(app: ASGIApp, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """The application's lifespan, unless `uvicorn --host 0.0.0.0` is about to open it to everybody.

    Uvicorn opens its port after this, so nobody is served in between.
    """
    if refusal := _refusal(service):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": f"error: {refusal}"})
        return
    await app(scope, receive, send)


def _refusal(service: Service) -> str | None:
    try:
        has_token = service.settings.api_token is not None
    except PipelineError as error:
        return str(error)
    host = _uvicorn_host()
    return None if has_token or host is None or is_loopback(host) else f"The host {host!r} {NEEDS_TOKEN}"


def _uvicorn_host() -> str | None:
    """The address that uvicorn was told; it hands it to nobody, but its own task runs this."""
    task = asyncio.current_task()
    frame = getattr(task.get_coro(), "cr_frame", None) if task else None
    runner = frame.f_locals.get("self") if frame else None
    return runner.config.host if isinstance(runner, LifespanOn) else None
