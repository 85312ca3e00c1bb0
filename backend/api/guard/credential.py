"""Who may ask at all."""

from __future__ import annotations

import secrets
from ipaddress import ip_address

from fastapi import Request

from backend.api.errors import Refusal
from backend.core.settings import Settings

OPEN_PATHS = ("/health", "/ui", "/ui/")
"""Served without a token: the sign of life, and the page that asks for the token."""


def check_credential(request: Request, settings: Settings) -> None:
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
