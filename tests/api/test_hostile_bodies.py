"""Whatever is sent, the answer is a problem with a name, never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.jobs.store import JobStore
from backend.main import create_app
from tests.service_kit import settings_in

ROUTES = ("/train", "/estimate", "/generate")
OPENAI_ROUTES = ("/v1/chat/completions", "/v1/completions")
FIELDS = (
    "adapter_name", "dataset_path", "output_dir", "base_model_name", "lora_r", "learning_rate", "column_mapping",
    "lora_target_modules", "prompt", "messages", "adapter", "seed", "max_new_tokens", "system_prompt", "description",
)  # fmt: skip

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=30)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), values, max_size=6) | values


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("service")
    with TestClient(create_app(settings_in(folder), store=JobStore())) as client:  # without a dataset nothing starts
        yield client


def assert_refused(client: TestClient, body: bytes) -> None:
    for route in OPENAI_ROUTES:  # never a whole request: no `model`
        answer = client.post(route, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 413, 415), (route, body, answer.text)
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
        assert len(answer.content) <= 16 * 1024
    for route in ROUTES:
        answer = client.post(route, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 404, 413, 415, 422), (route, body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) <= 16 * 1024


@settings(max_examples=150, deadline=None)
@given(bodies.filter(lambda body: not (isinstance(body, dict) and {"prompt", "messages"} & set(body))))
@example({"adapter_name": "a", "dataset_path": "x" * 5000})
@example({"column_mapping": {"\x00": "\x00"}, "adapter_name": "a", "dataset_path": "x"})
@example({"dataset_path": "\x00", "adapter_name": "a"})
@example({"dataset_path": "~root/x", "adapter_name": "a"})
@example({"dataset_path": "~nobody-of-this-name/x", "adapter_name": "a"})
@example({"dataset_path": "a/" * 2000, "adapter_name": "a"})
@example({"dataset_path": "x" * 300, "adapter_name": "a"})
@example({"output_dir": "models/" + "x" * 3000, "adapter_name": "a", "dataset_path": "x"})
def test_no_value_makes_a_500(client: TestClient, body: Any) -> None:
    assert_refused(client, json.dumps(body).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_a_500(client: TestClient, body: bytes) -> None:
    if body:
        assert_refused(client, body)


@settings(max_examples=100, deadline=None)
@given(bodies, st.data())
def test_no_mutation_makes_a_500(client: TestClient, body: Any, data: st.DataObject) -> None:
    text = bytearray(json.dumps({"adapter_name": "a", "lora_r": body}).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    assert_refused(client, bytes(text))


HOSTILE_ADDRESSES = (
    "/jobs/%00/status", "/jobs/..%2f..%2fetc%2fpasswd/status", "/jobs/" + "x" * 3000 + "/status", "/jobs?limit=0",
    "/jobs/x/tick?row=1e9", "/jobs/x/tick?row=" + "9" * 400, "/jobs/x/logs?cursor=NaN", "/jobs?kind=%00",
    "/datasets/%00/preview", "/datasets/%ff%fe/preview", "/datasets/..%2f/preview", "/datasets/x%0d%0ay/preview",
    "/ui/%00", "/ui/%ff", "/ui/assets/%00", "/ui/" + "x" * 5000, "/ui/" + "a/" * 2000, "/%00", "//", "/adapters/%00",
    "/v1/models/%00", "/v1/models/..%2f..%2fetc", "/v1/models/%ff", "/v1/models/" + "x" * 5000, "/v1/models//",
)  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE_ADDRESSES, ids=range(len(HOSTILE_ADDRESSES)))
def test_no_address_makes_a_500(client: TestClient, address: str) -> None:
    for method in ("GET", "DELETE", "POST"):
        answer = client.request(method, address)
        assert answer.status_code < 500 or answer.json().get("code") == "dashboard_not_built", (
            method,
            address,
            answer.text,
        )
