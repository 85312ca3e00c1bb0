"""R7: on a full disk every address answers 2xx, 4xx or 507, nothing is damaged, and with room again all goes on.

CAMPAIGN=1 pytest tests/reliability/test_full_disk.py
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.kinds import JOB_KINDS
from tests import campaign
from tests.reliability.conftest import SmallDisk
from tests.security.places import ADDRESS
from tests.service_kit import KINDS, submit, until_ended
from tests.serving_kit import add_adapter, app_with_stub

RECORD = {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Newton. " * 400}]}
BODIES: dict[str, Any] = {
    "/datasets/generate": {"topic": "physics"},
    "/datasets/generate/plan": {"topic": "physics"},
    "/datasets/generate/sample": {"topic": "physics"},
    "/datasets/{name}/records": RECORD,
    "/estimate": {"adapter_name": "b", "dataset_path": "qa.json", "base_model_name": "tiny"},
    "/evaluate": {"models": ["tiny", "kept"], "dataset_path": "qa.json"},
    "/evaluate/estimate": {"models": ["tiny", "kept"], "dataset_path": "qa.json"},
    "/generate": {"prompt": "What?"},
    "/merge": {"adapters": ["kept:1", "kept:2"], "output_dir": "both"},
    "/models/download": {"model": "owner/name"},
    "/settings": {"EVAL_MODEL": "another"},
    "/train": {"adapter_name": "fresh"},
    "/v1/chat/completions": {"model": "tiny", "messages": [{"role": "user", "content": "What?"}]},
    "/v1/completions": {"model": "tiny", "prompt": "It is"},
}
QUERIES: dict[str, Any] = {
    "/adapters/compare": {"adapters": ["kept", "kept"]},
    "/datasets": {"name": "new.json"},
    "/documents": {"name": "new.txt"},
    "/evaluations/compare": {"a": "x", "b": "y"},
}
WRITES = {
    ("POST", "/datasets"), ("POST", "/datasets/{name}/records"), ("POST", "/documents"), ("POST", "/train"),
    ("POST", "/evaluate"), ("PUT", "/settings"), ("POST", "/jobs/{job_id}/resume"),
}  # fmt: skip
"""What cannot be done without room."""


@pytest.fixture
def disk(small_disk: SmallDisk) -> Path:
    """Room for four megabytes."""
    return small_disk("4m")


@pytest.fixture
def client(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("PIPELINE_ENV_FILE", str(disk / ".env"))
    (disk / ".env").write_text("EVAL_MODEL=one\n")
    app = app_with_stub(disk, kinds={**JOB_KINDS, **KINDS}, evaluation_dir=disk / "evaluation")
    (disk / "data" / "qa.json").write_text(json.dumps([{"input": "Who?", "output": "Newton"}] * 3))
    add_adapter(disk, "kept")
    with TestClient(app) as client:
        yield client


def fill(filler: Path) -> None:
    """Take all the room there is."""
    with filler.open("ab", buffering=0) as stream, pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        _write_for_ever(stream)


def _write_for_ever(stream: RawIOBase) -> None:
    while True:
        stream.write(b"\0" * 4096)


def state_of(disk: Path) -> dict[str, str]:
    """The hash of everything that a person would miss."""
    kept = [disk / ".env", *(disk / "config").rglob("*.json"), *(disk / "data").rglob("*")]
    files = [path for path in kept if path.is_file() and path.suffix != ".lock"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def ask(client: TestClient, method: str, path: str, job_id: str) -> Any:
    address = path.format_map({**ADDRESS, "name": "qa.json", "job_id": job_id})
    if path == "/adapters/{name}":
        address = "/adapters/kept"
    content = json.dumps([{"input": "a", "output": "b" * 10_000}]) if path in ("/datasets", "/documents") else None
    given: dict[str, Any] = {"content": content} if content else {"json": BODIES.get(path, {})}
    if method in ("GET", "DELETE"):
        given = {}
    return client.request(method, address, params=QUERIES.get(path), **given)


def test_nothing_breaks_and_room_mends_it(client: TestClient, disk: Path) -> None:
    failed = submit(client, "again", "bad_dataset")
    until_ended(client, failed)
    before = state_of(disk)
    fill(filler := disk / "filler")
    app: Any = client.app
    routes = [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]
    if not campaign.IS_FULL:
        routes.remove(("GET", "/adapters/compare"))  # ten seconds for a process that imports torch
    routes.sort(key=lambda route: route[0] == "DELETE")  # a deletion makes room
    answers = {}
    for method, path in routes:
        answer = ask(client, method, path, failed)
        answers[method, path] = answer.status_code
        assert answer.status_code < 500 or answer.status_code == 507, (method, path, answer.status_code, answer.text)
        if method == "DELETE":
            continue
        assert state_of(disk) == before, (method, path)
        fill(filler)  # what a refused write has let go of is taken again
    assert {route: status for route, status in answers.items() if route in WRITES and status != 507} == {}
    filler.unlink()
    assert until_ended(client, submit(client, "fresh"))["status"] == "succeeded"
    campaign.tell("R7", addresses=len(answers), full=sum(status == 507 for status in answers.values()), damaged=0)
