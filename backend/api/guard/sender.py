"""Which web pages may change something: against forged requests, which any page the user has open can send here."""

from __future__ import annotations

from fastapi import Request

from backend.api.errors import Refusal
from backend.core.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_sender(request: Request, settings: Settings) -> None:
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
