"""Who may ask, from where, and with what: one guard before every route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.api.guard.host import host_name
from tests.service_kit import app_in

SHAPE = {"title", "status", "detail", "code", "request_id"}


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() - {"errors"} == SHAPE
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:5", "LOCALHOST", "[::1]:8000", "[::1]", "testserver"])
def test_our_own_names_are_served(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.test", "localhost.evil.com", "127.0.0.1.nip.io", "localhost.", "user@localhost", "localhost:80:80", "",
     "2130706433", "[::1", "[::1]x", "localhost:８０", "[::2]", "localhost, evil.test"],
)  # fmt: skip
def test_other_names_are_refused_everywhere(client: TestClient, host: str) -> None:
    for path in ("/health", "/ui/", "/nothing"):
        answer = client.get(path, headers={"host": host.encode("utf-8")})
        assert_problem(answer, 403, "host_not_allowed")


def test_a_host_is_read_without_its_port() -> None:
    assert host_name("LocalHost:80") == "localhost"
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("a:b") == ""


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.test"}, {"origin": "null"}, {"origin": "http://testserver.evil.test"},
     {"origin": "http://testserver:81"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"origin": ""}],
)  # fmt: skip
def test_another_page_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/train", json={"adapter_name": "x"}, headers=headers)
    assert_problem(answer, 403, "origin_not_allowed")
    assert_problem(client.delete("/jobs/x", headers=headers), 403, "origin_not_allowed")
    assert client.get("/jobs").json()["total"] == 0


def test_our_own_page_and_programs_may(client: TestClient) -> None:
    for headers in ({}, {"origin": "http://testserver", "sec-fetch-site": "same-origin"}):
        assert client.post("/jobs/none/cancel", headers=headers).status_code == 404


def test_the_dev_server_alone_gets_cors(client: TestClient) -> None:
    dev = "http://localhost:3000"
    preflight = client.options("/train", headers={"origin": dev, "access-control-request-method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == dev
    headers = {"origin": dev, "sec-fetch-site": "same-site"}
    answer = client.post("/jobs/none/cancel", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, dev)
    for other in ("http://localhost:3001", "https://localhost:3000", "null", "http://localhost:3000.evil.test"):
        assert "access-control-allow-origin" not in client.get("/jobs", headers={"origin": other}).headers


def test_with_a_token_everything_but_the_sign_of_life_needs_it(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, api_token="s3cret")) as client:
        assert client.get("/health").status_code == 200
        assert client.get("/ui/").status_code in (200, 503)
        for path in ("/jobs", "/system", "/openapi.json", "/nothing", "/uix", "/healthz"):
            assert_problem(client.get(path), 401, "unauthorized")
        for wrong in ("Bearer nope", "Basic s3cret", "Bearer", "s3cret", "Bearer s3crét"):
            answer = client.get("/jobs", headers={"authorization": wrong.encode()})
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/jobs", headers={"authorization": "bearer s3cret"}).status_code == 200


def test_without_a_token_only_this_machine_is_served(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert client.get("/jobs").status_code == 200
        elsewhere = TestClient(app, base_url="http://192.168.1.7:8000")
        assert_problem(elsewhere.get("/jobs"), 403, "token_required")


def test_the_outer_guard_speaks_first(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, api_token="s3cret")) as client:
        bad = {"content-type": "text/plain", "origin": "http://evil.test", "host": "evil.test"}
        assert_problem(client.post("/train", content="{", headers=bad), 403, "host_not_allowed")
        bad["host"] = "testserver"
        assert_problem(client.post("/train", content="{", headers=bad), 403, "origin_not_allowed")
        large = {**bad, "content-length": str(2**40)}
        assert_problem(client.post("/train", content="{", headers=large), 413, "too_large")
        del bad["origin"]
        assert_problem(client.post("/train", content="{", headers=bad), 401, "unauthorized")
        bad["authorization"] = "Bearer s3cret"
        assert_problem(client.post("/train", content="{", headers=bad), 415, "not_json")


def test_a_body_without_a_declared_length_is_cut_off(client: TestClient) -> None:
    def endless() -> Any:
        for _ in range(20):
            yield b" " * 2**20

    headers = {"content-type": "application/json"}
    assert_problem(client.post("/train", content=endless(), headers=headers), 413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/json-p",
     "application/json; charset=utf-16"],
)  # fmt: skip
def test_only_json_is_json(client: TestClient, content_type: str) -> None:
    answer = client.post("/train", content=b"{}", headers={"content-type": content_type})
    assert_problem(answer, 415, "not_json")


MALFORMED = [
    b"{", b"nonsense", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}',
    b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": ' + b"9" * 5000 + b"}", b"[" * 100_000, b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}", b'{"a": "\xff"}', b"{} trailing", b'{"a":' * 40 + b"1" + b"}" * 40, b"'", b'{"a": "\x01"}',
    "{}".encode("utf-16"), "{}".encode("utf-32"), b"\x00", b"{'a': 1}", b'{"a": [' + b"[" * 50 + b"]" * 50 + b"]}",
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_json_is_refused_by_every_route_that_takes_a_body(client: TestClient, body: bytes) -> None:
    for path in ("/train", "/estimate", "/generate", "/jobs/x/cancel", "/nothing"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert_problem(answer, 400, "malformed_json")


WRONG = [
    None, True, 1, "text", [], [1], {}, {"dataset_path": 5}, {"adapter_name": "../x"},
    {"adapter_name": "x" * 5_000_000}, {"adapter_name": {"a": 1}}, {"learning_rate": 1e300},
    {"learning_rate": "1e999"}, {"x" * 10_000: 1},
    {"adapter_name": "a", "output_dir": "/etc/passwd"}, {"adapter_name": "a", "output_dir": "a\u0000b"},
    {"adapter_name": "a", "dataset_path": "C:\\Windows\\x.json"}, {"adapter_name": "a\ud7ff"},
]  # fmt: skip


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_wrong_values_are_named_and_never_echoed(client: TestClient, value: Any) -> None:
    for path in ("/train", "/generate"):
        answer = client.post(path, content=json.dumps(value).encode(), headers={"content-type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) <= 16 * 1024
        assert answer.json()["errors"]
        assert "input" not in answer.json()["errors"][0]


def test_unknown_addresses_and_methods_are_problems(client: TestClient) -> None:
    assert_problem(client.get("/nothing"), 404, "not_found")
    assert_problem(client.get("/nothing", headers={"accept": "text/html"}), 404, "not_found")
    assert_problem(client.put("/jobs"), 405, "method_not_allowed")
    assert_problem(client.get("/jobs?limit=1000000"), 422, "validation_error")
    assert_problem(client.get("/jobs?offset=-1"), 422, "validation_error")


def test_only_so_many_requests_are_open_at_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.guard.crowd.MOST_AT_ONCE", 0)
    answer = client.get("/jobs")
    assert_problem(answer, 503, "too_many_at_once")
    assert answer.headers["retry-after"]
    assert client.get("/v1/models").json()["error"]["code"] == "too_many_at_once"
    assert client.get("/health").status_code == 200
    monkeypatch.undo()
    assert client.get("/jobs").status_code == 200


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/health", "/nothing", "/ui/", "/"):
        headers = client.get(path, follow_redirects=False).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
