"""Programs that people already have, against a real service: they must not notice that it is not OpenAI's."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service_kit import until
from tests.serving_kit import RunningService, add_adapter, running_service

HERE = Path(__file__).parent
KEY = "s3cret"
INSTALL_SECONDS = 240


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    add_adapter(folder, "physics")
    with running_service(folder, api_token=KEY) as service:
        yield service


@pytest.fixture(scope="module")
def current() -> int:
    """The major version of the `openai` package that is installed."""
    pytest.importorskip("openai", reason="the openai package is not installed: pip install --group dev")
    return int(importlib.metadata.version("openai").partition(".")[0])


@pytest.fixture(scope="module")
def previous(current: int, pytestconfig: pytest.Config) -> Path:
    """A folder with the major version before, fetched once."""
    folder = Path(pytestconfig.cache.mkdir(f"openai-{current - 1}"))  # type: ignore[union-attr]
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        wanted = f"openai>={current - 1},<{current}"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), wanted]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip(f"{wanted} could not be fetched within {INSTALL_SECONDS} seconds")
        if done.returncode:
            pytest.skip(f"{wanted} could not be fetched: {done.stderr.strip().splitlines()[-1]}")
        (folder / "complete").touch()
    return folder


def walk(service: RunningService, folder: Path, packages: str = "") -> dict[str, Any]:
    """What `openai_walk.py` sees with the packages of a folder."""
    command = [sys.executable, str(HERE / "openai_walk.py"), f"{service.url}/v1", KEY, str(folder / "cue")]
    environ = {**os.environ, "PYTHONPATH": packages}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environ)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_all_is_well(seen: dict[str, Any]) -> None:
    assert seen["models"] == {"listed": ["Qwen/Qwen2.5-0.5B-Instruct", "tiny", "physics"], "owned_by": "adapter"}
    assert seen["chat"] == {
        "text": "word0 word1 ", "finish": "stop", "choices": 2, "tokens": ["word0 ", "word1 "], "total": 7,
    }  # fmt: skip
    turns = [("user", "words 1"), ("assistant", "word0 "), ("user", "Why?")]
    assert [(turn["role"], turn["content"]) for turn in seen["conversation"]["messages"]] == turns
    assert (seen["conversation"]["top_k"], seen["conversation"]["min_p"]) == (5, 0.5)
    assert seen["chat_stream"] == {"pieces": ["word0 ", "word1 ", "word2 "], "total": 6}
    assert seen["chat_stream_helper"] == {"text": "word0 word1 word2 ", "deltas": 4}
    assert seen["completions"] == {
        "texts": ["word0 ", "word0 word1 "], "tokens": ["word0 ", "word1 "], "streamed": ["word0 ", "word1 ", ""],
    }  # fmt: skip
    assert seen["side_by_side"] == [1, 2, 3, 4, 5, 6, 7, 8]
    until(Path(seen["leaving"]).exists)
    assert seen["errors"] == {
        "unknown_model": ["NotFoundError", 404, "model_not_found", None],
        "tools": ["BadRequestError", 400, "unsupported_parameter", "tools"],
        "too_long": ["BadRequestError", 400, "context_length_exceeded", "messages"],
        "temperature": ["BadRequestError", 400, "invalid_input", "temperature"],
        "wrong_key": ["AuthenticationError", 401, "invalid_api_key", None],
        "worker_died": ["InternalServerError", 503, "worker_failed", None],
        "worker_died_in_a_stream": ["APIError", None, "worker_failed", None],
        "busy": ["RateLimitError", 429, "worker_busy", None],
    }


def test_hugging_faces_client(service: RunningService) -> None:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: pip install .[ml]")
    # Its switch for no network would stop it here too, and all it calls is this machine.
    environ = {**os.environ, "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-c", HUGGING_FACE, f"{service.url}/v1", KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environ)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["word0 word1 word2 ", 6, "word0 word1 word2 ", 404]


def test_the_openai_package(service: RunningService, tmp_path: Path, current: int) -> None:
    seen = walk(service, tmp_path)
    assert int(seen["version"].partition(".")[0]) == current
    assert_all_is_well(seen)


def test_the_openai_package_of_the_major_version_before(
    service: RunningService, tmp_path: Path, current: int, previous: Path
) -> None:
    seen = walk(service, tmp_path, str(previous))
    assert int(seen["version"].partition(".")[0]) == current - 1
    assert_all_is_well(seen)


HUGGING_FACE = """
import json, sys
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
client = InferenceClient(base_url=sys.argv[1], api_key=sys.argv[2])
asked = {"model": "physics", "messages": [{"role": "user", "content": "words 3"}]}
whole = client.chat.completions.create(**asked, max_tokens=9, temperature=0.5, seed=7)
pieces = [chunk.choices[0].delta.content or "" for chunk in client.chat_completion(**asked, stream=True)]
try:
    client.chat_completion(**{**asked, "model": "none"})
except HfHubHTTPError as error:
    status = error.response.status_code
print(json.dumps([whole.choices[0].message.content, whole.usage.total_tokens, "".join(pieces), status]))
"""
