"""Which web pages may change something: against forged requests, which any page the user has open can send here."""

from __future__ import annotations

from fastapi import Request

from backend.api.errors import Refusal
from backend.core.environment.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def check_sender(request: Request, settings: Settings) -> None:
    """Whoever wants to change something must be our own page, the dashboard's dev server, or no browser.

    Raises:
        Refusal: another page.
    """
    if request.method in SAFE_METHODS or is_own_page(request, settings):
        return
    if request.headers.get("origin") is not None or request.headers.get("sec-fetch-site", "none") != "none":
        raise Refusal(403, "origin_not_allowed", "Another web page may not change anything here.")


def is_own_page(request: Request, settings: Settings) -> bool:
    """Whether the browser says that one of our pages asks; a program says nothing.

    `Origin: null` is nobody's own, and the word of `Sec-Fetch-Site` counts against an Origin, never for it.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None:
        return site == "same-origin"
    if origin == settings.dashboard_origin:
        return True
    scheme, _, host = origin.lower().partition("://")  # a proxy in front of us may speak https
    own = scheme in ("http", "https") and host == request.headers["host"].lower()
    return own and site in (None, "none", "same-origin")
