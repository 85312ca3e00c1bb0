"""The pulse: one answer that says what goes on, and whose revision says when to ask for more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs import machine
from backend.jobs.machine import CpuMeter
from tests.service_kit import submit, until, until_ended, until_status


def pulse(client: TestClient) -> dict[str, Any]:
    answer = client.get("/pulse")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_idle_service_says_so(client: TestClient) -> None:
    found = pulse(client)
    assert (found["queued"], found["running"], found["ended"]) == (0, [], [])
    assert found["server_id"] == client.get("/health").json()["server_id"]
    assert found["worker"] == "unloaded"
    assert 0 <= found["load"]["cpu_percent"] <= 100
    assert 0 < found["load"]["disk_free_bytes"] <= found["load"]["disk_total_bytes"]
    assert found["next_in_ms"] >= 5000
    assert pulse(client)["revision"] == found["revision"]


def test_it_follows_a_job_from_the_queue_to_its_end(client: TestClient, tmp_path: Path) -> None:
    idle = pulse(client)
    go = tmp_path / "go"
    first = submit(client, "a", "wait", wait_for=str(go))
    until(lambda: client.get(f"/jobs/{first}/status").json()["progress"]["step"] == 1)
    second = submit(client, "b")
    active = pulse(client)
    assert [job["job_id"] for job in active["running"]] == [first]
    assert active["running"][0]["progress"]["step"] == 1
    assert active["queued"] == 1
    assert active["next_in_ms"] < idle["next_in_ms"]
    go.touch()
    for job in (first, second):
        until_ended(client, job)
    ended = pulse(client)
    assert [job["job_id"] for job in ended["ended"]] == [second, first]
    assert ended["ended"][0]["sparkline"] == [3.0, 1.5, 1.0]
    assert len({found["revision"] for found in (idle, active, ended)}) == 3


def test_the_revision_changes_with_what_a_run_tells_and_with_nothing_else(client: TestClient, tmp_path: Path) -> None:
    job = submit(client, "a", "wait", wait_for=str(tmp_path / "go"))
    until(lambda: client.get(f"/jobs/{job}/status").json()["progress"]["step"] == 1)
    before = pulse(client)["revision"]
    assert pulse(client)["revision"] == before
    with (tmp_path / "state" / "jobs" / job / "metrics.jsonl").open("a") as curve:
        curve.write('{"step": 1, "loss": 2.0}\n')
    told = pulse(client)
    assert told["revision"] != before
    assert told["running"][0]["sparkline"] == [2.0]
    client.post(f"/jobs/{job}/cancel")
    until_status(client, job, "cancelled")
    gone = pulse(client)
    assert gone["revision"] != told["revision"]
    assert client.delete(f"/jobs/{job}").status_code == 204
    assert pulse(client)["revision"] != gone["revision"]
    assert pulse(client)["ended"] == []


def test_the_revision_changes_with_the_order_of_the_queue(client: TestClient, tmp_path: Path) -> None:
    submit(client, "a", "wait", wait_for=str(tmp_path / "go"))
    _, last = submit(client, "b"), submit(client, "c")
    before = pulse(client)["revision"]
    assert client.post(f"/jobs/{last}/move", json={"to": 1}).status_code == 200
    assert pulse(client)["revision"] != before
    (tmp_path / "go").touch()


def test_only_the_last_ends_are_told_the_latest_first(client: TestClient) -> None:
    jobs = [submit(client, f"a{number}", path="/side") for number in range(8)]
    for job in jobs:
        until_ended(client, job)
    assert [job["job_id"] for job in pulse(client)["ended"]] == jobs[:-7:-1]


def test_a_table_that_has_not_changed_is_not_gone_through_again(client: TestClient) -> None:
    service: Any = client.app.state.service  # type: ignore[attr-defined]
    until_ended(client, submit(client, "a"))
    first = service.activity.snapshot()
    assert service.activity.snapshot().ended is first.ended


def test_the_driver_tells_what_it_knows_of_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "0, NVIDIA A100-SXM4-40GB, 40960, 1024, 37, 41, 88.21, 400.00"
    card = machine._card(line)
    assert card is not None
    assert (card.memory_total_bytes, card.utilization_percent) == (40960 * 2**20, 37.0)
    assert (card.temperature_celsius, card.power_watts, card.power_limit_watts) == (41.0, 88.21, 400.0)
    silent = machine._card("0, NVIDIA T4, 15360, 0, [N/A], [N/A], [Not Supported], [N/A]")
    assert silent is not None
    assert (silent.utilization_percent, silent.power_watts) == (None, None)
    assert machine._card("No devices were found") is None


def test_the_processors_are_measured_between_looks_not_between_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"now": 100.0, "busy": 10.0, "whole": 40.0}
    monkeypatch.setattr(machine.time, "monotonic", lambda: clock["now"])
    monkeypatch.setattr(machine, "_cpu_times", lambda: (clock["busy"], clock["whole"]))
    meter = CpuMeter()
    clock.update(busy=13.0, whole=44.0)
    assert meter.percent() == 75.0
    clock.update(now=101.0, busy=13.5, whole=46.0)
    assert meter.percent() == 75.0
    clock.update(now=103.0, busy=14.0, whole=48.0)
    assert meter.percent() == 25.0
