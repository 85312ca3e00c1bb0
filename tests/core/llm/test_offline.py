"""Without a key, without a network, without a trace of the key."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput
from backend.core.llm import LLMSession
from backend.core.llm.access import access_for
from backend.core.params.llm import LLMParams
from tests.core.llm.kit import ROOT, answered, asks, in_time, program, rows, state
from tests.llm_server import Plan, fake_server

KEY = "sk-secret-4711-do-not-tell"

NO_SOCKETS = """
import sys
def deny(event, args):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        raise SystemExit(f"{event} {args}")
sys.addaudithook(deny)
sys.argv = ["asking_program", sys.argv[1]]
import runpy
runpy.run_module("tests.core.llm.asking_program", run_name="__main__")
"""


def test_without_a_key_nothing_is_sent_or_written(tmp_path: Path) -> None:
    """E6: no key for a server elsewhere: no request, exit 2, the variable named, at once."""
    folder = tmp_path / "run"
    began = time.monotonic()
    with pytest.raises(InvalidInput, match="OPENAI_API_KEY is not set"):
        LLMSession(LLMParams(), Settings(), folder, model="m", phase="x", total=1).__enter__()
    assert in_time(time.monotonic() - began, 2)
    assert not folder.exists()
    child = program(folder, 3, {"openai_api_base": "https://llm.example/v1"})
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, "Traceback" in errors, folder.exists()) == (2, False, False)
    assert "OPENAI_API_KEY" in errors


def test_mock_needs_no_network(tmp_path: Path) -> None:
    """E6: mock opens no socket; where the system lets us, in a network namespace without interfaces too."""
    given = json.dumps({"folder": str(tmp_path), "count": 20, "params": {"mock": True}})
    done = subprocess.run([sys.executable, "-c", NO_SOCKETS, given], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["back"] == 20
    if shutil.which("unshare") and not subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        module = [sys.executable, "-m", "tests.core.llm.asking_program", given]
        subprocess.run(["unshare", "-rn", *module], cwd=ROOT, capture_output=True, check=True)


def test_test_mode_implies_mock_and_every_file_says_so(tmp_path: Path) -> None:
    settings = Settings(pipeline_test_mode=True)
    with LLMSession(LLMParams(), settings, tmp_path, model="m", phase="x", total=3) as session:
        session.ask_all(asks(3))
    assert session.mock
    assert state(tmp_path)["mock"] == "MOCK"
    for name in ("journal.jsonl", "attempts.jsonl"):
        assert {row["mock"] for row in rows(tmp_path / name)} == {"MOCK"}
    assert (session.totals.cost, state(tmp_path)["totals"]["tokens"]) == (None, None)


def test_mock_answers_are_the_same_every_time(tmp_path: Path) -> None:
    """E15, as far as it is the client's: the same questions get the same answers, byte for byte but for times."""
    for name in ("one", "two"):
        answered(None, tmp_path / name, asks(50))

    def without_times(name: str) -> list[dict[str, object]]:
        return [row | {"latency_s": 0} for row in rows(tmp_path / name / "journal.jsonl")]

    assert without_times("one") == without_times("two")


@pytest.mark.parametrize("fault", ["401", "500"])
def test_the_key_is_nowhere(tmp_path: Path, fault: str) -> None:
    """E20: not in a file, a log, a traceback or a process title, even of a server that quotes it in its errors."""
    plan = Plan(key="another" if fault == "401" else KEY, always={"question 1:": fault})
    with fake_server(plan) as server:
        given = {"openai_api_base": server.url, "max_attempts": 2}
        child = program(tmp_path / "run", 3, given, OPENAI_API_KEY=KEY, OPENAI_LOG="debug")
        title = b""
        while child.poll() is None and not (tmp_path / "run" / "state.json").exists():
            title += Path(f"/proc/{child.pid}/cmdline").read_bytes()
        output = "".join(child.communicate(timeout=60)).encode()
        assert all(row["key"] for row in server.log())
    assert child.returncode == {"401": 4, "500": 3}[fault]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 3
    assert not any(KEY.encode() in text for text in [*written, output, title])
    if fault == "401":
        assert b"Incorrect API key provided: [key]" in output


def test_the_key_shows_in_no_representation() -> None:
    settings = Settings(openai_api_key=SecretStr(KEY))
    access = access_for(LLMParams(), settings)
    assert access.key == KEY
    assert KEY not in f"{access!r} {settings!r} {access}"


def test_what_stands_for_no_key_is_left_in_answers() -> None:
    access = access_for(LLMParams(), Settings(openai_api_key=SecretStr("EMPTY")))
    assert access.without_key("EMPTY is a word") == "EMPTY is a word"


def test_other_keys_by_the_name_of_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", " abc\n")
    params = LLMParams(openai_api_base="https://api.deepseek.example/v1", api_key_env="DEEPSEEK_API_KEY")
    assert access_for(params, Settings(openai_api_key=SecretStr(KEY))).key == "abc"
    for name in ("API_TOKEN", "HF_TOKEN", "PATH", "openai_api_key"):
        with pytest.raises(ValueError, match="api_key_env"):
            LLMParams(api_key_env=name)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost:8000", "is no address"), ("ftp://127.0.0.1/v1", "is no address"), ("http://", "is no address"),
        ("http://127.0.0.1:99999/v1", "is no address"), ("http://me:pw@127.0.0.1/v1", "holds a name or a password"),
    ],
)  # fmt: skip
def test_addresses_that_are_none(address: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        access_for(LLMParams(openai_api_base=address), Settings())


def test_a_key_of_openai_for_another_host_is_told(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(openai_api_key=SecretStr(KEY), openai_api_base="https://llm.example/v1/")
    assert access_for(LLMParams(), settings).base_url == "https://llm.example/v1"
    assert "OPENAI_API_KEY is sent to llm.example" in caplog.text
    assert KEY not in caplog.text


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example")
    monkeypatch.setenv("no_proxy", "elsewhere.example")
    with fake_server() as server:
        assert answered(server, tmp_path, asks(1))[0].status == "ok"
    assert os.environ["NO_PROXY"] == "elsewhere.example,127.0.0.1"


def check_memory(folder: Path, count: int, limit_mb: float) -> None:
    """E21 with this many questions, twice: asked, then read from the journal."""
    for _ in range(2):
        child = program(folder, count, {"mock": True})
        output, errors = child.communicate(timeout=600)
        assert child.returncode == 0, errors
        told = json.loads(output)
        assert told["back"] == count
        assert told["grown_mb"] < limit_mb
    assert told["requests"] == count


def test_memory_does_not_grow_with_the_questions(tmp_path: Path) -> None:
    """E21: a tenth of the questions must stay below a tenth of the limit of 200 MB."""
    check_memory(tmp_path, 5_000, 20)


@pytest.mark.campaign
def test_memory_with_fifty_thousand_questions(tmp_path: Path) -> None:
    """E21 with the full number."""
    check_memory(tmp_path, 50_000, 200)
