"""Every place of the API's schema in which a text can be sent, and requests that are whole but for that text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient

Wrap = Callable[[Any], Any]
Schema = Mapping[str, Any]

USER = {"role": "user", "content": "x"}
ANSWER = {"role": "assistant", "content": "y"}
MODELS = {"models": ["own"], "dataset_path": "rows.json"}
BODIES: dict[str, dict[str, Any]] = {
    "/train": {"adapter_name": "new", "dataset_path": "rows.json", "base_model_name": "tiny"},
    "/estimate": {"dataset_path": "rows.json", "base_model_name": "tiny"},
    "/estimate/fit": {"dataset_path": "rows.json", "base_model_name": "tiny"},
    "/merge": {"adapters": ["own", "other"], "output_dir": "new"},
    "/evaluate": {**MODELS, "metric": "exact_match"}, "/evaluate/estimate": {**MODELS, "metric": "exact_match"},
    "/datasets/generate": {"topic": "x", "model_gen": "m"}, "/datasets/generate/plan": {"topic": "x"},
    "/datasets/generate/sample": {"topic": "x", "model_gen": "m"},
    "/models/download": {"model": "owner/name"},
    "/export": {"model": "own", "output_dir": "new"},
    "/publish": {"folder": "own", "repo_id": "owner/name", "license": "mit"},
    "/generate": {"messages": [USER], "model": "tiny"},
    "/v1/chat/completions": {"messages": [USER], "model": "tiny"}, "/v1/completions": {"prompt": "x", "model": "tiny"},
    "/datasets/{name}/records": {"messages": [USER, ANSWER]},
    "/datasets/{name}/records/{index}": {"record": {"input": "a", "output": "b"}, "version": "x"},
    "/datasets/{name}/columns": {"column_mapping": {"input": "a"}, "version": "x"},
    "/datasets/{name}/deduplicate": {"version": "x"}, "/datasets/{name}/split": {"share": 0.5},
    "/datasets/{name}": {"name": "new.json", "version": "x"}, "/datasets/undo": {"undo": "x"},
    "/jobs/{job_id}": {"name": "x"},
    "/jobs/{job_id}/rows/{row_id}": {"decision": "accepted"}, "/jobs/{job_id}/publish": {"name": "new"},
    "/adapters/{name}": {"description": "x"}, "/session": {"token": "x"}, "/settings": {"EVAL_MODEL": "x"},
    "/job-kinds/{kind}/read": {"text": "lora_r: 8"}, "/job-kinds/{kind}/write": {"params": {"lora_r": 8}},
    "/sweeps": {"params": {"adapter_name": "new", "dataset_path": "rows.json", "base_model_name": "tiny"},
                "vary": {"lora_r": [4, 8]}},
    "/sweeps/estimate": {"params": {"dataset_path": "rows.json"}, "vary": {"lora_r": [4, 8]}},
    "/configs/{kind}/{name}": {"params": {"lora_r": 8}},
    "/settings/test/{what}": {"INFERENCE_SERVER_KEY": "x"},
}  # fmt: skip
"""What is whole, by address; the adapters `own` and `other` and the dataset `rows.json` are there."""
WITHOUT_TEXT: dict[str, dict[str, Any]] = {"/jobs/{job_id}/move": {"to": 1}}
"""Further bodies, in which no text can stand."""
OWN_NAMES = {"adapter_name": "new", "output_dir": "new", "name": "new"}
"""What a job makes: of every request its own."""
ADDRESS = {
    "kind": "train",
    "name": "rows.json",
    "job_id": "absent",
    "row_id": "1",
    "index": "0",
    "run": "run_absent",
    "model": "tiny",
    "what": "inference-server",
}
SETTINGS = ("EVAL_MODEL", "BASE_MODEL_NAME", "DATASET_NAME", "DATA_DIR", "MODEL_OUTPUT_DIR", "API_TOKEN", "HOST")
ELSEWHERE = ("/generate", "prompt")
"""A prompt in place of messages."""

_numbers = itertools.count()


@dataclass(frozen=True)
class Place:
    """Where a text goes.

    Args:
        method, path: of the operation.
        where: `path`, `query`, `header` or `body`.
        name: for people.
        wrap: puts the text into the body, or gives it as it is.
    """

    method: str
    path: str
    where: str
    name: str
    wrap: Wrap

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.where}:{self.name}"

    def send(self, client: TestClient, text: str) -> Any:
        """The answer to a request with the text in this place."""
        number = next(_numbers)
        address = {**ADDRESS, **({"name": f"new{number}.json"} if self.path.endswith("/records") else {})}
        if self.where == "path":
            address[self.name] = text
        path = self.path
        for name, value in address.items():
            given = quote(value, safe="", errors="surrogatepass")
            path = path.replace(f"{{{name}}}", given).replace(f"{{{name}:path}}", given)
        query = f"?{self.name}={quote(text, safe='', errors='surrogatepass')}" if self.where == "query" else ""
        if self.path not in BODIES or self.method in ("GET", "DELETE"):
            content = b'[{"input": "a", "output": "b"}]' if self.method == "POST" else None
            return client.request(self.method, path + query, content=content, headers=UPLOAD if content else {})
        body = _named({**BODIES[self.path], **(self.wrap(text) if self.where == "body" else {})}, f"made-{number}")
        if ELSEWHERE[0] == self.path and ELSEWHERE[1] in body:
            del body["messages"]
        return client.request(self.method, path + query, content=json.dumps(body).encode(), headers=JSON)


def _named(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The body with a name of its own for what it makes, itself or by the parameters in it."""
    own = {field: name for field, value in OWN_NAMES.items() if body.get(field) == value}
    inner = body.get("params")
    return {**body, **own, **({"params": _named(inner, name)} if isinstance(inner, Mapping) else {})}


