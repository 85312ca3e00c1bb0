"""Another OpenAI-compatible server in place of the local worker: a second service of our own, behind a port."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.api.test_guards import assert_problem
from tests.service_kit import app_in, until
from tests.serving_kit import RunningService, add_adapter, ask_and_leave, events_of, running_service, told_text

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"
KEY = "the-server's-key"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """What stands in for vLLM: it has a key, and an adapter."""
    folder = tmp_path_factory.mktemp("server")
    add_adapter(folder, "physics")
    with running_service(folder, api_token=KEY) as server:
        server.client.headers["authorization"] = f"Bearer {KEY}"
        yield server


@pytest.fixture
def client(server: RunningService, tmp_path: Path) -> Iterator[TestClient]:
    """Our own service, in front of it."""
    app = app_in(tmp_path, inference_server_url=f"{server.url}/v1/", inference_server_key=KEY)
    with TestClient(app) as client:
        yield client
        assert "worker" not in app.state.service.__dict__ or not app.state.service.worker.is_loaded


def chat(client: TestClient, text: str = "x", **given: Any) -> Any:
    body = {"model": "physics", "messages": [{"role": "user", "content": text}], **given}
    return client.post(CHAT, json=body)


def test_models_are_those_of_the_server(client: TestClient, server: RunningService) -> None:
    listed = client.get("/v1/models").json()["data"]
    assert [model["id"] for model in listed] == ["Qwen/Qwen2.5-0.5B-Instruct", "tiny", "physics"]
    assert {model["owned_by"] for model in listed} == {"server"}
    assert client.get("/v1/models/physics").json() == listed[2]
    assert client.get("/v1/models/none").status_code == 404


def test_bodies_and_answers_pass_as_they_are(client: TestClient, server: RunningService) -> None:
    for path, body in (
        (CHAT, {"model": "physics", "messages": [{"role": "user", "content": "words 2"}], "seed": 7}),
        (TEXT, {"model": "physics", "prompt": "words 2", "n": 2}),
    ):
        ours, theirs = client.post(path, json=body).json(), server.client.post(path, json=body).json()
        for answer in (ours, theirs):
            answer["id"] = answer["created"] = None
        assert ours == theirs
    given = told_text(chat(client, temperature=0.25).json()["choices"][0]["message"]["content"])
    assert (given["temperature"], Path(given["adapter_path"]).name) == (0.25, "physics")


def test_our_base_stands_for_the_servers_first(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_MODEL_NAME", "ours/of-that-name")
    given = told_text(chat(client, model="ours/of-that-name").json()["choices"][0]["message"]["content"])
    assert (given["base_model_name"], given["adapter_path"]) == ("Qwen/Qwen2.5-0.5B-Instruct", None)
    monkeypatch.setenv("BASE_MODEL_NAME", "tiny")  # which the server knows
    given = told_text(client.post("/generate", json={"prompt": "x"}).json()["text"])
    assert given["base_model_name"] == "tiny"


def test_a_stream_passes_as_it_comes(client: TestClient) -> None:
    body = {"model": "physics", "messages": [{"role": "user", "content": "words 3"}], "stream": True}
    with client.stream("POST", CHAT, json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = list(answer.iter_lines())
    assert lines[-2:] == ["data: [DONE]", ""]
    pieces = [chunk["choices"][0]["delta"].get("content") for chunk in events_of(iter(lines))]
    assert pieces == ["", "word0 ", "word1 ", "word2 ", None]


def test_generate_answers_from_the_server(client: TestClient) -> None:
    whole = client.post("/generate", json={"prompt": "words 2", "adapter": "physics"}).json()
    assert whole.pop("timing").keys() == {"queued_seconds", "first_token_seconds", "total_seconds"}
    assert whole == {
        "text": "word0 word1 ", "adapter": "physics", "model": "physics", "finish_reason": "stop",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }  # fmt: skip
    body = {"prompt": "words 2", "adapter": "physics", "stream": True}
    with client.stream("POST", "/generate", json=body) as answer:
        events = list(events_of(answer.iter_lines()))
    assert [event["type"] for event in events] == ["started", "delta", "delta", "done"]
    assert events[-1]["usage"] == whole["usage"]


def test_generate_sends_the_whole_sampling(client: TestClient) -> None:
    asked = {"max_new_tokens": 9, "temperature": 0.5, "top_p": 0.5, "top_k": 5, "min_p": 0.1, "seed": 7,
             "repetition_penalty": 1.5, "stop_strings": ["END"]}  # fmt: skip
    given = told_text(client.post("/generate", json={"prompt": "x", "model": "physics", **asked}).json()["text"])
    assert {name: given[name] for name in asked} == asked


@pytest.mark.parametrize("stream", [False, True])
def test_refusals_of_the_server_are_ours(client: TestClient, stream: bool) -> None:
    refused = chat(client, model="none", stream=stream)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")
    refused = chat(client, "too_long", stream=stream)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "context_length_exceeded")
    refused = chat(client, tools=[{"type": "function"}])  # for the server to refuse, or not
    assert refused.json()["error"]["param"] == "tools"
    for prompt, model, status, code in (
        ("x", "none", 404, "model_not_found"), ("too_long", "physics", 422, "context_length_exceeded"),
        ("bad", "physics", 422, "invalid_input"),
    ):  # fmt: skip
        answer = client.post("/generate", json={"prompt": prompt, "model": model, "stream": stream})
        assert_problem(answer, status, code)
    no_model = client.post(CHAT, json={"messages": []})
    assert (no_model.status_code, no_model.json()["error"]["param"]) == (400, "model")


@pytest.mark.parametrize("kind", ["generate", "chat"])
def test_a_server_that_fails_in_the_middle_is_told(client: TestClient, kind: str) -> None:
    path, body = ("/generate", {"prompt": "die", "model": "physics"})
    if kind == "chat":
        path, body = CHAT, {"model": "physics", "messages": [{"role": "user", "content": "die"}]}
    with client.stream("POST", path, json={**body, "stream": True}) as answer:
        *_, last = events_of(answer.iter_lines())
    assert (last.get("error") or last)["code"] in ("worker_failed", "inference_server_unreachable")


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with TestClient(app_in(tmp_path, inference_server_url=url)) as client:
        for answer in (chat(client), client.get("/v1/models")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "inference_server_unreachable")
            assert url in answer.json()["error"]["message"]
        answer = client.post("/generate", json={"prompt": "x"})
        assert_problem(answer, 503, "inference_server_unreachable")
        assert url in answer.json()["detail"]
        assert answer.headers["retry-after"]


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/x", "http://[::1", "http://127.0.0.1:99999999"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    with TestClient(app_in(tmp_path, inference_server_url=url)) as client:
        answer = client.post("/generate", json={"prompt": "x", "model": "any"})
        assert_problem(answer, 503, "inference_server_unreachable")
        assert f"{url} (INFERENCE_SERVER_URL)" in answer.json()["detail"]


def test_a_wrong_key_is_told_as_ours(server: RunningService, tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, inference_server_url=server.url, inference_server_key="wrong")) as client:
        answer = chat(client)
        assert answer.status_code == 503
        assert "set INFERENCE_SERVER_KEY" in answer.json()["error"]["message"]
        assert "wrong" not in answer.text


@pytest.fixture(scope="module")
def front(server: RunningService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Our own service as a process too, for what needs a real connection on both sides."""
    folder = tmp_path_factory.mktemp("front")
    with running_service(folder, inference_server_url=server.url, inference_server_key=KEY) as front:
        yield front


