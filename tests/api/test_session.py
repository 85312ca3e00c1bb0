"""Signing in with a browser: what the cookie is worth, when it ends, and how slow guessing is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.api.attempts import MOST_FAILURES, MOST_PEERS, Attempts
from backend.api.errors import Refusal
from backend.api.session import SESSION_SECONDS, new_session, signed_in
from tests.service_kit import app_in

TOKEN = "a-token-that-only-tests-know"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "guarded").mkdir()
    with TestClient(app_in(tmp_path / "guarded", api_token=TOKEN)) as client:
        yield client


def test_a_session_is_bound_to_its_token() -> None:
    cookie = new_session(TOKEN)
    assert signed_in(cookie, TOKEN)
    assert not signed_in(cookie, TOKEN + "2")
    assert cookie != new_session(TOKEN)


def test_a_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.session.time.time", lambda: 1000.0)
    cookie = new_session(TOKEN)
    monkeypatch.setattr("backend.api.session.time.time", lambda: 999.0 + SESSION_SECONDS)
    assert signed_in(cookie, TOKEN)
    monkeypatch.setattr("backend.api.session.time.time", lambda: 1000.0 + SESSION_SECONDS)
    assert not signed_in(cookie, TOKEN)


def test_no_part_of_a_session_can_be_changed() -> None:
    cookie = new_session(TOKEN)
    for place, sign in enumerate(cookie):
        changed = cookie[:place] + ("1" if sign != "1" else "2") + cookie[place + 1 :]
        assert not signed_in(changed, TOKEN), place
    expiry, nonce, mac = cookie.split(".")
    for forged in ("", ".", "..", "a.b.c", mac, f"{expiry}.{mac}", f"{expiry}9.{nonce}.{mac}", f"{expiry}.{nonce}.",
                   f"{expiry}.{nonce}.{mac.upper()}", f" {cookie}", f"{cookie} ", f"{cookie}.", cookie * 2,
                   f"{expiry}.{nonce}.{'é' * 64}", "\ud800", "1" * 1_000_000, TOKEN):  # fmt: skip
        assert not signed_in(forged, TOKEN), forged[:80]


def test_who_is_asked_for_a_token(client: TestClient, guarded: TestClient) -> None:
    assert client.get("/session").json() == {"required": False, "signed_in": True}
    assert client.post("/session", json={"token": "any"}).status_code == 204
    assert not client.cookies
    assert guarded.get("/session").json() == {"required": True, "signed_in": False}


def test_signing_in_and_out(guarded: TestClient) -> None:
    assert guarded.get("/jobs").status_code == 401
    answer = guarded.post("/session", json={"token": TOKEN})
    assert (answer.status_code, answer.content) == (204, b"")
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    for part in ("session=", "HttpOnly", "Path=/", "SameSite=strict", f"Max-Age={SESSION_SECONDS}"):
        assert part in cookie
    assert guarded.get("/session").json() == {"required": True, "signed_in": True}
    assert guarded.get("/jobs").status_code == 200
    assert guarded.delete("/session").status_code == 204
    assert guarded.get("/session").json() == {"required": True, "signed_in": False}
    assert guarded.get("/jobs").status_code == 401


def test_a_new_token_ends_every_session(tmp_path: Path, guarded: TestClient) -> None:
    guarded.post("/session", json={"token": TOKEN})
    with TestClient(app_in(tmp_path, api_token="another"), cookies=guarded.cookies) as later:
        assert later.get("/session").json()["signed_in"] is False
        assert later.get("/jobs").status_code == 401


def test_the_cookie_alone_changes_nothing_for_another_page(guarded: TestClient) -> None:
    """A program shows the token; only a browser has the cookie alone, and a browser says whose page asks."""
    guarded.post("/session", json={"token": TOKEN})
    own = {"origin": "http://testserver"}
    for headers in (own, {"sec-fetch-site": "same-origin"}, {**own, "sec-fetch-site": "same-origin"}):
        assert guarded.post("/jobs/none/cancel", headers=headers).status_code == 404
    for headers in ({}, {"sec-fetch-site": "none"}, {"origin": "null"}, {"origin": "http://testserver:81"},
                    {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "cross-site"}):  # fmt: skip
        assert guarded.post("/jobs/none/cancel", headers=headers).status_code == 403, headers
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert guarded.post("/jobs/none/cancel", headers=bearer).status_code == 404


def test_the_dev_server_signs_in_with_its_cookie(guarded: TestClient) -> None:
    dev = {"origin": "http://localhost:3000"}
    answer = guarded.post("/session", json={"token": TOKEN}, headers=dev)
    assert answer.headers["access-control-allow-origin"] == dev["origin"]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert guarded.post("/jobs/none/cancel", headers=dev).status_code == 404
    other = guarded.get("/jobs", headers={"origin": "http://localhost:3001"})
    assert "access-control-allow-credentials" not in other.headers


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}, {"token": "x" * 5000}, {"token": "x", "user": "y"}])
def test_other_bodies_are_refused_and_not_echoed(guarded: TestClient, body: dict[str, object]) -> None:
    answer = guarded.post("/session", json=body)
    assert answer.status_code == 422
    assert "xx" not in answer.text


def test_guessing_is_slow_and_disturbs_nobody_who_is_in(guarded: TestClient) -> None:
    guarded.post("/session", json={"token": TOKEN})
    for _ in range(MOST_FAILURES):
        answer = guarded.post("/session", json={"token": "wrong"})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_token")
    answer = guarded.post("/session", json={"token": TOKEN})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert guarded.get("/jobs").status_code == 200


def test_failures_are_counted_by_peer_and_forgotten_after_a_minute() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for second in range(MOST_FAILURES):
        now[0] = float(second)
        attempts.require_few("a")
        attempts.failed("a")
    with pytest.raises(Refusal) as refused:
        attempts.require_few("a")
    assert refused.value.headers == {"Retry-After": "51"}
    attempts.require_few("b")
    now[0] = 60.0
    attempts.require_few("a")
    attempts.failed("a")
    with pytest.raises(Refusal):
        attempts.require_few("a")


def test_a_thousand_peers_are_remembered_and_no_more() -> None:
    attempts = Attempts(lambda: 0.0)
    for _ in range(MOST_FAILURES):
        attempts.failed("first")
    for number in range(MOST_PEERS):
        attempts.failed(str(number))
    attempts.require_few("first")
