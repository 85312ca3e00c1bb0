"""Testing what the settings name: in words, in time, and never with a stored key for an address somebody typed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.test_guards import assert_problem
from tests.service_kit import app_in

KEY = "sk-not-a-real-key-7f3a"


@dataclass
class Answerer:
    """A service on the loopback that answers every address with what a test puts there."""

    url: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def service() -> Iterator[Answerer]:
    answerer, leave = Answerer(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("content-length"):
                self.rfile.read(int(self.headers["content-length"]))
            answerer.asked.append((f"{self.command} {self.path}", self.headers.get("authorization")))
            if answerer.silent:
                leave.wait(20)
                return
            status, body = answerer.answers.get(self.path, (404, "{}"))
            self.send_response(status)
            for name, value in answerer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    answerer.url = f"http://127.0.0.1:{server.server_port}"
    yield answerer
    leave.set()
    server.shutdown()
    thread.join()
    server.server_close()


def save(**settings: str) -> None:
    Path(os.environ["PIPELINE_ENV_FILE"]).write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def report_of(client: TestClient, what: str, typed: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = client.post(f"/settings/test/{what}", json=typed or {})
    assert answer.status_code == 200, answer.text
    assert KEY not in answer.text
    found: dict[str, Any] = answer.json()
    return found


def models(*names: str) -> tuple[int, str]:
    return 200, json.dumps({"data": [{"id": name} for name in names]})


def test_a_service_is_asked_for_its_models_with_the_key(client: TestClient, service: Answerer) -> None:
    save(OPENAI_API_BASE=f"{service.url}/v1", OPENAI_API_KEY=KEY, EVAL_MODEL="judge", MODEL_GEN="writer")
    service.answers["/v1/models"] = models("judge", "other")
    told = report_of(client, "language-model")
    assert (told["outcome"], told["message"]) == ("doubtful", "127.0.0.1 answers and has 2 models.")
    assert told["details"] == ["MODEL_GEN (writer) is not among its models."]
    assert told["latency_ms"] >= 0
    assert service.asked == [("GET /v1/models", f"Bearer {KEY}")]
    service.answers["/v1/models"] = models("judge", "writer")
    assert report_of(client, "language-model")["outcome"] == "works"


def test_a_service_that_lists_nothing_is_asked_for_a_token(client: TestClient, service: Answerer) -> None:
    save(OPENAI_API_BASE=f"{service.url}/v1", EVAL_MODEL="judge")
    service.answers["/v1/chat/completions"] = (200, "{}")
    told = report_of(client, "language-model")
    assert told["message"] == "127.0.0.1 answers with judge; it has no list of models."
    assert [asked for asked, _ in service.asked] == ["GET /v1/models", "POST /v1/chat/completions"]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, "{}", "refuses the key: check OPENAI_API_KEY"),
        (403, KEY, "refuses the key"),
        (429, "{}", "asked too often"),
        (302, "{}", "sends elsewhere"),
        (503, f"the key is {KEY}", "cannot serve now (status 503)"),
        (400, "{}", "does not know the question"),
        (200, "<html>", "not as an OpenAI-compatible service"),
        (200, "[" * 50_000, "not as an OpenAI-compatible service"),
        (200, json.dumps({"data": "none"}), "not as an OpenAI-compatible service"),
        (200, " " * (2 * 2**20 + 10), "says more than such a service has to say"),
    ],
)
def test_what_a_service_answers_is_told_in_our_words(
    status: int, body: str, words: str, client: TestClient, service: Answerer
) -> None:
    save(OPENAI_API_BASE=f"{service.url}/v1", OPENAI_API_KEY=KEY)
    service.answers["/v1/models"] = (status, body)
    service.headers["location"] = f"{service.url}/elsewhere"
    told = report_of(client, "language-model")
    assert told["outcome"] == "fails"
    assert words in told["message"]
    assert len(service.asked) == 1  # no redirection is followed


def test_what_does_not_answer_is_given_up(
    client: TestClient, service: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.jobs.connections.asking.MOST_SECONDS", 0.3)
    service.silent = True
    save(OPENAI_API_BASE=f"{service.url}/v1")
    assert "did not answer within" in report_of(client, "language-model")["message"]
    save(OPENAI_API_BASE="http://127.0.0.1:1/v1")
    assert "cannot be reached" in report_of(client, "language-model")["message"]
    save(OPENAI_API_BASE="https://llm.test/v1")
    assert "OPENAI_API_KEY is not set" in report_of(client, "language-model")["message"]


def test_what_was_typed_counts_and_is_not_saved(client: TestClient, service: Answerer) -> None:
    service.answers["/v1/models"] = models("gpt-4o-mini")
    typed = {"OPENAI_API_BASE": f"{service.url}/v1", "OPENAI_API_KEY": KEY}
    assert report_of(client, "language-model", typed)["outcome"] == "works"
    assert service.asked == [("GET /v1/models", f"Bearer {KEY}")]
    assert not Path(os.environ["PIPELINE_ENV_FILE"]).exists()


def test_a_stored_key_is_sent_to_no_address_that_is_typed(client: TestClient, service: Answerer) -> None:
    save(OPENAI_API_KEY=KEY, INFERENCE_SERVER_KEY=KEY)
    for what, name in (("language-model", "OPENAI_API_BASE"), ("inference-server", "INFERENCE_SERVER_URL")):
        answer = client.post(f"/settings/test/{what}", json={name: f"{service.url}/v1"})
        assert_problem(answer, 422, "validation_error")
        assert answer.json()["errors"][0]["loc"] == ["body", name]
        assert "would be sent to another address" in answer.json()["errors"][0]["msg"]
    assert service.asked == []


@pytest.mark.parametrize(
    "typed", [{"NOPE": "x"}, {"OPENAI_API_BASE": "http://169.254.169.254/v1"}, {"DATA_DIR": "/etc"}]
)
def test_what_could_not_be_saved_is_not_tried(typed: dict[str, str], client: TestClient) -> None:
    assert_problem(client.post("/settings/test/language-model", json=typed), 422, "validation_error")


def test_the_server_in_place_of_the_local_model(client: TestClient, service: Answerer) -> None:
    assert report_of(client, "inference-server")["message"] == "No server is set: the local model answers."
    service.answers["/v1/models"] = models("base")
    save(INFERENCE_SERVER_URL=f"{service.url}/v1/", INFERENCE_SERVER_KEY=KEY)
    told = report_of(client, "inference-server")
    assert (told["outcome"], told["message"]) == ("works", "127.0.0.1 answers and has 1 model.")
    assert service.asked == [("GET /v1/models", f"Bearer {KEY}")]


def test_the_hub_says_whose_token_it_is(
    client: TestClient, service: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", service.url)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    service.answers["/api/whoami-v2"] = (200, json.dumps({"name": "ada"}))
    save(HF_TOKEN=KEY)
    assert report_of(client, "hub")["message"] == "Signed in at 127.0.0.1 as ada."
    service.answers["/api/whoami-v2"] = (401, json.dumps({"error": KEY}))
    assert report_of(client, "hub")["message"] == "127.0.0.1 refuses the key: check HF_TOKEN."
    save()
    assert "No token is set" in report_of(client, "hub")["message"]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "the hub is not asked" in report_of(client, "hub")["message"]


@contextmanager
def client_with_cache(folder: Path, cache: Path) -> Iterator[TestClient]:
    with TestClient(app_in(folder, model_cache_dir=cache)) as client:
        yield client


def test_the_model_cache_is_written_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    cache = tmp_path / "cache"
    with client_with_cache(tmp_path, cache) as client:
        told = report_of(client, "model-cache")
        assert "the folder is made with the first download" in told["message"]
        assert not cache.exists()
        snapshot = cache / "models--a--b" / "snapshots" / ("0" * 40)
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_text("{}")
        (snapshot / "model.safetensors").touch()
        os.truncate(snapshot / "model.safetensors", 150_000_000)
        assert "1 whole model, 0.2 GB in all" in report_of(client, "model-cache")["message"]
        assert sorted(path.name for path in cache.iterdir()) == ["models--a--b"]


def test_a_cache_in_a_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    (tmp_path / "cache").write_text("x")
    with client_with_cache(tmp_path, tmp_path / "cache") as client:
        assert report_of(client, "model-cache")["outcome"] == "fails"


def test_about_names_versions_and_licences(client: TestClient) -> None:
    told = client.get("/about").json()
    assert told["licence"] == "Apache-2.0"
    found = {package["name"]: package for package in told["packages"]}
    assert "MIT" in found["fastapi"]["licence"]
    assert found["fastapi"]["version"]
