"""T22: of two faults of a request the outer guard's is told: who may not ask learns nothing from the inner ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.api.guard.size import ADDRESS_BYTES, BODY_BYTES, HEADER_BYTES
from backend.api.session import COOKIE, new_session
from tests.campaign import tell
from tests.service_kit import app_in

TOKEN = "a-token-of-these-tests"
FAULTS: dict[str, tuple[int, str]] = {
    "host": (403, "host_not_allowed"),
    "crowd": (503, "too_many_at_once"),
    "address": (414, "address_too_long"),
    "headers": (431, "headers_too_large"),
    "size": (413, "too_large"),
    "sender": (403, "origin_not_allowed"),
    "credential": (401, "unauthorized"),
    "type": (415, "not_json"),
    "json": (400, "malformed_json"),
    "fields": (422, "validation_error"),
}
"""In the order of the guards; the last is the route's own."""
PAIRS = [*combinations(FAULTS, 2)]
CREDENTIALS: dict[str, dict[str, str]] = {
    "nothing": {},
    "another token": {"authorization": "Bearer another"},
    "an old session": {"cookie": f"{COOKIE}={new_session('the token before')}", "origin": "http://testserver"},
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path, api_token=TOKEN)) as client:
        yield client


def answer_to(client: TestClient, faults: tuple[str, ...], credential: dict[str, str]) -> Any:
    """What a submission with these faults, and no others, is answered."""
    headers = {"host": "testserver", "content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    if "credential" in faults:
        headers.pop("authorization")
        headers |= credential
    with_fault = {
        "host": {"host": "evil.test"},
        "headers": {"x-large": "x" * HEADER_BYTES},
        "size": {"content-length": str(BODY_BYTES + 1)},
        "sender": {"origin": "http://evil.test"},
        "type": {"content-type": "text/plain"},
    }
    for fault in faults:
        headers |= with_fault.get(fault, {})
    body = b"{" if "json" in faults else b'{"adapter_name": 5}' if "fields" in faults else b'{"adapter_name": "a"}'
    address = "/train?" + "x" * ADDRESS_BYTES if "address" in faults else "/train"
    with pytest.MonkeyPatch.context() as patch:
        if "crowd" in faults:
            patch.setattr("backend.api.guard.crowd.MOST_AT_ONCE", 0)
        return client.post(address, content=body, headers=headers)


@pytest.mark.parametrize("credential", CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_the_outer_fault_is_told(client: TestClient, credential: dict[str, str]) -> None:
    for pair in [*PAIRS, *((fault,) for fault in FAULTS)]:
        answer = answer_to(client, pair, credential)
        assert (answer.status_code, answer.json()["code"]) == FAULTS[pair[0]], pair
        assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert client.get("/jobs", headers={"authorization": f"Bearer {TOKEN}"}).json()["total"] == 0
    if not credential:
        tell("T22", guards=len(FAULTS), pairs=len(PAIRS), wrong=0)


def test_a_session_alone_is_no_reason_to_read_the_body(client: TestClient) -> None:
    session = {"cookie": f"{COOKIE}={new_session(TOKEN)}", "content-type": "text/plain"}
    assert client.get("/jobs", headers=session).status_code == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, "/settings", content=b"{", headers=session)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed"), method
        session["origin"] = "http://testserver"
        answer = client.request(method, "/settings", content=b"{", headers=session)
        assert (answer.status_code, answer.json()["code"]) == (415, "not_json"), method
        del session["origin"]
