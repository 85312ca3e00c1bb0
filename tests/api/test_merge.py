"""Merges over HTTP, and adapters compared before: with a stub for the recipe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from backend.core.errors import PipelineError
from backend.core.params import MergeParams
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs import kinds
from backend.jobs.comparison import MOST_WAITING, ComparisonBusy, ComparisonFailed, Comparisons, ComparisonTooSlow
from backend.jobs.kinds import MERGE
from tests.service_kit import KINDS, app_in, settings_in, submit, until, until_ended, until_status

STUB = Path(__file__).parents[1] / "stub_merge.py"
NAMES = ("a", "b", "broken", "unlike", "crash", "slow")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    registry = AdapterRegistry(settings_in(tmp_path).adapter_config_path)
    for name in NAMES:
        (tmp_path / "models" / name).mkdir()
        registry.add(Adapter(name=name, path=str(tmp_path / "models" / name)))
    merge = replace(MERGE, program=STUB)
    monkeypatch.setattr("backend.jobs.parts.Comparisons", lambda settings: Comparisons(settings, STUB))
    with TestClient(app_in(tmp_path, {**KINDS, "merge": merge})) as client:
        yield client


def body(**changes: Any) -> dict[str, Any]:
    return {"adapters": ["a:0.7", "b:-0.3"], "output_dir": "both", **changes}


def test_a_merge_is_a_job_like_any_other(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/merge", json=body())
    assert answer.status_code == 202
    job = until_ended(client, answer.json()["job_id"])
    assert (job["status"], job["name"], job["kind"]) == ("succeeded", "both", "merge")
    given = job["result"]["given"]
    assert given["adapters"] == ["a:0.7", "b:-0.3"]
    assert given["output_dir"] == str(tmp_path / "models" / "both")
    assert given["base_model_name"] is None


def test_a_merge_that_fails_its_proof_is_a_failed_job_with_its_figures(client: TestClient) -> None:
    job = until_ended(client, client.post("/merge", json=body(method="tsv")).json()["job_id"])
    assert (job["status"], job["reason"], job["error"]) == ("failed", "exit_code", "The merge did not pass its proof.")
    assert job["result"]["path"].endswith("both.failed-proof")
    assert job["result"]["proof"] == {"passed": False}
    again = client.post(f"/jobs/{job['job_id']}/resume")
    assert again.status_code == 409
    assert "cannot be resumed" in again.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"report": True}, "report", "GET /adapters/compare"),
        ({"verify": "models/x"}, "verify", "--verify"),
        ({"adapters": ["a", "nobody"]}, "adapters", "nobody"),
        ({"adapters": ["a", "../b"]}, "adapters", "names of the registry"),
        ({"adapters": ["a:much"]}, "adapters", "name:0.5"),
        ({"output_dir": "/tmp/both"}, "output_dir", "models"),
        ({"output_dir": "not a name"}, "output_dir", "give a name"),
        ({"base_model_name": "/etc"}, "base_model_name", "tiny"),
    ],
)
def test_what_a_merge_may_not_name(client: TestClient, changes: dict[str, Any], field: str, words: str) -> None:
    answer = client.post("/merge", json=body(**changes))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", field]
    assert words in answer.json()["detail"]
    assert client.get("/jobs").json()["total"] == 0


@pytest.mark.parametrize("missing", ["adapters", "output_dir"])
def test_a_merge_of_nothing_or_to_nowhere_is_refused(client: TestClient, missing: str) -> None:
    given = {name: value for name, value in body().items() if name != missing}
    answer = client.post("/merge", json=given)
    assert answer.status_code == 422
    assert missing in answer.json()["detail"]


def test_two_jobs_never_make_one_folder(client: TestClient, tmp_path: Path) -> None:
    hold = tmp_path / "go"
    waiting = submit(client, "both", "wait", wait_for=str(hold))
    refused = client.post("/merge", json=body())
    assert refused.status_code == 409
    assert "Another job" in refused.json()["detail"]
    hold.touch()
    until_ended(client, waiting)
    exists = client.post("/merge", json=body(output_dir="a"))
    assert exists.status_code == 409
    assert "exists already" in exists.json()["detail"]


def test_a_merge_takes_no_name_of_an_adapter_that_lies_elsewhere(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    registry = AdapterRegistry(tmp_path / "config" / "adapters.json")
    registry.add(Adapter(name="far", path=str(tmp_path / "far")))
    assert client.post("/merge", json=body(output_dir="far")).status_code == 409
    registry.add(Adapter(name="gone", path=str(tmp_path / "gone")))  # its folder was deleted: the name is free
    assert client.post("/merge", json=body(output_dir="gone")).status_code == 202


def test_a_merge_runs_beside_a_training_run_unless_both_would_use_the_gpu(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = tmp_path / "go"
    training = submit(client, "t", "wait", wait_for=str(hold))
    until_status(client, training, "running")
    kinds._has_gpu.cache_clear()
    monkeypatch.setattr(kinds, "gpus", lambda: [])
    assert until_ended(client, client.post("/merge", json=body()).json()["job_id"])["status"] == "succeeded"
    kinds._has_gpu.cache_clear()
    monkeypatch.setattr(kinds, "gpus", lambda: ["a card"])
    waits = client.post("/merge", json=body(output_dir="proven")).json()["job_id"]
    beside = client.post("/merge", json=body(output_dir="unproven", prove=False)).json()["job_id"]
    assert until_ended(client, beside)["status"] == "succeeded"
    assert client.get(f"/jobs/{waits}/status").json()["status"] == "queued"
    hold.touch()
    assert until_ended(client, waits)["status"] == "succeeded"
    kinds._has_gpu.cache_clear()


def test_the_form_asks_for_what_a_request_must_give_and_for_nothing_that_is_no_job(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"BASE_MODEL_NAME": "tiny", "RANK": "0", "VERIFY": "1", "DENSITY": "0.2"}.items():
        monkeypatch.setenv(name, value)
    (merge,) = (kind for kind in client.get("/job-kinds").json()["job_kinds"] if kind["kind"] == "merge")
    properties = merge["schema"]["properties"]
    assert merge["schema"]["required"] == ["adapters", "output_dir"]
    assert not {"report", "verify"} & {*properties, *(name for group in merge["groups"] for name in group["fields"])}
    assert properties["output_dir"]["x-folder"].endswith("models")
    assert {option["value"] for option in properties["method"]["x-options"]} == set(properties["method"]["enum"])
    assert (properties["density"]["default"], properties["base_model_name"]["default"]) == (0.2, None)
    assert properties["rank"]["default"] is None


def compare(client: TestClient, *adapters: str, **flags: str) -> Any:
    return client.get("/adapters/compare", params={"adapters": list(adapters), **flags})


def test_a_name_that_no_adapter_can_have_is_refused(client: TestClient) -> None:
    answer = compare(client, "a", "b\x02")
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["query", "adapters", 1])


def test_adapters_are_compared_and_an_answer_holds_until_a_file_changes(client: TestClient, tmp_path: Path) -> None:
    runs = tmp_path / "models" / "comparisons"
    found = compare(client, "a:0.7", "b:0.3").json()
    assert [parent["name"] for parent in found["parents"]] == ["a", "b"]
    assert found["pairs"][0]["pair"] == [0, 1]
    assert found["modules"][0] == {
        "module": "layers.0.q_proj", "norms": [1.0, None], "energy": {"1": 0.5, "2": 1.0}, "rank_999": 2
    }  # fmt: skip
    assert (found["recommended"], found["reason"]) == ("sum", "Because.")
    assert compare(client, "a:0.7", "b:0.3").json() == found
    assert runs.read_text() == "1"
    compare(client, "a:0.7", "b:0.4")
    compare(client, "a:0.7", "b:0.4", normalize="true")
    assert runs.read_text() == "111"
    (tmp_path / "models" / "b" / "adapter_model.safetensors").write_bytes(b"\x08" + bytes(7) + b"{}      ")
    compare(client, "a:0.7", "b:0.3")
    assert runs.read_text() == "1111"


@pytest.mark.parametrize(
    ("adapters", "status", "code", "words"),
    [
        (["broken", "a"], 422, "bad_model", "broken holds no adapter_model.safetensors."),
        (["unlike", "a"], 422, "invalid_input", "All weights are 0."),
        (["nobody", "a"], 422, "invalid_input", "There is no adapter 'nobody'"),
        (["a:x", "b"], 422, "invalid_input", "name:0.5"),
        (["/etc", "b"], 422, "invalid_input", "names of the registry"),
        (["crash", "b"], 503, "comparison_failed", "the last word"),
        ([], 422, "validation_error", "adapters"),
        (["a"] * 17, 422, "validation_error", "adapters"),
    ],
)
def test_a_comparison_that_cannot_be_says_why(
    client: TestClient, adapters: list[str], status: int, code: str, words: str
) -> None:
    answer = compare(client, *adapters)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert words in answer.json()["detail"]


def slow(folder: Path, seconds: float) -> Comparisons:
    return Comparisons(settings_in(folder), STUB, seconds)


def test_a_comparison_ends_after_its_time_or_when_nobody_waits(client: TestClient, tmp_path: Path) -> None:
    params = MergeParams(adapters=["slow"], report=True)
    with pytest.raises(ComparisonTooSlow, match="longer than 0 seconds"):
        slow(tmp_path, 0.0).compare(params)
    began = tmp_path / "models" / "began"
    began.unlink(missing_ok=True)
    with pytest.raises(ComparisonFailed, match="given up"):
        slow(tmp_path, 60).compare(params, is_unwanted=lambda: began.is_file() and began.read_text() != "")
    assert not psutil.pid_exists(int(began.read_text()))


def test_a_crowd_is_sent_away_and_those_who_wait_are_let_go_at_the_end(client: TestClient, tmp_path: Path) -> None:
    comparisons = slow(tmp_path, 60)
    params = MergeParams(adapters=["slow"], report=True)
    ended: list[str] = []

    def ask() -> None:
        try:
            comparisons.compare(params)
        except PipelineError as error:
            ended.append(type(error).__name__)

    crowd = [threading.Thread(target=ask) for _ in range(MOST_WAITING)]
    for one in crowd:
        one.start()
    until(lambda: comparisons._places._value == 0)
    with pytest.raises(ComparisonBusy):
        comparisons.compare(params)
    comparisons.close()
    for one in crowd:
        one.join(20)
    assert ended == ["ComparisonFailed"] * MOST_WAITING


def test_a_question_is_described_with_the_defaults_of_this_machine(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPERATURE", "0.25")
    monkeypatch.setenv("SEED", "7")  # training's: an answer's seed is new each time
    properties = client.get("/generate/schema").json()["properties"]
    assert properties["temperature"]["default"] == 0.25
    assert properties["seed"]["default"] is None
