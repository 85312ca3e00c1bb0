"""Settings over HTTP: typed, all or none, secrets never told, nobody locked out."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.store import JobStore
from backend.main import create_app
from tests.api.test_guards import assert_problem
from tests.service_kit import KINDS

SECRET = "sk-not-a-real-key-7f3a"


def setting(client: TestClient, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in client.get("/settings").json()["settings"] if one["name"] == name)
    return found


def env_file() -> Path:
    return Path(os.environ["PIPELINE_ENV_FILE"])


def test_settings_say_what_they_are_and_where_from(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_R", "8")
    env_file().write_text("PORT=9000\n")
    port, rank, model = (setting(client, name) for name in ("PORT", "LORA_R", "EVAL_MODEL"))
    assert (port["value"], port["default"], port["source"], port["needs_restart"]) == (9000, 8000, ".env", True)
    assert port["schema"] == {"type": "integer", "minimum": 1, "maximum": 65535}
    assert port["help"] == "Port the service listens on"
    assert (rank["value"], rank["source"], rank["editable"], rank["needs_restart"]) == (8, "env", False, False)
    locks = (port["locked_by"], rank["locked_by"], setting(client, "DATA_DIR")["locked_by"])
    assert locks == (None, "environment", "owner")
    assert (model["source"], model["group"]) == ("default", "Language model service")


def test_a_secret_is_written_and_never_read(client: TestClient) -> None:
    answer = client.put("/settings", json={"OPENAI_API_KEY": SECRET, "HF_TOKEN": "short"})
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    assert SECRET not in client.get("/settings").text
    assert setting(client, "OPENAI_API_KEY")["value"] == {"set": True, "last4": "7f3a"}
    assert setting(client, "HF_TOKEN")["value"] == {"set": True, "last4": None}
    assert SECRET in env_file().read_text()
    assert stat.S_IMODE(env_file().stat().st_mode) == 0o600


def test_all_or_nothing_with_an_error_for_each_field(client: TestClient) -> None:
    env_file().write_text("# mine\nPORT=9000\n")
    before = env_file().read_bytes()
    answer = client.put("/settings", json={"EVAL_MODEL": "x", "PORT": 0, "NOPE": "1", "DATA_DIR": "/etc"})
    assert_problem(answer, 422, "validation_error")
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", n] for n in ("PORT", "NOPE", "DATA_DIR")]
    assert env_file().read_bytes() == before


def test_the_environment_goes_first(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVAL_MODEL", "")
    answer = client.put("/settings", json={"EVAL_MODEL": "x"})
    assert "The environment goes first" in answer.json()["errors"][0]["msg"]
    assert not env_file().exists()


def test_null_takes_a_setting_back_and_comments_stay(client: TestClient) -> None:
    env_file().write_text("# which judge\nEVAL_MODEL=mine # for now\nPORT=9000\n")
    assert client.put("/settings", json={"EVAL_MODEL": None}).status_code == 200
    assert env_file().read_text() == "# which judge\n# for now\nEVAL_MODEL=\nPORT=9000\n"
    assert setting(client, "EVAL_MODEL")["source"] == "default"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"HOST": "0.0.0.0"}, "HOST"),
        ({"ALLOWED_HOSTS": ["elsewhere.test"]}, "ALLOWED_HOSTS"),
        ({"API_TOKEN": "with blank"}, "API_TOKEN"),
        ({"DASHBOARD_ORIGIN": "http://evil.test"}, "DASHBOARD_ORIGIN"),
        ({"OPENAI_API_BASE": "http://169.254.169.254/v1"}, "OPENAI_API_BASE"),
        ({"OPENAI_API_BASE": "http://2852039166/v1"}, "OPENAI_API_BASE"),
        ({"OPENAI_API_BASE": "http://me:pw@llm.test/v1"}, "OPENAI_API_BASE"),
        ({"INFERENCE_SERVER_URL": "file:///etc/passwd"}, "INFERENCE_SERVER_URL"),
        ({"BASE_MODEL_NAME": "/etc"}, "BASE_MODEL_NAME"),
        ({"BASE_MODEL_NAME": "a/../../b"}, "BASE_MODEL_NAME"),
        ({"EVAL_MODEL": "two\nADMIN=1"}, "EVAL_MODEL"),
        ({"EVAL_MODEL": 7}, "EVAL_MODEL"),
        ({"LORA_R": [8]}, "LORA_R"),
    ],
)
def test_what_would_lock_out_or_lead_astray_is_refused(changes: dict[str, Any], name: str, client: TestClient) -> None:
    answer = client.put("/settings", json=changes, headers={"host": "localhost"})
    assert_problem(answer, 422, "validation_error")
    assert answer.json()["errors"][0]["loc"] == ["body", name]
    assert not env_file().exists()


def test_an_open_address_comes_with_a_token_and_keeps_it(client: TestClient) -> None:
    assert client.put("/settings", json={"HOST": "0.0.0.0", "API_TOKEN": "t" * 32}).status_code == 200
    refused = client.put("/settings", json={"API_TOKEN": None})
    assert refused.json()["errors"][0]["loc"] == ["body", "API_TOKEN"]


def test_a_stored_key_goes_to_no_new_address(client: TestClient) -> None:
    assert client.put("/settings", json={"OPENAI_API_KEY": SECRET}).status_code == 200
    refused = client.put("/settings", json={"OPENAI_API_BASE": "https://elsewhere.test/v1"})
    assert "give it in the same request" in refused.json()["errors"][0]["msg"]
    both = {"OPENAI_API_BASE": "https://elsewhere.test/v1", "OPENAI_API_KEY": "another"}
    assert client.put("/settings", json=both).status_code == 200


def test_a_file_that_cannot_be_read_is_told(client: TestClient) -> None:
    env_file().write_bytes(b"PORT=9000\n\xff\n")
    assert_problem(client.get("/settings"), 503, "settings_unreadable")
    assert "line 2, column 1" in client.get("/settings").json()["detail"]
    assert_problem(client.put("/settings", json={"PORT": 9001}), 503, "settings_unreadable")
    assert env_file().read_bytes() == b"PORT=9000\n\xff\n"


def test_settings_stand_in_parts(client: TestClient) -> None:
    told = client.get("/settings").json()
    parts = {part["id"]: (part["title"], part["of_runs"]) for part in told["sections"]}
    assert parts["address-and-access"] == ("Address and access", False)
    assert parts["training"] == ("Training", True)
    sections = {one["name"]: (one["section"], one["group"]) for one in told["settings"]}
    assert sections["LORA_R"] == ("training", "LoRA")
    assert sections["EVAL_MODEL"] == ("language-model-service", "Language model service")
    assert sections["MAX_COST"] == ("evaluation", "Language model service")
    assert len(parts) == len(told["sections"])
    assert {section for section, _ in sections.values()} <= parts.keys()


def test_a_setting_that_the_service_does_not_work_with_yet_says_so(tmp_path: Path) -> None:
    folders = ("STATE_DIR", "MODEL_OUTPUT_DIR", "DATA_DIR", "EVALUATION_DIR")
    env_file().write_text("".join(f"{name}={tmp_path / name}\n" for name in folders) + "PORT=9000\n")
    with TestClient(create_app(store=JobStore(), job_kinds=KINDS)) as client:
        assert not setting(client, "PORT")["awaits_restart"]
        assert client.put("/settings", json={"PORT": 9001, "EVAL_MODEL": "x"}).status_code == 200
        assert setting(client, "PORT")["awaits_restart"]
        assert not setting(client, "EVAL_MODEL")["awaits_restart"]
