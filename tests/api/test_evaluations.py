"""Evaluations over HTTP: started as jobs of the real recipe, listed, read, compared, deleted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.params import EvaluationParams
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.kinds import EVALUATE
from eval import main as evaluate
from tests.recipes.judging import predictions
from tests.service_kit import STUB, app_in, settings_in, until_ended, until_status


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A service with the real recipe."""
    places = {"evaluation_dir": tmp_path / "evaluation", "predictions_dir": tmp_path / "predictions"}
    (tmp_path / "predictions").mkdir()
    predictions(tmp_path / "predictions" / "base.json", 12, "nothing", model="base")
    predictions(tmp_path / "predictions" / "mine.json", 12, "right{n}")
    with TestClient(app_in(tmp_path, {"evaluate": EVALUATE}, **places)) as client:
        yield client


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of `m` against `base` by reference, and one of `base` alone: made once, copied often."""
    folder = tmp_path_factory.mktemp("made")
    base = predictions(folder / "base.json", 12, "nothing", model="base")
    mine = predictions(folder / "mine.json", 12, "right{n}")
    common = {"mode": "reference", "output_dir": str(folder / "evaluation")}
    evaluate(EvaluationParams.model_validate({**common, "predictions": str(base), "tag": "before"}))
    evaluate(EvaluationParams.model_validate({**common, "predictions": str(mine), "baseline": str(base)}))
    return folder / "evaluation"


@pytest.fixture
def both_runs(client: TestClient, made_once: Path, tmp_path: Path) -> tuple[str, str]:
    """The names of both runs, the one tagged `before` first."""
    shutil.copytree(made_once, tmp_path / "evaluation")
    before, mine = sorted(made_once.glob("run_*"), key=lambda run: not run.name.endswith("_before"))
    return before.name, mine.name


@pytest.fixture
def one_run(both_runs: tuple[str, str], tmp_path: Path) -> str:
    """The name of the only run."""
    shutil.rmtree(tmp_path / "evaluation" / both_runs[0])
    return both_runs[1]


def test_an_evaluation_is_a_job_and_its_run_can_be_read(client: TestClient) -> None:
    body = {"predictions": "mine.json", "baseline": "base.json", "mode": "reference"}
    submitted = client.post("/evaluate", json=body)
    assert submitted.status_code == 202, submitted.text
    one_run = until_ended(client, submitted.json()["job_id"], 60)["result"]["run"]
    (job,) = client.get("/jobs?kind=evaluate").json()["jobs"]
    assert (job["status"], job["name"]) == ("succeeded", "Evaluation")
    result = client.get(f"/jobs/{job['job_id']}/status").json()["result"]
    assert result["score"]["mean"] == 1.0
    assert "m is better than base" in result["sentences"][0]

    (entry,) = client.get("/evaluations").json()["evaluations"]
    assert (entry["run"], entry["status"], entry["models"]) == (one_run, "complete", ["base", "m"])
    assert (entry["score"], entry["coverage"], entry["n_total"]) == (1.0, 1.0, 12)

    summary = client.get(f"/evaluations/{one_run}").json()
    assert summary["comparisons"][0]["verdict"] == "better"
    page = client.get(f"/evaluations/{one_run}/items", params={"limit": 5, "offset": 10}).json()
    assert ([item["index"] for item in page["items"]], page["total"]) == ([10, 11], 12)


def test_items_can_be_sorted_and_filtered(client: TestClient, one_run: str, tmp_path: Path) -> None:
    file = tmp_path / "evaluation" / one_run / "results.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row, score in zip(rows, [0.5, None, 0.1, 0.9], strict=False):
        row["score"], row["change"] = score, None if score is None else score - 0.6
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def indexes(**query: object) -> list[int]:
        answer = client.get(f"/evaluations/{one_run}/items", params={"limit": 4, **query})
        assert answer.status_code == 200, answer.text
        return [item["index"] for item in answer.json()["items"]]

    assert indexes() == [0, 1, 2, 3]
    assert indexes(filter="lowest") == [2, 0, 3, 4]
    assert indexes(filter="unscored") == [1]
    assert indexes(filter="changed") == [4, 5, 6, 7]
    assert indexes(sort="score", order="desc")[-1] != 1
    assert indexes(sort="change", order="asc")[:2] == [2, 0]
    assert client.get(f"/evaluations/{one_run}/items", params={"sort": "prediction"}).status_code == 422


def test_the_report_comes_in_a_sandbox(client: TestClient, one_run: str) -> None:
    answer = client.get(f"/evaluations/{one_run}/report")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert "unsafe" not in policy
    assert "sha256-" in policy


def test_two_runs_are_compared(client: TestClient, both_runs: tuple[str, str]) -> None:
    before, one_run = both_runs
    found = client.get("/evaluations/compare", params={"a": before, "b": one_run}).json()
    assert (found["comparison"]["difference"]["mean"], found["matched_by"]) == (1.0, "id")
    assert (found["a"]["run"], found["b"]["run"], len(found["items"])) == (before, one_run, 12)
    gone = client.get("/evaluations/compare", params={"a": before, "b": "run_nobody"})
    assert gone.status_code == 404


def test_a_run_is_deleted_with_its_files(client: TestClient, one_run: str, tmp_path: Path) -> None:
    assert client.delete(f"/evaluations/{one_run}").status_code == 204
    assert not (tmp_path / "evaluation" / one_run).exists()
    assert client.get("/evaluations").json() == {"evaluations": [], "total": 0}
    assert json.loads((tmp_path / "evaluation" / "index.json").read_text()) == {"runs": []}
    assert client.get(f"/evaluations/{one_run}").status_code == 404


@pytest.mark.parametrize("run", ["index.json", "run_x", "%2e%2e%2fdata", "run_%00", "a" * 300])
def test_what_is_no_run_is_not_found(client: TestClient, one_run: str, run: str) -> None:
    for method in ("get", "delete"):
        answer = getattr(client, method)(f"/evaluations/{run}")
        assert answer.status_code in (404, 405, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_estimate_sends_nothing_and_tells_what_it_rests_on(client: TestClient) -> None:
    answer = client.post("/evaluate/estimate", json={"predictions": "mine.json", "mode": "single", "mock": True})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["calls"], told["items"], told["models"]) == (24, 12, ["m"])  # 12 answers, 12 planted ones
    assert "MOCK" in told["basis"][0]
    free = client.post("/evaluate/estimate", json={"predictions": "mine.json", "mode": "reference"}).json()
    assert (free["calls"], free["cost"]) == (0, 0.0)
    assert client.get("/evaluations").json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "models", "Give models or predictions"),
        ({"predictions": "gone.json"}, "predictions", "no such file"),
        ({"predictions": "/etc/passwd"}, "predictions", "must lie in predictions/"),
        ({"predictions": "../data/x.json"}, "predictions", "must lie in predictions/"),
        ({"rubric": "/etc/passwd"}, "rubric", "must lie in rubrics/"),
        ({"human": "gone.csv"}, "human", "no such file"),
        ({"models": ["tiny"], "dataset_path": "q.json"}, "dataset_path", "There is no 'q.json' in data/"),
        ({"openai_api_base": "http://evil.example"}, "openai_api_base", "setting of this machine"),
        ({"api_key_env": "OTHER_API_KEY"}, "api_key_env", "setting of this machine"),
        ({"compare": ["a", "b"]}, "compare", "GET /evaluations/compare"),
        ({"resume": "run_x"}, "resume", "/resume continues"),
        ({"rescore": "run_x"}, "rescore", "command line"),
        ({"dry_run": True}, "dry_run", "POST /evaluate/estimate"),
        ({"output_dir": "/tmp/x"}, "output_dir", "EVALUATION_DIR"),
    ],
)
def test_what_an_evaluation_may_not_name(client: TestClient, body: dict[str, Any], field: str, words: str) -> None:
    for path in ("/evaluate", "/evaluate/estimate"):
        answer = client.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["loc"] == ["body", field]
        assert words in answer.json()["detail"]
    assert client.get("/jobs").json()["total"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "pairwise"},
        {"mode": "rubric"},
        {"models": ["tiny"]},
        {"repeats": 0},
        {"nobody": 1},
        {"judges": ["a", "a"]},
    ],
)
def test_bodies_that_do_not_fit(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/evaluate", json=body).status_code == 422
    assert client.post("/evaluate/estimate", json=body).status_code == 422


def test_without_a_key_the_estimate_says_so_and_a_job_fails_with_the_sentence(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E6 over HTTP."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    body = {"predictions": "mine.json", "mode": "single"}
    told = client.post("/evaluate/estimate", json=body)
    assert (told.status_code, "OPENAI_API_KEY is not set" in told.json()["detail"]) == (422, True)
    job = until_ended(client, client.post("/evaluate", json=body).json()["job_id"], 60)
    assert (job["status"], "OPENAI_API_KEY is not set" in job["error"]) == ("failed", True)
    assert client.get("/evaluations").json()["total"] == 0


def test_models_are_named_and_their_paths_are_the_services_business(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    AdapterRegistry(settings.adapter_config_path).add(Adapter(name="mine", path=str(tmp_path / "models" / "mine")))
    (tmp_path / "models" / "merged").mkdir()
    (tmp_path / "data" / "q.json").write_text('[{"input": "a", "output": "b"}]')
    kinds = {"evaluate": replace(EVALUATE, program=STUB)}
    with TestClient(app_in(tmp_path, kinds, evaluation_dir=tmp_path / "e")) as client:
        body = {"models": ["tiny", "mine", "merged"], "dataset_path": "q.json"}
        job = client.post("/evaluate", json=body)
        assert job.status_code == 202, job.text
        given = client.get(f"/jobs/{job.json()['job_id']}/status").json()["params"]
        assert given["models"] == ["tiny", "mine", str(tmp_path / "models" / "merged")]
        assert given["dataset_path"] == str(tmp_path / "data" / "q.json")
        assert given["output_dir"] == str(tmp_path / "e")
        refused = client.post("/evaluate", json={**body, "models": ["tiny", "/etc"]})
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "models"])
        until_ended(client, job.json()["job_id"])


def test_a_cancelled_job_goes_on_with_its_own_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job finds the run it began by itself: nothing answered is asked again, and there is one run at the end."""
    from tests.llm_server import Plan, fake_server
    from tests.recipes.judging import JUDGES

    (tmp_path / "predictions").mkdir()
    predictions(tmp_path / "predictions" / "mine.json", 30)
    places = {"evaluation_dir": tmp_path / "evaluation", "predictions_dir": tmp_path / "predictions"}
    with fake_server(Plan(answerer=f"{JUDGES}:by_number", latency=0.2)) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        with TestClient(app_in(tmp_path, {"evaluate": EVALUATE}, openai_api_base=server.url, **places)) as client:
            body = {"predictions": "mine.json", "mode": "single", "controls": 0, "concurrency": 4}
            job = client.post("/evaluate", json=body).json()["job_id"]
            server.wait_for_arrivals(10)
            (unfinished,) = client.get("/evaluations").json()["evaluations"]
            assert unfinished["status"] == "unfinished"
            busy = client.delete(f"/evaluations/{unfinished['run']}")
            assert (busy.status_code, "A job is working on" in busy.json()["detail"]) == (409, True)
            client.post(f"/jobs/{job}/cancel")
            assert until_ended(client, job, 30)["status"] == "cancelled"
            assert client.post(f"/jobs/{job}/resume").status_code == 202
            ended = until_status(client, job, "succeeded", "failed", seconds=60)
            assert ended["status"] == "succeeded", ended
            (entry,) = client.get("/evaluations").json()["evaluations"]
        assert (entry["run"], entry["coverage"]) == (unfinished["run"], 1.0)
        assert len(server.log()) <= 30 + 4
