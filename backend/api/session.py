"""Signing in with a browser: the token is given once, and a cookie that no script can read stands for it afterwards.

The cookie is `expiry.nonce.mac`, the mac keyed by the token: nothing is stored here, and a new API_TOKEN ends every
session. Signing out makes one browser forget its cookie.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from backend.api.attempts import Attempts
from backend.api.deps import SettingsDep
from backend.api.errors import Refusal

COOKIE = "session"
SESSION_SECONDS = 7 * 24 * 3600
LONGEST_COOKIE = 200
LONGEST_TOKEN = 4096

router = APIRouter(tags=["session"])


class SignIn(BaseModel):
    """What a person types on the login page."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr = Field(min_length=1, max_length=LONGEST_TOKEN)
    """The service's API_TOKEN"""


class Session(BaseModel):
    """Whether this browser may use the service."""

    required: bool
    """The service asks for a token"""
    signed_in: bool
    """This browser has given it, or none is asked for"""


@router.get("/session")
async def show_session(request: Request, settings: SettingsDep) -> Session:
    """Whether a token is asked for, and whether this browser has given it; needs no token."""
    if settings.api_token is None:
        return Session(required=False, signed_in=True)
    cookie = request.cookies.get(COOKIE, "")
    return Session(required=True, signed_in=signed_in(cookie, settings.api_token.get_secret_value()))


@router.post("/session", status_code=204)
async def sign_in(body: SignIn, request: Request, settings: SettingsDep) -> Response:
    """Swap the token for a session cookie; wrong tokens are counted by peer."""
    if settings.api_token is None:
        return Response(status_code=204)
    token = settings.api_token.get_secret_value()
    attempts: Attempts = request.app.state.attempts
    peer = request.client.host if request.client else ""
    attempts.require_few(peer)
    if not secrets.compare_digest(body.token.get_secret_value().encode(), token.encode()):
        attempts.failed(peer)
        raise Refusal(401, "wrong_token", "This is not the service's API_TOKEN.", {"WWW-Authenticate": "Bearer"})
    response = Response(status_code=204)
    _set_cookie(response, request, new_session(token), SESSION_SECONDS)
    return response


@router.delete("/session", status_code=204)
async def sign_out(request: Request) -> Response:
    """Make this browser forget its session."""
    response = Response(status_code=204)
    _set_cookie(response, request, "", 0)
    return response


def signed_in(cookie: str, token: str) -> bool:
    """Whether a cookie's value was made with this token and has not expired."""
    if len(cookie) > LONGEST_COOKIE or not cookie.isascii():
        return False
    signed, _, mac = cookie.rpartition(".")
    expiry = signed.partition(".")[0]
    return secrets.compare_digest(mac, _mac(signed, token)) and int(expiry) > time.time()


def new_session(token: str) -> str:
    """A cookie's value for whoever gave the token."""
    signed = f"{int(time.time()) + SESSION_SECONDS}.{secrets.token_hex(16)}"
    return f"{signed}.{_mac(signed, token)}"


def _mac(signed: str, token: str) -> str:
    return hmac.new(token.encode(), f"session:{signed}".encode(), hashlib.sha256).hexdigest()


def _set_cookie(response: Response, request: Request, value: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE, value, max_age=seconds, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
