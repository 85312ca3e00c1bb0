"""T31: a request that is sent twice, at once or after a crash, makes one job."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from fastapi.testclient import TestClient

from backend.jobs.runner import Runner
from tests.campaign import number, tell
from tests.memory_folder import memory_folder
from tests.service_kit import app_in

PAIRS = number(60, 1_000)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(Runner, "start", lambda _: None)  # the jobs stay queued
    with memory_folder() as folder, TestClient(app_in(Path(folder))) as client:
        yield client


def test_every_pair_makes_one_job(client: TestClient) -> None:
    together = Barrier(2)

    def send(pair: int) -> str:
        together.wait(20)
        given = {"adapter_name": f"a{pair}", "play": "succeed"}
        answer = client.post("/train", json=given, headers={"Idempotency-Key": f"key-{pair}"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(lambda: [send(pair) for pair in range(PAIRS)]) for _ in range(2))
        ids = list(zip(first.result(), second.result(), strict=True))
    total = client.get("/jobs").json()["total"]
    tell("T31", pairs=PAIRS, jobs=total, differing_answers=sum(one != other for one, other in ids))
    assert all(one == other for one, other in ids)
    assert total == PAIRS == len(set(ids))
