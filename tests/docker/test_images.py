"""The images, built and started by the commands of docker-compose.yml, with folders as volumes, on their own network.

CAMPAIGN=1 pytest tests/docker/test_images.py          as root, with buildah and debootstrap
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.api.guard.headers import SECURITY_HEADERS
from tests.campaign import tell
from tests.docker import image_kit
from tests.docker.compose_kit import Service
from tests.docker.conftest import TOKEN, Started, start
from tests.docker.image_kit import Container
from tests.docker.network_kit import own_network
from tests.docker.streaming_service import StreamingService
from tests.service_kit import until

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not image_kit.is_possible, reason="needs root, buildah and debootstrap"),
]
LARGEST_BYTES = 2.5e9
USER = 1000
SAMPLES = {"physics_qa.json", "physics_test_qa.json"}
TINY = {"dataset_path": "physics_qa.json", "base_model_name": "tiny"}


def test_the_image_for_the_processor_is_small(images: dict[str, str]) -> None:
    assert image_kit.size_of(images["backend"]) <= LARGEST_BYTES


@pytest.mark.parametrize("name", ["backend", "frontend"])
def test_the_image_says_who_runs_and_how_it_is_checked(images: dict[str, str], name: str) -> None:
    configuration = image_kit.configuration_of(images[name])
    assert configuration["User"] == f"{USER}:{USER}"
    assert configuration["Healthcheck"]["Test"][0] == "CMD"


def test_nothing_of_the_users_is_in_the_image(backend_container: Container, tmp_path: Path) -> None:
    known = {str(path.relative_to(tmp_path)) for path in image_kit.copy_of_checkout(tmp_path, {}).rglob("*")}
    app = backend_container.root / "app"
    files = [path for path in app.rglob("*") if path.is_file()]
    inside = {str(path.relative_to(app)) for path in files}
    made = {name for name in inside - known if not name.startswith("frontend/dist/") and "__pycache__" not in name}
    assert made == set()
    assert not any(b"planted-secret" in path.read_bytes() for path in files)
    assert {"data/physics_qa.json", "frontend/dist/index.html", "train.py", "backend/main.py"} <= inside


def test_its_user_can_write_into_volumes_and_nowhere_else(
    backend_container: Container, composed: dict[str, Service]
) -> None:
    service = composed["backend"]
    _, found = backend_container.output(["find", "/", "-xdev", "-writable", "-type", "d"])
    folders = {line for line in found.splitlines() if line[0] == "/" and "/find: " not in line and line[:4] != "/dev"}
    mounted = {*service.volumes.values(), *service.given["tmpfs"]}
    bare = {f"/app/{name}" for name in ("config", "config/rubrics", "evaluation", "models", "predictions", "state")}
    assert mounted <= folders
    assert folders - mounted - bare <= {"/run/lock", "/var/lock", "/var/tmp"}


def test_it_refuses_to_start_without_a_token(
    backend_container: Container, composed: dict[str, Service], volumes: Path, network: None
) -> None:
    process = start(composed["backend"], backend_container, volumes, API_TOKEN="")
    text, _ = process.communicate(timeout=60)
    assert "error: HOST=0.0.0.0 opens the service to the network, so API_TOKEN must be set" in text
    assert process.returncode == 2


def test_the_image_alone_serves_too(backend_container: Container, composed: dict[str, Service]) -> None:
    """As `docker run` starts it with nothing but a token: on the folders of a checkout."""
    alone = replace(composed["backend"], environment={"API_TOKEN": TOKEN}, volumes={})
    with own_network():
        process = start(alone, backend_container, Path())
        with httpx.Client(base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            started = Started(alone, backend_container, process, client)
            until(started.answers, 60)
            assert {one["name"] for one in client.get("/datasets").json()["datasets"]} == SAMPLES
        assert started.stop()[0] == 0
    assert (backend_container.root / "app" / "state" / "jobs.db").is_file()


def test_the_service_is_well_and_not_root(backend: Started) -> None:
    assert backend.client.get("/health").json()["test_mode"] is True
    assert backend.is_well()
    ours = [*backend.programs("tini"), *backend.programs("python")]
    assert len(ours) >= 2
    assert {one.uids().real for one in ours} == {USER}


def test_the_token_opens_it_and_nothing_else_does(backend: Started) -> None:
    assert backend.client.get("/jobs").status_code == 200
    assert httpx.get("http://127.0.0.1:8000/jobs").status_code == 401
    assert '<div id="root">' in backend.client.get("/ui/train").text


def ended_job(backend: Started, path: str, **params: Any) -> dict[str, Any]:
    """Queue it, wait for its end, and return its status."""
    answer = backend.client.post(path, json=params)
    assert answer.status_code == 202, answer.text

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = backend.client.get(f"/jobs/{answer.json()['job_id']}/status").json()
        return found if found["finished_at"] else None

    found: dict[str, Any] = until(ended, 400)
    assert found["status"] == "succeeded", found
    return found


def test_test_mode_writes_a_dataset_without_a_key(backend: Started, volumes: Path) -> None:
    before = set((volumes / "datasets").rglob("*.json"))
    ended_job(backend, "/datasets/generate", topic="physics", num_examples=4)
    made = set((volumes / "datasets").rglob("*.json")) - before
    assert {path.stat().st_uid for path in made} == {USER}


def test_a_real_training_through_the_api(backend: Started, volumes: Path) -> None:
    began = time.monotonic()
    job = ended_job(backend, "/train", adapter_name="by_api", max_steps=4, **TINY)
    tell("training in the image", seconds=round(time.monotonic() - began), result=job["result"])
    assert (volumes / "outputs" / "models" / "by_api" / "adapter_model.safetensors").stat().st_uid == USER


def test_the_trainer_trains_by_the_readmes_command(
    backend: Started, composed: dict[str, Service], volumes: Path
) -> None:
    process = start(composed["trainer"], backend.place, volumes)
    text, _ = process.communicate(timeout=400)
    assert process.returncode == 0, text
    assert "physics" in {adapter["name"] for adapter in backend.client.get("/adapters").json()["adapters"]}


def test_pages_come_with_the_services_headers(frontend: Started) -> None:
    for path in ("/ui/", "/ui/train", "/ui/index.html", "/ui/theme-boot.js"):
        page = frontend.client.get(path)
        assert page.status_code == 200, path
        for name, value in {**SECURITY_HEADERS, "Cache-Control": "no-cache"}.items():
            assert page.headers[name] == value, (path, name)
    for path in ("/", "/ui"):
        assert frontend.client.get(path).headers["location"] == "/ui/"


def test_files_with_a_hash_are_kept_and_those_gone_are_not(frontend: Started) -> None:
    asset = next((frontend.place.root / "srv" / "ui" / "assets").glob("*.js")).name
    kept = frontend.client.get(f"/ui/assets/{asset}")
    assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    gone = frontend.client.get("/ui/assets/gone-abc.js")
    assert (gone.status_code, gone.headers["Cache-Control"]) == (404, "no-cache")


def test_the_api_is_behind_it_with_all_its_guards(frontend: Started) -> None:
    client = frontend.client
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/jobs").status_code == 401
    assert client.get("/nowhere", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert client.get("/health", headers={"Host": "evil.test"}).status_code == 403
    assert client.post("/session", json={"token": TOKEN}, headers={"Origin": "http://evil.test"}).status_code == 403
    own = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/session", json={"token": TOKEN}, headers=own).is_success
    assert client.get("/jobs", headers=own).status_code == 200, "the browser's session holds"


def test_the_dashboards_server_is_well_and_not_root(frontend: Started) -> None:
    assert frontend.is_well()
    assert {one.uids().real for one in frontend.programs("caddy")} == {USER}


def test_term_ends_the_service_within_its_grace_and_keeps_the_run(
    frontend: Started, backend: Started, volumes: Path
) -> None:
    job_id = backend.client.post("/train", json={"adapter_name": "stopped", "max_steps": 4000, **TINY}).json()[
        "job_id"
    ]
    until(lambda: backend.client.get(f"/jobs/{job_id}/status").json()["progress"]["step"], 120)
    began = time.monotonic()
    code, text = backend.stop()
    seconds = round(time.monotonic() - began, 1)
    tell("TERM while it trains", seconds=seconds, grace=backend.service.stop_seconds, exit_code=code)
    assert code == 0, text
    assert list((volumes / "outputs" / "models").glob(".partial-stopped/checkpoints/checkpoint-*"))
    with pytest.raises(httpx.TransportError):  # no answer, so that the page knows a service that is away
        frontend.client.get("/health")
    assert frontend.client.get("/ui/").is_success


def test_what_is_streamed_and_what_is_large_passes(
    frontend_container: Container, composed: dict[str, Service], volumes: Path
) -> None:
    with own_network(), StreamingService() as upstream:
        process = start(composed["frontend"], frontend_container, volumes, VITE_API_URL=upstream.url)
        with httpx.Client(base_url="http://localhost:3000", timeout=30) as client:
            frontend = Started(composed["frontend"], frontend_container, process, client)
            until(frontend.answers, 60)
            with client.stream("GET", "/stream") as answer:
                pieces = answer.iter_text()
                assert next(pieces) == "data: first\n\n"  # before the second is written
                upstream.go_on()
                assert next(pieces) == "data: second\n\n"
            assert client.post("/upload", content=(b"x" * 2**20 for _ in range(100))).json() == {"bytes": 100 * 2**20}
            with client.stream("GET", "/stream") as answer:
                next(answer.iter_text())
            assert upstream.was_left(), "whoever goes ends what is written for him"
            with client.stream("GET", "/stream") as answer:
                next(answer.iter_text())
                assert frontend.stop()[0] == 0, "an open stream does not hold it up"
