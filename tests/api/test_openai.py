"""OpenAI's protocol: shapes, errors, and every field done or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.serving_kit import add_adapter, app_with_stub, events_of, told_text

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    add_adapter(tmp_path, "physics")
    with TestClient(app_with_stub(tmp_path)) as client:
        yield client


def chat(client: TestClient, text: str = "x", **given: Any) -> Any:
    body = {"model": "tiny", "messages": [{"role": "user", "content": text}], **given}
    return client.post(CHAT, json=body)


def chunks(client: TestClient, path: str, **given: Any) -> list[dict[str, Any]]:
    with client.stream("POST", path, json={"model": "tiny", "stream": True, **given}) as answer:
        assert answer.status_code == 200
        lines = list(answer.iter_lines())
    assert lines[-2:] == ["data: [DONE]", ""]
    return list(events_of(iter(lines)))


def assert_refused(answer: Any, param: str | None, code: str, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error"}
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["param"], error["code"]) == (param, code), error
    return str(error["message"])


def test_a_chat_completion_has_openais_shape(client: TestClient) -> None:
    answer = chat(client, "words 2", model="physics")
    body = answer.json()
    assert body.pop("id").startswith("chatcmpl-")
    assert body.pop("created") > 1_700_000_000
    message = {"role": "assistant", "content": "word0 word1 ", "refusal": None}
    assert body == {
        "object": "chat.completion", "model": "physics",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }  # fmt: skip


def test_every_field_reaches_the_worker(client: TestClient, tmp_path: Path) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        {"role": "assistant", "content": "Three.", "refusal": None, "tool_calls": None, "annotations": []},
        {"role": "user", "content": "Why?"},
    ]
    answer = client.post(CHAT, json={
        "model": "physics", "messages": messages, "temperature": 0.5, "top_p": 0.5, "top_k": 5, "min_p": 0.1,
        "repetition_penalty": 1.5, "max_completion_tokens": 9, "seed": -1, "stop": "END",
    })  # fmt: skip
    given = told_text(answer.json()["choices"][0]["message"]["content"])
    del given["pid"]
    assert given == {
        "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "one\ntwo"},
            {"role": "assistant", "content": "Three."}, {"role": "user", "content": "Why?"},
        ],
        "prompt": None, "base_model_name": "tiny", "adapter_path": str(tmp_path / "models" / "physics"),
        "max_new_tokens": 9, "temperature": 0.5, "top_p": 0.5, "top_k": 5, "min_p": 0.1, "repetition_penalty": 1.5,
        "stop_strings": ["END"], "seed": 2**32 - 1, "logprobs": None,
    }  # fmt: skip


def test_what_is_not_given_is_this_machines(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_NEW_TOKENS", "12")
    monkeypatch.setenv("TEMPERATURE", "0.25")
    given = told_text(chat(client, top_p=0.5).json()["choices"][0]["message"]["content"])
    assert (given["max_new_tokens"], given["temperature"], given["top_p"]) == (12, 0.25, 0.5)


def test_a_stream_of_chunks(client: TestClient) -> None:
    messages = [{"role": "user", "content": "words 2"}]
    found = chunks(client, CHAT, messages=messages, stream_options={"include_usage": True})
    assert len({chunk["id"] for chunk in found}) == 1
    assert {chunk["object"] for chunk in found} == {"chat.completion.chunk"}
    *pieces, last = found
    assert [chunk["choices"][0]["delta"] for chunk in pieces] == [
        {"role": "assistant", "content": "", "refusal": None}, {"content": "word0 "}, {"content": "word1 "}, {},
    ]  # fmt: skip
    assert [chunk["choices"][0]["finish_reason"] for chunk in pieces] == [None, None, None, "stop"]
    assert {chunk["usage"] for chunk in pieces} == {None}
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    assert all("usage" not in chunk for chunk in chunks(client, CHAT, messages=messages))


def test_n_answers_have_seeds_in_a_row_and_count_the_prompt_once(client: TestClient) -> None:
    body = chat(client, n=3, seed=7).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert [told_text(choice["message"]["content"])["seed"] for choice in body["choices"]] == [7, 8, 9]
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
    found = chunks(client, CHAT, messages=[{"role": "user", "content": "words 2"}], n=2)
    texts = {0: "", 1: ""}
    for chunk in found:
        texts[chunk["choices"][0]["index"]] += chunk["choices"][0]["delta"].get("content", "")
    assert texts == {0: "word0 word1 ", 1: "word0 word1 "}


def test_logprobs_of_a_chat(client: TestClient) -> None:
    body = chat(client, "words 2", logprobs=True, top_logprobs=2).json()
    first, second = body["choices"][0]["logprobs"]["content"]
    assert (first["token"], second["token"]) == ("word0 ", "word1 ")
    assert bytes(first["bytes"]).decode() == "word0 "
    assert (first["logprob"], len(first["top_logprobs"])) == (-0.5, 2)
    (bare,) = chat(client, "words 1", logprobs=True).json()["choices"][0]["logprobs"]["content"]
    assert bare["top_logprobs"] == []
    found = chunks(client, CHAT, messages=[{"role": "user", "content": "words 2"}], logprobs=True)
    told = [entry["token"] for chunk in found for entry in (chunk["choices"][0]["logprobs"] or {}).get("content", ())]
    assert told == ["word0 ", "word1 "]


def test_a_token_that_is_impossible_is_very_unlikely(client: TestClient) -> None:
    body = chat(client, "words 1", logprobs=True, top_logprobs=20).json()
    assert body["choices"][0]["logprobs"]["content"][0]["top_logprobs"][-1]["logprob"] == -9999.0


def test_a_completion_continues_raw_text(client: TestClient) -> None:
    body = client.post(TEXT, json={"model": "tiny", "prompt": "  Once upon ", "max_tokens": 5, "stop": ["a", "b"]})
    (choice,) = body.json()["choices"]
    given = told_text(choice["text"])
    assert (given["prompt"], given["messages"], given["max_new_tokens"]) == ("  Once upon ", None, 5)
    assert given["stop_strings"] == ["a", "b"]
    assert (body.json()["object"], choice["logprobs"]) == ("text_completion", None)


def test_a_completion_of_several_prompts(client: TestClient) -> None:
    given = {"model": "tiny", "prompt": ["words 1", "words 2"], "n": 2, "logprobs": 1}
    body = client.post(TEXT, json=given).json()
    assert [(choice["index"], choice["text"]) for choice in body["choices"]] == [
        (0, "word0 "), (1, "word0 "), (2, "word0 word1 "), (3, "word0 word1 "),
    ]  # fmt: skip
    assert body["usage"] == {"prompt_tokens": 6, "completion_tokens": 6, "total_tokens": 12}
    assert body["choices"][3]["logprobs"] == {
        "tokens": ["word0 ", "word1 "], "token_logprobs": [-0.5, -0.5], "text_offset": [0, 6],
        "top_logprobs": [{"word0 ": -0.5}, {"word1 ": -0.5}],
    }  # fmt: skip
    found = chunks(client, TEXT, **given | {"stream_options": {"include_usage": True}})
    assert found[-1]["usage"] == body["usage"]
    assert sum(len(chunk["choices"][0]["text"]) for chunk in found[:-1]) == 36
    offsets = [
        chunk["choices"][0]["logprobs"]["text_offset"] for chunk in found[:-1] if chunk["choices"][0]["index"] == 2
    ]
    assert offsets == [[0], [6], []]


def test_models_are_listed_by_name(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "models" / "merged").mkdir()
    (tmp_path / "models" / "merged" / "config.json").write_text("{}")
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [(model["id"], model["owned_by"]) for model in listed["data"]] == [
        ("Qwen/Qwen2.5-0.5B-Instruct", "base"), ("tiny", "base"), ("physics", "adapter"), ("merged", "merged"),
    ]  # fmt: skip
    assert listed["data"][2]["created"] > 1_700_000_000
    for model in listed["data"]:
        assert client.get(f"/v1/models/{model['id']}").json() == model
    assert_refused(client.get("/v1/models/none"), None, "model_not_found", 404)


def test_an_unknown_model_lists_the_known(client: TestClient) -> None:
    message = assert_refused(chat(client, model="none"), None, "model_not_found", 404)
    assert message == "There is no model 'none'. Known: Qwen/Qwen2.5-0.5B-Instruct, physics, tiny."


UNSUPPORTED: dict[str, Any] = {
    "tools": [{"type": "function"}], "tool_choice": "required", "functions": [{}], "function_call": {"name": "f"},
    "response_format": {"type": "json_object"}, "audio": {"voice": "x"}, "modalities": ["text", "audio"],
    "frequency_penalty": 0.5, "presence_penalty": -1, "logit_bias": {"1": 5}, "parallel_tool_calls": True,
    "prediction": {"type": "content"}, "reasoning_effort": "low", "verbosity": "low", "web_search_options": {},
    "store": True, "service_tier": "priority", "max_new_tokens": 5, "stop_strings": ["x"], "anything": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_supported_is_refused_by_name(client: TestClient, name: str) -> None:
    message = assert_refused(chat(client, **{name: UNSUPPORTED[name]}), name, "unsupported_parameter")
    assert message == f"{name} is not supported by this server: leave it out."


def test_fields_of_older_completions_that_are_not_supported(client: TestClient) -> None:
    for name, value in {"echo": True, "suffix": "x", "best_of": 2}.items():
        answer = client.post(TEXT, json={"model": "tiny", "prompt": "x", name: value})
        assert_refused(answer, name, "unsupported_parameter")
    assert_refused(client.post(TEXT, json={"model": "tiny", "prompt": [1, 2]}), "prompt[0]", "invalid_value")
    assert_refused(client.post(TEXT, json={"model": "tiny", "prompt": []}), "prompt", "invalid_value")
    many = {"model": "tiny", "prompt": ["x"] * 20, "n": 8}
    assert_refused(client.post(TEXT, json=many), "prompt", "invalid_input")


def test_what_changes_nothing_is_taken(client: TestClient) -> None:
    neutral = {
        "tools": [], "tool_choice": None, "response_format": {"type": "text"}, "modalities": ["text"],
        "frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {}, "store": False, "service_tier": "auto",
        "user": "me", "metadata": {"a": "b"}, "safety_identifier": "x", "prompt_cache_key": "x", "audio": None,
    }  # fmt: skip
    assert chat(client, **neutral).status_code == 200
    older = {"echo": False, "suffix": None, "best_of": 1, "user": "me"}
    assert client.post(TEXT, json={"model": "tiny", "prompt": "x", **older}).status_code == 200


USER = {"role": "user", "content": "x"}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"messages": []}, "messages", "invalid_value"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "messages", "invalid_input"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [USER, {"role": "user"}]}, "messages[1].content", "invalid_value"),
    ({"messages": [{**USER, "name": "me"}]}, "messages[0].name", "unsupported_parameter"),
    ({"messages": [{**USER, "content": [{"type": "image_url", "text": ""}]}]}, "messages[0].content[0].type",
     "invalid_value"),
    ({"messages": "x"}, "messages", "invalid_value"),
    ({"max_tokens": 0}, "max_tokens", "invalid_input"),
    ({"max_completion_tokens": 10**9}, "max_completion_tokens", "invalid_input"),
    ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens", "invalid_input"),
    ({"temperature": -1}, "temperature", "invalid_input"),
    ({"top_p": 2}, "top_p", "invalid_input"),
    ({"stop": ["x"] * 17}, "stop", "invalid_input"),
    ({"stop": [5]}, "stop[0]", "invalid_value"),
    ({"n": 0}, "n", "invalid_value"),
    ({"n": 9}, "n", "invalid_value"),
    ({"seed": 2**63}, "seed", "invalid_value"),
    ({"top_logprobs": 2}, "top_logprobs", "invalid_input"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "invalid_value"),
    ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_input"),
    ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x", "unsupported_parameter"),
    ({"model": ""}, "model", "invalid_value"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "code"), WRONG, ids=range(len(WRONG)))
def test_wrong_values_are_named(client: TestClient, change: dict[str, Any], param: str, code: str) -> None:
    assert_refused(client.post(CHAT, json={"model": "tiny", "messages": [USER], **change}), param, code)


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_worker_reports_has_openais_shape(client: TestClient, stream: bool) -> None:
    refused = chat(client, "too_long", stream=stream)
    message = assert_refused(refused, "messages", "context_length_exceeded")
    assert "9,000 tokens" in message
    assert_refused(chat(client, "bad", stream=stream), None, "bad_model")


def test_a_worker_that_dies_is_an_error_and_in_a_stream_its_last_event(client: TestClient) -> None:
    answer = chat(client, "die")
    assert_refused(answer, None, "worker_failed", 503)
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.headers["retry-after"]
    for path, asked in ((CHAT, {"messages": [{**USER, "content": "die"}]}), (TEXT, {"prompt": "die"})):
        with client.stream("POST", path, json={"model": "tiny", "stream": True, **asked}) as answer:
            *_, last = events_of(answer.iter_lines())
        assert last["error"]["code"] == "worker_failed"


def test_the_guards_speak_openai_too(tmp_path: Path) -> None:
    with TestClient(app_with_stub(tmp_path, api_token="s3cret")) as client:
        answer = client.get("/v1/models")
        assert_refused(answer, None, "invalid_api_key", 401)
        assert answer.json()["error"]["type"] == "authentication_error"
        assert_refused(client.get("/v1/models", headers={"host": "evil.test"}), None, "host_not_allowed", 403)
        client.headers["authorization"] = "Bearer s3cret"
        json_type = {"content-type": "application/json"}
        for body in (b"{", b'{"temperature": NaN}', b'{"model": "\\ud800"}'):
            assert_refused(client.post(CHAT, content=body, headers=json_type), None, "malformed_json")
        assert_refused(client.post(CHAT, content=b"x"), None, "not_json", 415)
        assert_refused(client.get("/v1/none"), None, "not_found", 404)
        assert_refused(client.put(CHAT), None, "method_not_allowed", 405)
        assert client.get("/v1/models").status_code == 200