@pytest.mark.parametrize("path", ["/generate", CHAT, TEXT])
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_servers_answer(
    front: RunningService, tmp_path: Path, path: str, stream: bool
) -> None:
    text = f"wait {tmp_path / 'cue'}"
    body = {"model": "physics", "stream": stream}
    body |= {"messages": [{"role": "user", "content": text}]} if path == CHAT else {"prompt": text}
    if stream:
        with httpx.Client(base_url=front.url) as leaving, leaving.stream("POST", path, json=body) as answer:
            next(events_of(answer.iter_lines()))
    else:
        ask_and_leave(front, path, body, tmp_path / "cue.begun")
    until((tmp_path / "cue.cancelled").exists)


@contextmanager
def two_open_streams(front: RunningService, cue: Path) -> Iterator[list[Iterator[dict[str, Any]]]]:
    """Passed on as it is, and in our own form; each has said something."""
    body = {"model": "tiny", "prompt": f"wait {cue}", "stream": True}
    with ExitStack() as stack:
        answers = [
            stack.enter_context(front.client.stream("POST", path, json=body, timeout=2))
            for path in (TEXT, "/generate")
        ]
        streams = [events_of(answer.iter_lines()) for answer in answers]
        for events in streams:
            next(events)
        yield streams


def last_codes(streams: list[Iterator[dict[str, Any]]]) -> list[str]:
    """What the streams end with."""
    last = [list(events)[-1] for events in streams]
    return [str((event.get("error") or event)["code"]) for event in last]


