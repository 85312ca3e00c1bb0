"""X11, T32: a model comes from the hub at one commit and without pickles; what the hub answers is told in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, DiskFull, PipelineError, Unreachable
from backend.core.models.hub_cache import cached_models, is_whole, snapshot_of
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.child import child_environment, started_as
from backend.jobs.kinds import DOWNLOAD, EVALUATE, JOB_KINDS, MERGE, PUBLISH, TRAIN, JobKind
from tests.security.artifacts import HONEST, honest, tensors
from tests.security.fake_hub import COMMIT, MODEL, Fault, Hub, hub_of
from tests.service_kit import app_in, settings_in, status, until_ended

# Here, before a test names another hub: the library reads its address when it is imported.
engine_hub = pytest.importorskip("backend.engine.hub")

TOKEN = "hf_" + "fakefakefakefakefakefake12"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model as its publisher put it up: ours, and what we do not read."""
    folder = honest(tmp_path / "published")
    (folder / "adapter_model.safetensors").rename(folder / "model.safetensors")
    (folder / "adapter_config.json").unlink()
    return folder


@pytest.fixture
def hub(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    others = {"pytorch_model.bin": b"pickle", "modeling_evil.py": b"import os", "README.md": b"#",
              "consolidated.safetensors": HONEST, ".gitattributes": b"", "notes.pkl": b""}  # fmt: skip
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with hub_of(model, others) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.delenv("HF_HUB_CACHE", raising=False)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


@pytest.fixture
def client(tmp_path: Path, hub: Hub) -> Iterator[TestClient]:
    with TestClient(
        app_in(tmp_path, JOB_KINDS, model_cache_dir=tmp_path / "cache"), base_url="http://127.0.0.1:8000"
    ) as client:
        yield client


def download(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.post("/models/download", json={"model": MODEL, **params})
    assert answer.status_code == 202, answer.text
    return until_ended(client, answer.json()["job_id"], seconds=60)


def settings_of(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, model_cache_dir=tmp_path / "cache")


def test_a_download_is_pinned_to_a_commit_and_takes_only_what_is_read(
    client: TestClient, hub: Hub, tmp_path: Path
) -> None:
    job = download(client)
    assert job["status"] == "succeeded", job
    assert job["result"]["commit"] == COMMIT
    assert job["result"]["bytes"] == job["progress"]["total_steps"] == job["progress"]["step"]
    folder = snapshot_of(MODEL, None, settings_of(tmp_path))
    assert folder is not None
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "model.safetensors", "tokenizer_config.json",
    ]  # fmt: skip
    fetched = [path for method, path, _ in hub.asked if method == "GET" and "/resolve/" in path]
    assert fetched
    assert all(f"/resolve/{COMMIT}/" in path for path in fetched)
    assert {token for _, path, token in hub.asked if MODEL in path} == {f"Bearer {TOKEN}"}
    assert TOKEN not in json.dumps(job)
    (listed,) = [entry for entry in client.get("/models").json()["models"] if entry["name"] == MODEL]
    assert (listed["is_here"], listed["commit"], listed["problem"]) == (True, COMMIT, None)


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        (Fault(401, "RepoNotFound"), "bad_model", "check the spelling"),
        (Fault(401, "GatedRepo"), "bad_model", "is gated (HTTP 401): accept its terms"),
        (Fault(403, "GatedRepo"), "bad_model", "is gated (HTTP 403)"),
        (Fault(403), "bad_model", "HTTP 403"),
        (Fault(404, "RepoNotFound"), "bad_model", "HTTP 404"),
        (Fault(404, "RevisionNotFound"), "bad_model", "has no revision"),
        (Fault(429), "network", "answered HTTP 429"),
        (Fault(500), "network", "answered HTTP 500"),
        (Fault(503), "network", "answered HTTP 503"),
    ],
    ids=str,
)
def test_what_the_hub_answers_is_told(fault: Fault, reason: str, words: str, hub: Hub, tmp_path: Path) -> None:
    hub.fault = fault
    with pytest.raises(PipelineError) as told, engine_hub.HubErrors(MODEL, "v2"):
        engine_hub.HfApi(endpoint=hub.url).model_info(MODEL, revision="v2", timeout=10)
    assert told.value.reason == reason
    assert words in str(told.value)


