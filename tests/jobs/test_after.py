"""Jobs that wait for other jobs, over both lanes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import Conflict
from backend.jobs.models import Job
from backend.jobs.service import Service
from tests.service_kit import KINDS, StubParams, app_in, status, until_ended, until_status


@pytest.fixture
def service(client: TestClient) -> Service:
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    return service


@pytest.fixture
def client(tmp_path: Path):  # type: ignore[no-untyped-def]
    with TestClient(app_in(tmp_path)) as client:
        yield client


def queue(service: Service, name: str, kind: str = "train", after: tuple[Job, ...] = (), **params: object) -> Job:
    given = StubParams.model_validate({"adapter_name": name, **params})
    return service.submit(KINDS[kind], given, None, tuple(job.id for job in after))


def test_a_job_waits_for_one_of_the_other_lane_while_others_overtake_it(
    client: TestClient, service: Service, tmp_path: Path
) -> None:
    go_on = tmp_path / "go_on"
    first = queue(service, "first", "side", play="wait", wait_for=str(go_on))
    second = queue(service, "second", after=(first,))
    overtaker = queue(service, "overtaker")
    assert until_ended(client, overtaker.id)["status"] == "succeeded"
    waiting = status(client, second.id)
    assert (waiting["status"], waiting["after"]) == ("queued", [first.id])
    go_on.touch()
    assert until_ended(client, second.id)["status"] == "succeeded"
    assert status(client, first.id)["finished_at"] <= status(client, second.id)["started_at"]


def test_a_failure_ends_all_that_wait_for_it_with_its_reason(client: TestClient, service: Service) -> None:
    blocker = queue(service, "blocker", "side", play="wait")
    first = queue(service, "first", "side", play="bad_dataset")
    second = queue(service, "second", after=(first,))
    third = queue(service, "third", after=(second,))
    client.post(f"/jobs/{blocker.id}/cancel")
    for job, name in ((second, "first"), (third, "second")):
        ended = until_ended(client, job.id)
        assert (ended["status"], ended["reason"], ended["started_at"]) == ("failed", "bad_dataset", None)
        assert ended["error"].startswith(f"The job it waited for, {name!r}, ended (failed): ")
        assert ended["error"].endswith("data/x.json is empty: give a file with at least one example.")


def test_a_cancelled_predecessor_is_named_and_resumed_first(client: TestClient, service: Service) -> None:
    blocker = queue(service, "blocker", "side", play="wait")
    first = queue(service, "first", "side")
    second = queue(service, "second", after=(first,))
    assert client.delete(f"/jobs/{first.id}").status_code == 409
    client.post(f"/jobs/{first.id}/cancel")
    ended = until_ended(client, second.id)
    assert (ended["status"], ended["reason"]) == ("failed", "user_cancel")
    with pytest.raises(Conflict, match=r"waits for 'first', which ended \(cancelled\): resume"):
        service.resume(second.id)
    service.resume(first.id)
    service.resume(second.id)
    assert client.delete(f"/jobs/{first.id}").status_code == 409
    client.post(f"/jobs/{blocker.id}/cancel")
    assert until_ended(client, second.id)["status"] == "succeeded"


def test_a_deleted_predecessor_is_waited_for_no_more(client: TestClient, service: Service) -> None:
    first = queue(service, "first", "side", play="exit_seven")
    second = queue(service, "second", after=(first,))
    until_ended(client, second.id)
    assert client.delete(f"/jobs/{first.id}").status_code == 204
    service.resume(second.id)
    assert until_ended(client, second.id)["status"] == "succeeded"


def test_the_wait_outlives_the_service(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        service: Service = client.app.state.service  # type: ignore[attr-defined]
        first = queue(service, "first", "side", play="wait", wait_for=str(tmp_path / "go_on"))
        second = queue(service, "second", after=(first,))
        until_status(client, first.id, "running")
    (tmp_path / "go_on").touch()
    with TestClient(app_in(tmp_path)) as client:
        assert until_ended(client, second.id)["status"] == "succeeded"
        assert status(client, first.id)["status"] == "succeeded"


def test_no_job_moves_before_the_one_it_waits_for(client: TestClient, service: Service) -> None:
    queue(service, "blocker", play="wait")
    first = queue(service, "first")
    second = queue(service, "second", after=(first,))
    other = queue(service, "other")
    for job, to in ((second, 1), (first, 2), (first, 3)):
        answer = client.post(f"/jobs/{job.id}/move", json={"to": to})
        assert answer.status_code == 409
        assert answer.json()["detail"] == "'second' waits for 'first', so it cannot come before it."
    assert client.post(f"/jobs/{other.id}/move", json={"to": 1}).status_code == 200
    assert [status(client, job.id)["queue_position"] for job in (other, first, second)] == [1, 2, 3]
