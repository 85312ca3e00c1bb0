"""S2: no body breaks an answer: every refusal is a problem with a name, short, and repeats no value of the body.

Every operation that takes JSON gets every body of the list, and more that are made from a whole one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.kinds import JOB_KINDS
from tests.campaign import IS_FULL, number, tell
from tests.security.hostile_json import MARK, Hostile, hostile_bodies, mutated
from tests.security.places import ADDRESS, BODIES, JSON, WITHOUT_TEXT
from tests.service_kit import app_in

LONGEST = 16 * 1024
FULLY_IN_THE_GATE = ("/train", "/v1/chat/completions", "/settings")
"""One of each kind: parameters of a job, OpenAI's shape, a mapping. The others get the long bodies in a campaign."""
LONG = 50_000


@pytest.fixture
def client(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("PIPELINE_ENV_FILE", str(in_memory / ".env"))
    (in_memory / "data").mkdir()
    (in_memory / "data" / "rows.json").write_text('[{"input": "a", "output": "b"}]')
    with TestClient(
        app_in(in_memory, JOB_KINDS), base_url="http://127.0.0.1:8000", raise_server_exceptions=False
    ) as client:
        yield client


class Operation:
    """An operation with a JSON body.

    Args:
        method, path: of it.
        fields: that its body knows.
    """

    def __init__(self, method: str, path: str, fields: list[str]) -> None:
        self.method, self.path, self.fields = method, path, fields
        self.whole = {**BODIES, **WITHOUT_TEXT}[path]

    def refuses(self, client: TestClient, body: Hostile) -> None:
        """Send a body and look at the refusal."""
        path = self.path
        for name, value in ADDRESS.items():
            path = path.replace(f"{{{name}}}", value)
        answer = client.request(self.method, path, content=body.content, headers=JSON)
        told = f"{self.method} {path} {body.name} {body.content[:300]!r}: {answer.status_code} {answer.text[:500]}"
        assert 400 <= answer.status_code < 500, told
        assert len(answer.content) <= LONGEST, told
        assert MARK not in answer.text, told
        assert_problem(answer, path)


def assert_problem(answer: Any, path: str) -> None:
    content = answer.json()
    if path.startswith("/v1/"):
        assert content["error"].keys() == {"message", "type", "param", "code"}, content
        assert content["error"]["code"], content
    else:
        assert answer.headers["content-type"] == "application/problem+json", content
        assert {"title", "status", "detail", "code", "request_id"} <= content.keys(), content
        assert content["status"] == answer.status_code


def operations(client: TestClient) -> list[Operation]:
    """All of them."""
    app: Any = client.app
    schema, found = app.openapi(), []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                found.append(Operation(method.upper(), path, _fields(schema, content["application/json"]["schema"])))
    return found


def _fields(schema: Any, form: Any) -> list[str]:
    if "$ref" in form:
        form = schema["components"]["schemas"][form["$ref"].rpartition("/")[2]]
    return [
        *form.get("properties", ()),
        *(name for option in form.get("anyOf", ()) for name in _fields(schema, option)),
    ]


def test_every_body_of_the_list_is_refused(client: TestClient) -> None:
    asked = 0
    for operation in operations(client):
        bodies = list(hostile_bodies(operation.whole, next(iter(operation.whole))))
        assert len(bodies) >= 100
        if not IS_FULL and operation.path not in FULLY_IN_THE_GATE:
            bodies = [body for body in bodies if len(body.content) < LONG]
        for body in bodies:
            operation.refuses(client, body)
        asked += len(bodies)
    tell("S2", operations=len(operations(client)), fixed=asked, errors_5xx=0, echoed=0)
    assert asked >= 1500


def test_every_mutation_is_refused(client: TestClient) -> None:
    chosen = random.Random(1)
    everywhere, most = operations(client), number(500, 10_000)
    for turn in range(most):
        operation = everywhere[turn % len(everywhere)]
        operation.refuses(client, mutated(operation.whole, operation.fields, chosen))
    tell("S2", mutations=most, errors_5xx=0, echoed=0)


def test_whole_bodies_are_not_what_is_refused_here(client: TestClient) -> None:
    """A list whose bodies were refused for something else would prove nothing."""
    for path in ("/estimate", "/settings", "/datasets/generate/plan"):
        answer = client.request(
            "PUT" if path == "/settings" else "POST", path, content=json.dumps(BODIES[path]), headers=JSON
        )
        assert answer.status_code == 200, answer.text
