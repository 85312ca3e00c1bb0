"""Jobs over HTTP: taken in, watched through cursors, refused when they would collide."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.store import JobStore
from backend.main import create_app
from tests.api.test_guards import assert_problem
from tests.service_kit import KINDS, app_in, settings_in, submit, until, until_ended, until_status


def test_an_unknown_job_is_a_404_on_every_address(client: TestClient) -> None:
    for path in ("status", "logs", "metrics", "tick", "log", "log/search?q=a", "log.txt", "metrics/columns"):
        assert_problem(client.get(f"/jobs/none/{path}"), 404, "not_found")
    for path in ("cancel", "resume"):
        assert_problem(client.post(f"/jobs/none/{path}"), 404, "not_found")
    assert_problem(client.delete("/jobs/none"), 404, "not_found")


def test_mistakes_are_named_by_field(client: TestClient) -> None:
    answer = client.post("/train", json={"adapter_name": "a", "learning_rate": 7, "lora_rank": 1})
    assert_problem(answer, 422, "validation_error")
    found = {tuple(error["loc"]): error["type"] for error in answer.json()["errors"]}
    assert found == {("body", "learning_rate"): "less_than_equal", ("body", "lora_rank"): "extra_forbidden"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "adapter_name"),
        ({"adapter_name": "a", "output_dir": "/tmp/elsewhere"}, "output_dir"),
        ({"adapter_name": "a", "output_dir": "models/../../x"}, "output_dir"),
        ({"adapter_name": "a", "output_dir": "C:\\x"}, "output_dir"),
        ({"adapter_name": "a", "dataset_path": "/etc/passwd"}, "dataset_path"),
        ({"adapter_name": "a", "dataset_path": "missing.json"}, "dataset_path"),
        ({"adapter_name": "a", "dataset_path": "link.json"}, "dataset_path"),
        ({"adapter_name": "a", "resume": True}, "resume"),
    ],
)
def test_paths_stay_in_their_folders(client: TestClient, tmp_path: Path, params: dict[str, Any], field: str) -> None:
    (tmp_path / "secret.json").write_text("[]")
    (tmp_path / "data" / "link.json").symlink_to(tmp_path / "secret.json")
    answer = client.post("/train", json=params)
    assert_problem(answer, 422, "invalid_input")
    assert answer.json()["errors"][0]["loc"] == ["body", field]
    assert client.get("/jobs").json()["total"] == 0


def test_a_dataset_is_named_plainly(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "x.json").write_text("[]")
    job = until_ended(client, submit(client, "a", dataset_path="x.json"))
    assert job["params"]["dataset_path"] == str(tmp_path / "data" / "x.json")
    assert job["params"]["output_dir"] == str(tmp_path / "models" / "a")


def test_two_jobs_never_make_the_same_folder(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "a", "wait")
    assert_problem(client.post("/train", json={"adapter_name": "a"}), 409, "conflict")
    client.post(f"/jobs/{job_id}/cancel")
    until_ended(client, job_id)
    (tmp_path / "models" / "a").mkdir()
    assert_problem(client.post("/train", json={"adapter_name": "a"}), 409, "conflict")
    assert_problem(client.post(f"/jobs/{job_id}/resume"), 409, "conflict")


def test_an_unfinished_run_is_resumed_or_deleted_before_its_name_is_free(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "a", "exit_seven")
    until_ended(client, job_id)
    (tmp_path / "models" / ".partial-a" / "checkpoints" / "checkpoint-5").mkdir(parents=True)
    assert_problem(client.post("/train", json={"adapter_name": "a"}), 409, "conflict")
    assert client.delete(f"/jobs/{job_id}").status_code == 204
    until_ended(client, submit(client, "a"))


def test_ended_jobs_refuse_what_is_too_late(client: TestClient) -> None:
    job_id = submit(client, "a")
    until_ended(client, job_id)
    assert_problem(client.post(f"/jobs/{job_id}/cancel"), 409, "conflict")
    assert_problem(client.post(f"/jobs/{job_id}/resume"), 409, "conflict")


def test_a_repeated_request_with_its_key_makes_one_job(client: TestClient) -> None:
    body, key = {"adapter_name": "a", "play": "wait"}, {"Idempotency-Key": "k1"}
    first = client.post("/train", json=body, headers=key)
    again = client.post("/train", json=body, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["job_id"] == again.json()["job_id"]
    other = client.post("/train", json={**body, "adapter_name": "b"}, headers=key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert client.get("/jobs").json()["total"] == 1


def test_a_storm_of_repeated_requests_makes_one_job(client: TestClient) -> None:
    def send(_: int) -> str:
        answer = client.post("/train", json={"adapter_name": "a", "play": "wait"}, headers={"Idempotency-Key": "k"})
        return str(answer.json()["job_id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(40)))) == 1
    assert client.get("/jobs").json()["total"] == 1


def test_the_list_is_paged_and_filtered(client: TestClient) -> None:
    ids = [submit(client, name, path="/side") for name in ("a", "b", "c")]
    for job_id in ids:
        until_ended(client, job_id)
    page = client.get("/jobs?limit=1&offset=1").json()
    assert ([job["job_id"] for job in page["jobs"]], page["total"]) == ([ids[1]], 3)
    assert client.get("/jobs?kind=train").json()["total"] == 0
    assert client.get("/jobs?status=succeeded&kind=side").json()["total"] == 3
    assert_problem(client.get("/jobs?status=nonsense"), 422, "validation_error")


def test_a_tick_serves_what_is_new_until_all_was_sent(client: TestClient, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    job_id = submit(client, "a", "wait", wait_for=str(go_on))
    until_status(client, job_id, "running")
    first = until(lambda: (tick := client.get(f"/jobs/{job_id}/tick").json())["log"]["text"] and tick)
    assert first["job"]["status"] == "running"
    assert first["log"]["text"] == "waiting\n"
    assert (first["metrics"]["next"], first["metrics"]["columns"], first["log"]["line"]) == (0, {}, 0)
    assert first["next_in_ms"] == 2000
    go_on.touch()
    until_ended(client, job_id)
    log = first["log"]
    cursors = f"row=0&log={log['next']}&generation={log['generation']}"
    last = client.get(f"/jobs/{job_id}/tick?{cursors}").json()
    assert last["log"]["from"] == log["next"]
    assert last["log"]["text"] == "step 1 of 3\nstep 2 of 3\nstep 3 of 3\n"
    assert last["metrics"]["columns"] == {"step": [1, 2, 3], "loss": [3.0, 1.5, 1.0]}
    assert (last["metrics"]["start"], last["metrics"]["next"], last["metrics"]["resolution"]) == (0, 3, "full")
    assert last["next_in_ms"] is None
    assert last["job"]["status"] == "succeeded"


def test_logs_and_metrics_come_in_increments(client: TestClient) -> None:
    job_id = submit(client, "a", "noisy")
    until_ended(client, job_id)
    logs = client.get(f"/jobs/{job_id}/logs").json()
    assert logs["text"].startswith("grün\n100%\nψ = ∑ 🙂\nhalf a linestep 1 of 3\n")
    assert client.get(f"/jobs/{job_id}/logs?cursor={logs['cursor']}").json()["text"] == ""
    metrics = client.get(f"/jobs/{job_id}/metrics?since_step=2").json()
    assert metrics == {"rows": [{"step": 2, "loss": 1.5}, {"step": 3, "loss": 1.0}], "next_step": 4}
    assert client.get(f"/jobs/{job_id}/metrics?since_step=4").json() == {"rows": [], "next_step": 4}


def test_the_environment_changes_defaults(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEARNING_RATE", "0.5")
    job = until_ended(client, submit(client, "a"))
    assert job["params"]["learning_rate"] == 0.5
    assert until_ended(client, submit(client, "b", learning_rate=0.25))["params"]["learning_rate"] == 0.25
    kind = client.get("/job-kinds").json()["job_kinds"][0]
    assert "adapter_name" in kind["schema"]["required"]
    assert kind["schema"]["properties"]["learning_rate"]["default"] == 0.5


def test_an_app_without_its_lifespan_starts_with_the_first_request(tmp_path: Path) -> None:
    app = create_app(settings_in(tmp_path), store=JobStore(), job_kinds=KINDS)
    client = TestClient(app)
    assert until_ended(client, submit(client, "a"))["status"] == "succeeded"
    app.state.service.stop()


def test_an_app_can_be_started_again(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    for name in ("a", "b"):
        with TestClient(app) as client:
            assert until_ended(client, submit(client, name))["status"] == "succeeded"
    with TestClient(app) as client:
        assert client.get("/jobs").json()["total"] == 2


def test_the_real_kinds_can_be_drawn(tmp_path: Path) -> None:
    with TestClient(create_app(settings_in(tmp_path), store=JobStore())) as client:
        for kind in client.get("/job-kinds").json()["job_kinds"]:
            fields = [name for group in kind["groups"] for name in group["fields"]]
            assert sorted(fields) == sorted(kind["schema"]["properties"])
            assert kind["description"]
            assert (Path(__file__).parents[2] / kind["program"]).is_file()
            for preset in kind["presets"]:
                assert set(preset["values"]) <= set(fields)


def test_train_takes_only_base_models_of_ours_or_the_hub(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    (tmp_path / "data" / "x.json").write_text(json.dumps([{"input": "a", "output": "b"}]))
    with TestClient(create_app(settings, store=JobStore())) as client:
        body = {"adapter_name": "a", "dataset_path": "x.json"}
        for bad in ("/etc", "../x", "a/b/c", "http://x/y", "nothing-here", "a/..", "-rf/x"):
            answer = client.post("/train", json={**body, "base_model_name": bad})
            assert_problem(answer, 422, "invalid_input")
            assert answer.json()["errors"][0]["loc"] == ["body", "base_model_name"]


def test_the_schema_file_is_fresh() -> None:
    from backend.api.schema import openapi_text

    stored = (Path(__file__).parents[2] / "frontend" / "openapi.json").read_text(encoding="utf-8")
    assert stored == openapi_text() + "\n", "run: python -m backend.api.schema > frontend/openapi.json"


def test_test_mode_is_told(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, pipeline_test_mode=True)) as client:
        health = client.get("/health").json()
    assert health["test_mode"] is True
    assert health.keys() == {"status", "version", "test_mode", "server_id"}


def test_the_first_tick_is_the_end_of_the_log_and_the_rest_is_there_on_demand(
    client: TestClient, tmp_path: Path
) -> None:
    job_id = submit(client, "a")
    until_ended(client, job_id)
    log = tmp_path / "state" / "jobs" / job_id / "log.txt"
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    tick = client.get(f"/jobs/{job_id}/tick").json()["log"]
    assert (tick["line"], tick["text"].count("\n"), tick["next"]) == (3000, 2000, tick["size"])
    before = client.get(f"/jobs/{job_id}/log?before={tick['from']}&generation={tick['generation']}").json()
    assert (before["line"], before["from"], before["text"].count("\n")) == (0, 0, 3000)
    assert client.get(f"/jobs/{job_id}/log?tail=1").json()["text"] == "line 4999\n"
    found = client.get(f"/jobs/{job_id}/log/search?q=line 42&limit=2").json()
    assert found == {"matches": [{"line": 42, "text": "line 42"}, {"line": 420, "text": "line 420"}], "has_more": True}
    whole = client.get(f"/jobs/{job_id}/log.txt")
    assert (whole.text, whole.headers["content-type"]) == (log.read_text(), "text/plain; charset=utf-8")


def test_the_curve_comes_by_column_between_two_steps(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "a")
    until_ended(client, job_id)
    curve = client.get(f"/jobs/{job_id}/metrics/columns?from=2&to=2").json()
    assert (curve["columns"], curve["resolution"]) == ({"step": [2], "loss": [1.5]}, "full")
    with (tmp_path / "state" / "jobs" / job_id / "metrics.jsonl").open("a") as run:
        run.writelines(f'{{"step": {step}, "loss": 1}}\n' for step in range(4, 101))
    curve = client.get(f"/jobs/{job_id}/metrics/columns?points=10").json()
    assert (curve["resolution"], curve["counts"], curve["highs"]["loss"][1:]) == ("buckets", [10] * 10, [1] * 9)
