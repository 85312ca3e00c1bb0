"""S3: cases made from the OpenAPI, fitting and not: no 5xx, no answer that is not documented, nothing unfit accepted.

The kinds are the real ones, their runs are played; ids and names are those of things that exist, every other time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.kinds import JOB_KINDS
from backend.jobs.store import JobStore
from backend.main import create_app
from tests.campaign import number, tell
from tests.fake_child import FakeChild
from tests.service_kit import settings_in, until
from tests.serving_kit import STUB_WORKER, add_adapter

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
not_a_server_error = pytest.importorskip("schemathesis.checks").not_a_server_error
FailureGroup = pytest.importorskip("schemathesis.core.failures").FailureGroup
ASGI_TRANSPORT = pytest.importorskip("schemathesis.transport.asgi").ASGI_TRANSPORT

CASES = number(4, 220)
"""Of each operation, fitting ones and others each."""
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
REFUSED = {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
"""An address that is also too long is refused for that, with 414."""
RECORDS = [{"input": f"What is {n}?", "output": f"It is {n}."} for n in range(16)]


@pytest.fixture
def client(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A service whose runs are played."""
    monkeypatch.setattr("backend.jobs.execution.local.Child", FakeChild)
    app = create_app(settings_in(in_memory), store=JobStore(), job_kinds=JOB_KINDS)
    app.state.service.worker = InferenceWorker(in_memory / "worker.log", 60.0, {}, STUB_WORKER)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def known(client: TestClient, in_memory: Path) -> dict[str, list[str]]:
    """What exists, by the names of path parameters."""
    (in_memory / "data" / "questions.json").write_text(json.dumps(RECORDS))
    add_adapter(in_memory, "tuned")
    job = {"dataset_path": "questions.json", "adapter_name": "made", "base_model_name": "tiny"}
    answer = client.post("/train", json=job)
    assert answer.status_code == 202, answer.text
    job_id = str(answer.json()["job_id"])
    until(lambda: client.get(f"/jobs/{job_id}/status").json()["finished_at"])
    return {"job_id": [job_id], "name": ["questions.json", "questions", "tuned"], "model": ["tiny", "tuned"]}


def strategies_of(operation: Any, known: dict[str, list[str]]) -> Iterator[st.SearchStrategy[Any]]:
    """Cases that fit the schema and cases that do not, at made-up addresses and at real ones."""
    for mode in schemathesis.GenerationMode:
        strategy = operation.as_strategy(generation_mode=mode)
        names = [given.name for given in operation.path_parameters if given.name in known]
        for name in names:
            for value in known[name]:
                strategy |= operation.as_strategy(generation_mode=mode, path_parameters={name: value})
        yield strategy


def run(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """The cases of a strategy, the same every time."""

    @seed(3)
    @settings(
        max_examples=CASES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def each(case: Any) -> None:
        check(case)

    try:
        each()
    except Unsatisfiable:  # nothing about the request can be wrong
        return


def test_no_case_surprises(client: TestClient, known: dict[str, list[str]]) -> None:
    app: Any = client.app
    schema = schemathesis.openapi.from_dict(app.openapi(), config=schemathesis.Config.from_dict(REFUSED))
    answers: Counter[int] = Counter()
    found: dict[tuple[Any, ...], str] = {}
    operations = [each.ok() for each in schema.get_all_operations()]

    def check(case: Any) -> None:
        request = ASGI_TRANSPORT.serialize_case(case, base_url="http://testserver")
        answer = client.request(**request)
        answers[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                found[case.operation.label, type(failure).__name__, answer.status_code] = f"{request}\n{answer.text}"

    for operation in operations:
        for strategy in strategies_of(operation, known):
            run(strategy, check)
    tell("S3", operations=len(operations), cases=answers.total(), surprises=len(found), answers=dict(answers))
    assert not found, "\n\n".join(f"{surprise}: {example[:2000]}" for surprise, example in found.items())