def test_a_hub_that_cannot_be_reached_is_told(hub: Hub) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"), engine_hub.HubErrors(MODEL, None):
        engine_hub.HfApi(endpoint="http://127.0.0.1:9").model_info(MODEL, timeout=10)


def fetched(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the program of a download does, in this process."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(engine_hub, "HfApi", partial(engine_hub.HfApi, endpoint=hub.url))
    monkeypatch.setattr(engine_hub, "hf_hub_download", partial(engine_hub.hf_hub_download, endpoint=hub.url))
    found: Path = engine_hub.fetch(MODEL, None, settings_of(tmp_path), TOKEN)
    return found


def test_a_cut_off_file_is_asked_for_again(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.files["model.safetensors"] = tensors(("w", "U8", [200_000], [0, 200_000]), data=200_000)
    hub.fault = Fault(cut_after=50_000, times=2)
    folder = fetched(hub, tmp_path, monkeypatch)
    asked = [path for method, path, _ in hub.asked if method == "GET" and path.endswith("model.safetensors")]
    assert len(asked) == 3
    assert (folder / "model.safetensors").read_bytes() == hub.files["model.safetensors"]


def test_a_model_without_safetensors_is_refused(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del hub.files["model.safetensors"], hub.files["consolidated.safetensors"]
    with pytest.raises(BadModel, match="no weights as safetensors"):
        fetched(hub, tmp_path, monkeypatch)


def test_a_hostile_model_is_fetched_and_not_taken(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.files["config.json"] = b'{"model_type": "x", "auto_map": {"AutoModel": "evil.Evil"}}'
    with pytest.raises(BadModel, match="auto_map"):
        fetched(hub, tmp_path, monkeypatch)
    assert snapshot_of(MODEL, None, settings_of(tmp_path)) is None


def test_a_model_larger_than_the_disk_is_not_begun(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_hub, "SPARE_BYTES", 2**60)
    with pytest.raises(DiskFull, match="MODEL_CACHE_DIR"):
        fetched(hub, tmp_path, monkeypatch)
    assert [path for _, path, _ in hub.asked if "/resolve/" in path] == []


@pytest.mark.parametrize(
    "given",
    [{"model": name} for name in ("tiny", "a/b/c", "../x/y", "http://evil/x", "a/..b", "a/b\n", "C:\\x", "/etc/x")]
    + [{"model": MODEL, "revision": revision} for revision in ("../x", "a b", "", "-rf", "a\n")]
    + [{"model": MODEL, "token": "x"}, {"model": MODEL, "resume": True}, {}],
    ids=str,
)  # fmt: skip
def test_only_names_of_hub_models_are_taken(given: dict[str, Any], client: TestClient) -> None:
    answer = client.post("/models/download", json=given)
    assert answer.status_code == 422, answer.text
    assert client.get("/jobs").json()["total"] == 0


def test_with_the_hub_forbidden_nothing_is_queued(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    dataset(tmp_path)
    for path, body in (
        ("/models/download", {"model": MODEL}),
        ("/train", {"adapter_name": "a", "dataset_path": "x.json", "base_model_name": MODEL}),
        ("/evaluate", {"models": [MODEL], "dataset_path": "x.json"}),
    ):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_model"), answer.text
        assert "HF_HUB_OFFLINE" in answer.json()["detail"]
    assert client.get("/jobs").json()["total"] == 0
    assert client.get("/models").json()["may_download"] is False


def stubbed(kind: JobKind) -> JobKind:
    """The kind with a program that only tells what it was given."""
    return replace(kind, program=Path(__file__).with_name("telling_recipe.py"), needs_gpu=False, gpu_only_with=None)


def dataset(tmp_path: Path) -> None:
    (tmp_path / "data" / "x.json").write_text(json.dumps([{"input": "a", "output": "b"}]))


@pytest.fixture
def chain(tmp_path: Path, hub: Hub) -> Iterator[TestClient]:
    """Real downloads, and runs that only tell."""
    kinds = {"train": stubbed(TRAIN), "merge": stubbed(MERGE), "evaluate": stubbed(EVALUATE), "download": DOWNLOAD}
    app = app_in(tmp_path, kinds, model_cache_dir=tmp_path / "cache")
    dataset(tmp_path)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def train(client: TestClient, name: str, **more: Any) -> str:
    body = {"adapter_name": name, "dataset_path": "x.json", "base_model_name": MODEL, **more}
    answer = client.post("/train", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def jobs_of(client: TestClient, kind: str) -> list[dict[str, Any]]:
    return [job for job in client.get("/jobs").json()["jobs"] if job["kind"] == kind]


def test_runs_wait_for_one_download_of_their_model_and_then_find_it(chain: TestClient, hub: Hub) -> None:
    first, second = train(chain, "one"), train(chain, "two")
    (download,) = jobs_of(chain, "download")
    for run in (first, second):
        ended = until_ended(chain, run, seconds=60)
        assert ended["status"] == "succeeded", ended
        assert ended["after"] == [download["job_id"]]
        assert ended["result"]["offline"] == "1"
        assert ended["result"]["seen"] == []
    third = train(chain, "three")
    assert until_ended(chain, third)["after"] == []
    assert len(jobs_of(chain, "download")) == 1


def test_a_run_whose_download_fails_fails_with_its_reason(chain: TestClient, hub: Hub) -> None:
    hub.fault = Fault(404, "RepoNotFound")
    ended = until_ended(chain, train(chain, "one"), seconds=60)
    assert (ended["status"], ended["reason"]) == ("failed", "bad_model")
    assert MODEL in ended["error"]
    assert chain.get("/models").json()["models"][-1]["name"] != MODEL


def test_a_refused_run_queues_no_download(chain: TestClient, tmp_path: Path) -> None:
    (tmp_path / "models" / "taken").mkdir()
    body = {"adapter_name": "taken", "dataset_path": "x.json", "base_model_name": MODEL}
    assert chain.post("/train", json=body).status_code == 409
    assert chain.get("/jobs").json()["total"] == 0


def test_a_repeated_request_queues_no_second_download(chain: TestClient, hub: Hub) -> None:
    hub.fault = Fault(404, "RepoNotFound")
    body = {"adapter_name": "a", "dataset_path": "x.json", "base_model_name": MODEL}
    answers = [chain.post("/train", json=body, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert answers[0]["job_id"] == answers[1]["job_id"]
    until_ended(chain, answers[0]["job_id"], seconds=60)
    again = chain.post("/train", json=body, headers={"Idempotency-Key": "k"}).json()
    assert again["job_id"] == answers[0]["job_id"]
    assert len(jobs_of(chain, "download")) == 1


def test_an_adapter_stands_for_its_base(chain: TestClient, tmp_path: Path) -> None:
    registry = AdapterRegistry(tmp_path / "config" / "adapters.json")
    registry.add(Adapter(name="one", path=str(honest(tmp_path / "models" / "one")), base_model=MODEL))
    answer = chain.post("/evaluate", json={"models": ["one"], "dataset_path": "x.json"})
    assert answer.status_code == 202, answer.text
    (download,) = jobs_of(chain, "download")
    assert status(chain, answer.json()["job_id"])["after"] == [download["job_id"]]
    merged = chain.post("/merge", json={"adapters": ["one:1"], "output_dir": "m", "prove": False})
    assert merged.status_code == 202, merged.text
    assert until_ended(chain, merged.json()["job_id"])["after"] == []


def test_only_downloads_and_what_is_published_see_the_token_and_may_ask_the_hub(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    for kind in JOB_KINDS.values():
        environ = child_environment({}, kind.secrets, online=kind.goes_online)
        is_online = kind in (DOWNLOAD, PUBLISH)
        assert ("HF_TOKEN" in environ) is is_online
        assert (environ.get("HF_HUB_OFFLINE") == "1") is not is_online
        assert kind.program.is_file()
    assert started_as(DOWNLOAD.program) == ["-m", "backend.engine.download"]
    assert started_as(TRAIN.program) == [str(TRAIN.program)]


def test_a_part_of_a_model_is_no_model(tmp_path: Path, hub: Hub) -> None:
    snapshot = tmp_path / "cache" / "models--some--part" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    assert not is_whole(snapshot)
    (snapshot / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    assert not is_whole(snapshot)
    assert cached_models(settings_of(tmp_path)) == []
    (snapshot / "model-1.safetensors").write_bytes(HONEST)
    assert is_whole(snapshot)
    assert cached_models(settings_of(tmp_path)) == [("some/part", snapshot)]