JSON = {"content-type": "application/json"}
UPLOAD = {"content-type": "application/octet-stream"}


def places_of(schema: Schema) -> list[Place]:
    """Every place, those of addresses and queries too; a header's text is ASCII and no name of ours."""
    found = [Place("GET", "/ui/{path:path}", "path", "path", _as_it_is)]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for given in operation.get("parameters", ()):
                if given["in"] in ("path", "query"):
                    found.append(Place(method.upper(), path, given["in"], given["name"], _as_it_is))
            form = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            for name, wrap in _texts(schema, form or {}):
                found.append(Place(method.upper(), path, "body", name, wrap))
    return found


def _as_it_is(text: Any) -> Any:
    return text


def _texts(schema: Schema, form: Schema, name: str = "") -> Iterator[tuple[str, Wrap]]:
    """The places of a form that take a text."""
    if "$ref" in form:
        form = schema["components"]["schemas"][form["$ref"].rpartition("/")[2]]
    for option in form.get("anyOf", ()):
        yield from _texts(schema, option, name)
    if form.get("type") == "string":
        yield name, _as_it_is
    for key, inner in form.get("properties", {}).items():
        for deeper, wrap in _texts(schema, inner, f"{name}.{key}"):
            yield deeper, _in_object(key, wrap, USER if key in USER else {})
    if form.get("items"):
        for deeper, wrap in _texts(schema, form["items"], f"{name}[]"):
            yield deeper, _in_list(wrap)
    if isinstance(form.get("additionalProperties"), dict):
        yield f"{name}{{}}", lambda text: {"input": text}
        yield f"{name}{{key}}", lambda text: {text: "input"}
    if "patternProperties" in form:
        yield "key", lambda text: {text: "x"}
        for key in SETTINGS:
            yield key, _in_object(key, _as_it_is, {})


def _in_object(key: str, wrap: Wrap, beside: Schema) -> Wrap:
    return lambda text: {**beside, key: wrap(text)}


def _in_list(wrap: Wrap) -> Wrap:
    return lambda text: [wrap(text)]
