"""S5: 26 secrets go through every flow, and none comes out; 200 ordinary lines come out as they went in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from backend.core.redaction import HIDDEN, SECRET_NAMES, redact_handlers, redacted
from tests.campaign import tell
from tests.security.ordinary_lines import LINES
from tests.service_kit import KINDS, app_in, processes_of, status, until_ended, until_status

KNOWN = {
    "API_TOKEN": "canary-of-the-token-0001",
    "OPENAI_API_KEY": "canary-of-the-judge-0002",
    "INFERENCE_SERVER_KEY": "canary-of-the-server-0003",
    "HF_TOKEN": "canary-of-the-hub-0004",
    "MY_JUDGE_API_KEY": "canary-of-another-judge-0005",
    "AWS_SECRET_ACCESS_KEY": "canary/of+the/cloud=0006",
    "DATABASE_PASSWORD": "canary of the database 0007",
    "GITHUB_TOKEN": "canary-of-the-forge-0008",
    "WEBHOOK_URL": "https://hooks.example.test/canary-of-the-hook-0024",
    "WEBHOOK_SECRET": "canary-of-the-signature-0025",
    "WANDB_API_KEY": "canary-of-the-tracker-0026",
    "MLFLOW_TRACKING_TOKEN": "canary-of-the-other-tracker-0027",
    "SOME_CLIENT_SECRET": "canary$of\"the'client\\0009",
}
"""Secrets of this machine, found by their values."""

SHAPED = [
    "hf_" + "canaryCANARYcanary010aB",
    "hf_" + "x1" * 17,
    "sk-" + "canary0000000000000011",
    "sk-proj-" + "canary_000000-000000012",
    "sk-ant-" + "api03-canary-0000000013",
    "ghp_" + "canary0000000000000000000000000014",
    "github_pat_" + "11CANARY00000000000000_canary0015",
    "xoxb-" + "1234567890-canary0016",
    "AKIA" + "CANARY0000000017"[:16],
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjE4fQ.canary00000018",
    "session=" + "1795455600.canary0019.Q2FuYXJ5MDAwMDAwMDE5",
    "gho_" + "canary000000000000000000000000020a",
    "ghs_" + "canary000000000000000000000000021b",
    "sk-or-" + "v1-canary00000000000000022",
    "hf_" + "CANARY0000000000000000023",
]
"""Secrets that nobody told us of, found by their shapes."""

CANARIES = [*KNOWN.values(), *SHAPED]
WAYS = ("print", "colour", "log", "known", "unknown", "crash")
PAGES = ("status", "logs", "metrics", "tick", "log", "log.txt", "log/search?q=key")


@pytest.fixture(autouse=True)
def _in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KNOWN.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    program = Path(__file__).with_name("leaking_recipe.py")
    kinds = {"train": replace(KINDS["train"], program=program), "side": replace(KINDS["side"], program=program)}
    token = KNOWN["API_TOKEN"]
    app = app_in(tmp_path, kinds, api_token=token)
    (tmp_path / "canaries.json").write_text(json.dumps(CANARIES))
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}, base_url="http://127.0.0.1:8000") as client:
        yield client


def submit(client: TestClient, tmp_path: Path, way: str) -> str:
    body = {"adapter_name": way, "play": way, "wait_for": str(tmp_path / "canaries.json")}
    answer = client.post("/side", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def found_in(text: str) -> list[str]:
    """The secrets in a text, as they are or as JSON writes them."""
    return [canary for canary in CANARIES if canary in text or json.dumps(canary)[1:-1] in text]


def test_there_are_28() -> None:
    assert len(set(CANARIES)) == 28
    assert set(KNOWN) >= SECRET_NAMES


def test_no_secret_comes_out_of_any_flow(client: TestClient, tmp_path: Path) -> None:
    answers: dict[str, str] = {}
    for way in WAYS:
        job_id = submit(client, tmp_path, way)
        until_ended(client, job_id)
        for page in PAGES:
            answers[f"{way} {page}"] = client.get(f"/jobs/{job_id}/{page}").text
    for path in ("/jobs", "/settings", "/system", "/health", "/job-kinds", "/models", "/adapters", "/datasets",
                 "/v1/models", "/openapi.json", "/evaluations"):  # fmt: skip
        answers[path] = client.get(path).text
    for canary in CANARIES:
        answers[f"refused {canary}"] = "".join(
            client.request(method, path, json={"adapter": canary, "prompt": canary, "OPENAI_API_KEY": canary}).text
            for method, path in (("POST", "/generate"), ("POST", "/side"), ("PUT", "/settings"), ("GET", "/nowhere"))
        ) + client.get("/jobs", headers={"Authorization": f"Bearer {canary}x"}).text  # fmt: skip
    leaks = {where: found for where, text in answers.items() if (found := found_in(text))}
    records = [*(tmp_path / "state").glob("jobs.db*"),
               *(tmp_path / "config").rglob("*")]  # fmt: skip
    assert records
    for record in records:
        if found := found_in(record.read_bytes().decode("utf-8", "replace")):
            leaks[record.name] = found
    tell("S5", canaries=len(CANARIES), answers=len(answers), records=len(records), leaks=len(leaks))
    assert leaks == {}
    assert answers["print logs"].count(HIDDEN) >= 2 * len(CANARIES)


def test_what_a_program_logs_or_dies_of_is_written_without_secrets(client: TestClient, tmp_path: Path) -> None:
    for way in ("log", "known", "unknown"):
        job_id = submit(client, tmp_path, way)
        until_ended(client, job_id)
        log = (tmp_path / "state" / "jobs" / job_id / "log.txt").read_text(encoding="utf-8")
        # The keys of the service itself are not in the program's environment; its log is cleared of them when read.
        assert set(found_in(log)) <= {KNOWN[name] for name in SECRET_NAMES}
        assert HIDDEN in log


def test_a_child_has_no_secret_in_its_arguments_and_no_foreign_one_in_its_environment(
    client: TestClient, tmp_path: Path
) -> None:
    job_id = submit(client, tmp_path, "wait")
    until_status(client, job_id, "running")
    (pid,) = processes_of(job_id)
    process = psutil.Process(pid)
    assert found_in(" ".join(process.cmdline())) == []
    assert SECRET_NAMES.isdisjoint(process.environ())
    client.post(f"/jobs/{job_id}/cancel")
    assert until_ended(client, job_id)["status"] == "cancelled"


def test_the_schema_and_the_record_of_a_job_show_none(client: TestClient, tmp_path: Path) -> None:
    schema = client.get("/openapi.json").text
    assert "hf_" not in schema
    assert "sk-" not in schema
    job_id = submit(client, tmp_path, "known")
    until_ended(client, job_id)
    assert HIDDEN in status(client, job_id)["error"]


@pytest.mark.parametrize("line", LINES)
def test_an_ordinary_line_stays_as_it_is(line: str) -> None:
    assert redacted(line) == line


def test_there_are_200_ordinary_lines() -> None:
    assert len(set(LINES)) >= 200
    changed = [line for line in LINES if redacted(line) != line]
    tell("S5", ordinary_lines=len(LINES), changed=len(changed))


@pytest.mark.parametrize("canary", CANARIES)
def test_each_is_found_wherever_it_stands(canary: str) -> None:
    middle = len(canary) // 2
    for text in (
        canary,
        f"({canary})",
        f'"{canary}",',
        f"Authorization: Bearer {canary}",
        f"a\tb {canary}\nnext line",
        f"\x1b[1;31m{canary}\x1b[0m",
        f"x {canary[:middle]}\x1b[31m{canary[middle:]}\x1b[0m",
        f"\x1b]8;;http://evil/\x07{canary}\x1b]8;;\x07",
    ):
        assert found_in(redacted(text)) == []
    assert "next line" in redacted(f"{canary}\nnext line")


def test_an_address_keeps_its_host_and_loses_its_password() -> None:
    assert redacted("GET https://user:pass-1@host:8000/x?y=1") == f"GET https://{HIDDEN}@host:8000/x?y=1"


def test_a_handler_writes_lines_and_tracebacks_without_them() -> None:
    logger, stream = logging.getLogger("tests.secrets"), StringIO()
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(stream))
    redact_handlers(logger)
    redact_handlers(logger)
    try:
        raise ValueError(CANARIES[0])
    except ValueError:
        logger.exception("with %s and %s", CANARIES[1], {"key": CANARIES[12]})
    logger.handlers.clear()
    assert found_in(stream.getvalue()) == []
    assert stream.getvalue().count(HIDDEN) >= 3
    assert "Traceback" in stream.getvalue()


def test_a_changed_env_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file = tmp_path / ".env"
    monkeypatch.setenv("PIPELINE_ENV_FILE", str(env_file))
    secret = "another-canary-of-a-file"
    assert redacted(secret) == secret
    env_file.write_text(f"OTHER_API_KEY={secret}\n")
    assert redacted(secret) == HIDDEN


def test_short_values_and_places_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {"A_TOKEN": "EMPTY", "B_KEY": "/etc/ssl/private/key.pem", "C_API_KEY": "none"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    line = "EMPTY /etc/ssl/private/key.pem none"
    assert redacted(line) == line