def test_a_service_that_stops_tells_those_who_wait(server: RunningService, tmp_path: Path) -> None:
    with running_service(tmp_path / "front", inference_server_url=server.url, inference_server_key=KEY) as front:
        with two_open_streams(front, tmp_path / "cue") as streams:
            front.process.send_signal(signal.SIGTERM)
            assert last_codes(streams) == ["inference_server_unreachable"] * 2
        assert front.process.wait(10) == 0
    assert "Traceback" not in (tmp_path / "front" / "service.log").read_text()


def test_a_server_that_is_killed_in_the_middle_is_told_at_once(tmp_path: Path) -> None:
    with (
        running_service(tmp_path / "server") as server,
        running_service(tmp_path / "front", inference_server_url=server.url) as front,
    ):
        with two_open_streams(front, tmp_path / "cue") as streams:
            os.kill(server.process.pid, signal.SIGKILL)
            assert last_codes(streams) == ["inference_server_unreachable"] * 2
        refused = front.client.post("/generate", json={"prompt": "x"})
        assert (refused.status_code, refused.json()["code"]) == (503, "inference_server_unreachable")


@contextmanager
def strange_server(status: int, kind: str, body: bytes) -> Iterator[str]:
    """A server that gives every request the same answer; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


EVENTS = "text/event-stream"
STRANGE = [
    (200, "text/html", b"<html>Welcome!</html>"), (200, EVENTS, b""), (200, EVENTS, b"data: nonsense\n\n"),
    (200, EVENTS, b'data: {"choices": [5]}\n\n'), (200, EVENTS, b'data: {"usage": {"prompt_tokens": "x"}}\n\n'),
    (200, EVENTS, b'data: {"choices": [{"delta": {"content": "half an"}}]}\n\n'), (500, "text/plain", b"Oops"),
    (502, "text/html", b"\xff\xfe"), (302, "text/plain", b""),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "body"), STRANGE, ids=range(len(STRANGE)))
def test_what_makes_no_sense_is_an_error_and_no_500(tmp_path: Path, status: int, kind: str, body: bytes) -> None:
    asked = {"prompt": "x", "model": "any"}
    with strange_server(status, kind, body) as url, TestClient(app_in(tmp_path, inference_server_url=url)) as client:
        answer = client.post("/generate", json=asked)
        assert answer.status_code in (422, 503), answer.text
        with client.stream("POST", "/generate", json={**asked, "stream": True}) as stream:
            text = stream.read().decode()
        assert stream.status_code in (422, 503) or '"type":"error"' in text
        assert client.post(TEXT, json=asked).status_code in (status, 503)
