"""S14: every hole of the nearest systems that has its like here is tried, under its number."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.api.session import new_session, signed_in
from backend.core.data.prompts import Template
from backend.core.errors import BadModel, InvalidInput, PipelineError
from backend.core.models.folder import require_safe
from backend.core.redaction import redacted
from backend.jobs.kinds import JOB_KINDS
from tests.campaign import tell
from tests.security.artifacts import ARTIFACTS, canary_of, honest
from tests.security.history import ATTEMPTS, TOKEN, Attempt
from tests.service_kit import app_in, until_ended

ROOT = Path(__file__).parents[2]
TELLING = Path(__file__).with_name("telling_recipe.py")

ARTIFACT_IDS = {
    "CVE-2025-53002": "pytorch_model.bin",
    "CVE-2025-32434": "a .pt beside the weights",
    "CVE-2026-1839": "a .pth in a subfolder",
    "CVE-2025-50472": "a hidden pickle (CVE-2025-50472)",
    "CVE-2026-4372": "_attn_implementation_internal (CVE-2026-4372)",
    "CVE-2026-5241": "nested trust_remote_code (CVE-2026-5241)",
    "CVE-2026-93348": "a newline in a nested model_type (CVE-2026-93348)",
    "CVE-2026-7482": "offsets past the end",
    "PEFT-parent-library": "auto_mapping.parent_library",
    "CVE-2025-15379": "a class that is an expression",
}
"""Holes in what was loaded, with the artifact that has their like."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service's folders, with something to steal beside them."""
    place = tmp_path_factory.mktemp("history")
    for name in ("data", "data-secret", "outside"):
        (place / name).mkdir()
        (place / name / "x.json").write_text(json.dumps([{"input": "a", "output": "stolen-goods"}]))
    return place


@pytest.fixture(scope="module")
def client(place: Path) -> Iterator[TestClient]:
    kinds = {name: replace(kind, program=TELLING) for name, kind in JOB_KINDS.items()}
    app = app_in(place, kinds, api_token=TOKEN)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def content_of(place: Path) -> str:
    """All files but the job table's own, as a hash."""
    digest = hashlib.sha256()
    for path in sorted(place.rglob("*")):
        if path.is_file() and "state" not in path.relative_to(place).parts:
            digest.update(str(path.relative_to(place)).encode() + path.read_bytes())
    return digest.hexdigest()


def body_of(attempt: Attempt) -> dict[str, object] | None:
    if attempt.content is not None or attempt.method not in ("POST", "PUT"):
        return None
    whole = {"adapter_name": "a", "dataset_path": "x.json", "base_model_name": "tiny"}
    return {**(whole if attempt.path == "/train" else {}), **(attempt.json or {})}


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.id)
def test_it_is_refused(attempt: Attempt, client: TestClient, place: Path) -> None:
    before = content_of(place)
    headers = {} if attempt.anonymous else {"authorization": f"Bearer {TOKEN}"}
    answer = client.request(
        attempt.method, attempt.path, json=body_of(attempt), content=attempt.content,
        headers={**headers, **attempt.headers}, follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code in attempt.statuses, answer.text
    assert "evil.test" not in answer.headers.get("location", "")
    for stolen in ("root:", "stolen-goods", "API_TOKEN="):
        assert stolen not in answer.text
    assert content_of(place) == before
    assert not list(ROOT.glob("canary*"))
    jobs = client.get("/jobs", headers={"authorization": f"Bearer {TOKEN}"}).json()
    assert jobs["total"] == 0


@pytest.mark.parametrize("hole", ARTIFACT_IDS)
def test_it_is_not_loaded(hole: str, tmp_path: Path) -> None:
    (artifact,) = [artifact for artifact in ARTIFACTS if artifact.name == ARTIFACT_IDS[hole]]
    folder = honest(tmp_path / "adapter")
    artifact.spoil(folder)
    with pytest.raises(BadModel):
        require_safe(folder)
    assert not canary_of(folder).exists()


def test_cve_2026_5760_a_template_runs_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for source in (
        f"{{{{ self.__init__.__globals__.__builtins__.__import__('os').system('touch {canary}') }}}}",
        f"{{{{ ''.__class__.__mro__[1].__subclasses__()[104].__init__.__globals__['sys'].modules['os']"
        f".system('touch {canary}') }}}}",
    ):
        with pytest.raises(InvalidInput):
            Template("tokenizer", source).render([{"role": "user", "content": "x"}])
    assert not canary.exists()


def test_cve_2026_40934_a_session_dies_with_its_token() -> None:
    session = new_session("the-old-token")
    assert signed_in(session, "the-old-token")
    assert not signed_in(session, "the-new-token")


def test_cve_2022_24757_a_session_is_not_logged() -> None:
    session = new_session("the-token")
    assert session not in redacted(f"GET /jobs cookie: session={session}; theme=dark 500")


def test_cve_2023_47115_what_users_give_is_no_page(client: TestClient) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = client.get("/datasets/x.json/preview", headers=headers)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"


def test_cve_2023_48022_nobody_listens_widely_without_a_token() -> None:
    from backend.api.server import listen
    from backend.core.environment.settings import Settings

    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(PipelineError, match="API_TOKEN"):
            listen(Settings(host=host, port=8000))


def test_llama_factory_a_space_in_a_value_makes_no_argument(client: TestClient, place: Path) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    text = "x --trust_remote_code true --output_dir /tmp/y"
    body = {"adapter_name": "spaced", "dataset_path": "x.json", "base_model_name": "tiny", "description": text}
    answer = client.post("/train", json=body, headers=headers)
    assert answer.status_code == 202
    client.headers.update(headers)
    try:
        until_ended(client, answer.json()["job_id"])
        params = json.loads((place / "state" / "jobs" / answer.json()["job_id"] / "params.json").read_text())
        assert client.delete(f"/jobs/{answer.json()['job_id']}").status_code == 204
    finally:
        del client.headers["authorization"]
    assert params["description"] == text
    assert "trust_remote_code" not in params


@pytest.mark.parametrize("given", ["--trust", "@/etc/passwd"])
def test_axolotl_no_flag_by_a_part_of_its_name(given: str) -> None:
    done = subprocess.run(
        [sys.executable, "prepare_dataset.py", "--dataset_path", "x", given], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "root:" not in done.stderr


def test_there_are_enough_of_them() -> None:
    ids = [attempt.id for attempt in ATTEMPTS] + list(ARTIFACT_IDS)
    assert len(set(ids)) == len(ids)
    tell("S14", holes=len(ids) + 6)
    assert len(ids) >= 45
