"""Exploits of the nearest systems, each as the request it would be here and what must become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = "the-token-of-this-service-0123456789"
HUB = "some/model"


@dataclass(frozen=True)
class Attempt:
    """A request that once worked somewhere.

    Args:
        id: of the hole.
        surface: where it was, and what it meets here.
        method, path: of the request.
        json: its body; a training's is filled up to a whole one.
        content: its body, if it is no JSON.
        headers: beyond the token.
        statuses: what may be answered; the dashboard's page stands for every address below its own.
        anonymous: sent without the token.
    """

    id: str
    surface: str
    method: str = "POST"
    path: str = "/train"
    json: Mapping[str, Any] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (422,)
    anonymous: bool = False


NO = (400, 403, 404, 405, 409, 413, 415, 422)
CHAT = "/v1/chat/completions"
ASKED = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}

FILES = [
    Attempt("CVE-2023-1177", "MLflow: an absolute source", json={"dataset_path": "/etc/passwd"}),
    Attempt("CVE-2023-2356", "MLflow: dots in a source", json={"dataset_path": "../../../../etc/passwd"}),
    Attempt("CVE-2023-2780", "MLflow: backslashes", json={"dataset_path": "..\\..\\..\\etc\\passwd"}),
    Attempt("CVE-2023-6909", "MLflow: a file URI", json={"dataset_path": "file:///etc/passwd"}),
    Attempt("CVE-2023-6831", "MLflow: deletion by an encoded path", "DELETE", "/adapters/..%2f..%2foutside",
            statuses=NO),
    Attempt("CVE-2024-1560", "MLflow: deletion by a path encoded twice", "DELETE",
            "/adapters/..%252f..%252foutside", statuses=NO),
    Attempt("CVE-2026-2614", "MLflow: a flag that skips the check",
            json={"dataset_path": "../outside/x.json", "skip_validation": True}),
    Attempt("CVE-2026-35397", "Jupyter: a sibling with the same beginning",
            json={"dataset_path": "../data-secret/x.json"}),
    Attempt("CVE-2022-29241", "Jupyter: its own state readable", json={"dataset_path": "../state/jobs.db"}),
    Attempt("CVE-2026-49119", "Gradio: a join that drops its root", json={"output_dir": "models//etc/cron.d/x"}),
    Attempt("CVE-2026-28414", "Gradio: absolute on Windows", json={"dataset_path": "\\windows\\win.ini"}),
    Attempt("CVE-2023-51449", "Gradio: a file beside the page", "GET", "/ui/..%2f..%2f..%2f.env", statuses=(200, 404)),
    Attempt("CVE-2024-1561", "Gradio: any file by a component's method", "GET", "/ui/%2fetc%2fpasswd",
            statuses=(200, 404)),
    Attempt("CVE-2021-43831", "Gradio: a file under the working folder", "GET", "/file/.env", statuses=(404,)),
    Attempt("CVE-2023-6020", "Ray: a static file of the machine", "GET", "/static/js/../../../../etc/passwd",
            statuses=(404,)),
    Attempt("CVE-2023-6021", "Ray: a log by its path", "GET", "/jobs/..%2f..%2f..%2fetc%2fpasswd/logs",
            statuses=(404,)),
    Attempt("CVE-2026-56671", "ComfyUI: a preview by its path", "GET", "/datasets/..%2f..%2fetc%2fpasswd/preview",
            statuses=NO),
    Attempt("CVE-2025-67303", "ComfyUI-Manager: configuration as user data",
            json={"dataset_path": "../config/adapters.json"}),
    Attempt("CVE-2026-123790", "ComfyUI: a name joined after the check", json={"adapter_name": "a/../../outside"}),
    Attempt("CVE-2024-37032", "Ollama: a digest that is a path", "POST", "/models/download",
            json={"model": "sha256:../../../../etc/cron.d/x"}),
    Attempt("CVE-2026-103663", "Ollama: the same again", "POST", "/models/download",
            json={"model": HUB, "revision": "../../../../../outside"}),
    Attempt("CVE-2024-45436", "Ollama: a zip that leads out", "POST", "/datasets?name=x.zip",
            content=b"PK\x03\x04" + b"../../../outside/x" * 9, headers={"content-type": "application/octet-stream"},
            statuses=NO),
    Attempt("CVE-2026-35050", "text-generation-webui: a program in place of data", "POST", "/datasets?name=evil.py",
            content=b"import os", headers={"content-type": "application/octet-stream"}, statuses=NO),
    Attempt("LocalAI-dataset-source", "LocalAI: the environment as a dataset",
            json={"dataset_path": "/proc/self/environ"}),
    Attempt("CVE-2022-36551", "Label Studio: a dataset by its address",
            json={"dataset_path": "http://169.254.169.254/latest/meta-data"}),
    Attempt("CVE-2026-45400", "Open WebUI: an address read by two parsers", "POST", "/models/download",
            json={"model": "http://evil.test\\@127.0.0.1/x"}),
    Attempt("CVE-2026-24779", "vLLM: an address in a message", "POST", CHAT, json={**ASKED, "messages": [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}]}]},
        statuses=NO),
]  # fmt: skip

COMMANDS = [
    Attempt("CVE-2024-52803", "LLaMA-Factory: a folder's name in a shell",
            json={"output_dir": "models/x; touch canary #"}),
    Attempt("CVE-2023-6019", "Ray: a parameter in a shell", json={"adapter_name": "$(touch canary)"}),
    Attempt("CVE-2026-0596", "MLflow: a model's address in a shell",
            json={"base_model_name": "some/model`touch canary`"}),
    Attempt("CVE-2026-58116", "LLaMA-Factory: code of the model", json={"trust_remote_code": True}),
    Attempt("CVE-2026-86169", "Axolotl: a flag with a third state", json={"trust_remote_code": None}),
    Attempt("GHSA-hv5m", "text-generation-webui: any flag of the server", json={"extra_flags": "trust-remote-code"}),
    Attempt("CVE-2025-62426", "vLLM: arguments of a template", "POST", CHAT,
            json={**ASKED, "chat_template_kwargs": {"tokenize": True}}, statuses=NO),
    Attempt("GHSA-542m-9234-8gvf", "vLLM: a template in a request", "POST", CHAT,
            json={**ASKED, "chat_template": "{% for a in range(99999) %}{% endfor %}"}, statuses=NO),
    Attempt("CVE-2026-34756", "vLLM: answers without number", "POST", CHAT, json={**ASKED, "n": 10**6}, statuses=NO),
    Attempt("CVE-2026-22777", "ComfyUI-Manager: a line break in a setting", "PUT", "/settings",
            json={"EVAL_MODEL": "gpt\r\nAPI_TOKEN="}, statuses=NO),
]  # fmt: skip

SENDERS = [
    Attempt("CVE-2026-48797", "Backpropagate: a login that was announced and not asked for", anonymous=True,
            statuses=(401,)),
    Attempt("CVE-2026-2652", "MLflow: the jobs beside the login", "GET", "/jobs", anonymous=True, statuses=(401,)),
    Attempt("CVE-2023-48022", "Ray: jobs for everybody", "POST", "/evaluate", json={}, anonymous=True,
            statuses=(401,)),
    Attempt("CVE-2026-2635", "MLflow: a password that is shipped", "GET", "/jobs", anonymous=True,
            headers={"authorization": "Bearer password1234"}, statuses=(401,)),
    Attempt("CVE-2026-45339", "Open WebUI: the key in another header", "GET", "/jobs", anonymous=True,
            headers={"x-api-key": TOKEN}, statuses=(401,)),
    Attempt("CVE-2024-28224", "Ollama: another name for this address", "GET", "/jobs",
            headers={"host": "evil.test:8000"}, statuses=(403,)),
    Attempt("ComfyUI-12860", "ComfyUI: another name, and its own page",
            headers={"host": "evil.test:8000", "origin": "http://evil.test:8000"}, statuses=(403,)),
    Attempt("CVE-2025-62593", "Ray: a page told by its program's name",
            headers={"user-agent": "curl/8", "origin": "http://evil.test"}, statuses=(403,)),
    Attempt("CVE-2026-27482", "Ray: DELETE forgotten", "DELETE", "/jobs/x", headers={"origin": "http://evil.test"},
            statuses=(403,)),
    Attempt("CVE-2024-47084", "Gradio: no check with a cookie",
            headers={"origin": "http://evil.test", "cookie": "session=1.x.y"}, statuses=(403,)),
    Attempt("CVE-2024-47165", "Gradio: the origin null", headers={"origin": "null"}, statuses=(403,)),
    Attempt("CVE-2025-5320", "Gradio: an origin that looks like ours",
            headers={"origin": "http://127.0.0.1:8000.evil.test"}, statuses=(403,)),
    Attempt("CVE-2024-10481", "ComfyUI: a form of another page", content=b'{"adapter_name": "x"}',
            headers={"content-type": "text/plain", "sec-fetch-site": "cross-site"}, statuses=(403,)),
    Attempt("CVE-2026-48797-form", "Backpropagate: a form", content=b"adapter_name=x",
            headers={"content-type": "application/x-www-form-urlencoded"}, statuses=(415,)),
    Attempt("CVE-2023-39968", "Jupyter: a redirect to elsewhere", "GET", "//evil.test/%2f..", statuses=(404,)),
    Attempt("CVE-2025-62727", "Starlette: ranges without end", "GET", "/ui/",
            headers={"range": "bytes=" + "0-1," * 3000 + "0-1"}, statuses=(200, 206, 400, 404, 416, 431)),
]  # fmt: skip

ATTEMPTS = [*FILES, *COMMANDS, *SENDERS]
