"""Headers that every answer carries, and those that the dashboard's dev server gets besides."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from backend.core.environment.settings import Settings

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
_CORS_HEADERS = {
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key",
    "Access-Control-Expose-Headers": "x-request-id",
    "Access-Control-Max-Age": "600",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """`send` that adds these headers where the answer has none of that name; the mapping may still grow."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return wrapped


def dev_server_headers(request: Request, settings: Settings) -> dict[str, str]:
    """What lets the dashboard's dev server read the answer; nothing for any other origin."""
    if request.headers.get("origin") != settings.dashboard_origin:
        return {}
    return {**_CORS_HEADERS, "Access-Control-Allow-Origin": settings.dashboard_origin, "Vary": "Origin"}
