"""Who may ask at all: whoever sends the token, or the cookie that a browser got for it."""

from __future__ import annotations

import secrets

from fastapi import Request

from backend.api.errors import Refusal
from backend.api.guard.access import is_open
from backend.api.guard.listening import arrived_on_loopback
from backend.api.guard.sender import SAFE_METHODS, is_own_page
from backend.api.session import COOKIE, signed_in
from backend.core.environment.settings import Settings


def check_credential(request: Request, settings: Settings) -> None:
    """Without a token set, this machine alone is served.

    Raises:
        Refusal: 401 without a credential, 403 for a cookie that another page may have made the browser send.
    """
    if settings.api_token is None:
        if not arrived_on_loopback(request.scope):  # `uvicorn --host 0.0.0.0` passes by the check before listening
            raise Refusal(403, "token_required", "Set API_TOKEN to serve anybody but this machine.")
        return
    token = settings.api_token.get_secret_value()
    if is_open(request.method, request.scope["path"]) or _sends_token(request, token):
        return
    if not signed_in(request.cookies.get(COOKIE, ""), token):
        raise Refusal(
            401, "unauthorized", "Sign in, or send the service's API_TOKEN as `Authorization: Bearer ...`.",
            {"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    # Browsers send a cookie by themselves, so what changes something must prove that one of our pages asked for it.
    if request.method not in SAFE_METHODS and not is_own_page(request, settings):
        raise Refusal(403, "origin_not_allowed", "A session may change something from the dashboard only.")


def _sends_token(request: Request, token: str) -> bool:
    given = request.headers.getlist("authorization")
    scheme, _, value = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return scheme.lower() == "bearer" and secrets.compare_digest(value.strip().encode(), token.encode())
