"""The images, built and started by the commands of docker-compose.yml, with folders as volumes, on their own network.

CAMPAIGN=1 pytest tests/docker/test_images.py          as root, with buildah and debootstrap
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from backend.api.guard.headers import SECURITY_HEADERS
from tests.campaign import tell
from tests.docker import image_kit
from tests.docker.compose_kit import Service, services
from tests.docker.image_kit import Container, container
from tests.docker.network_kit import own_network
from tests.docker.streaming_service import StreamingService
from tests.service_kit import until

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not image_kit.is_possible, reason="needs root, buildah and debootstrap"),
]
TOKEN = "a-token-of-this-test"
LARGEST_BYTES = 2.5e9
USER = 1000
PLANTED = {
    ".env": "API_TOKEN=planted-secret\n",
    "frontend/.env.local": "VITE_API_URL=planted-secret\n",
    "data/patients.json": "[]",
    "models/mine/adapter_model.safetensors": "planted-secret",
    "state/jobs.db": "planted-secret",
    "config/adapters.json": '{"planted": "secret"}',
}
FROM_ENV = f"API_TOKEN={TOKEN}\nPIPELINE_TEST_MODE=1\nHOST=10.0.0.1\nDATA_DIR=/nowhere\nMAX_STEPS=4\nSAVE_STEPS=2\n"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tags by service, built from a copy of the checkout with secrets planted in it."""
    stand_ins = image_kit.have_base_images()
    context = image_kit.copy_of_checkout(tmp_path_factory.mktemp("context"), PLANTED)
    options = [f"--build-arg={one}" for one in os.environ.get("BUILD_ARGS", "").split()]
    tags = {}
    for name, service in services(environ={"API_TOKEN": TOKEN}).items():
        if service.given["image"] not in tags.values():
            began = time.monotonic()
            image_kit.build(context, service.given["build"]["target"], service.given["image"], *options)
            size = image_kit.size_of(service.given["image"])
            tell(f"image {name}", seconds=round(time.monotonic() - began), mb=round(size / 1e6), stand_ins=stand_ins)
        tags[name] = service.given["image"]
    return tags


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    with own_network():
        yield


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("volumes")
    (folder / ".env").write_text(FROM_ENV)
    return folder


@pytest.fixture(scope="module")
def backend_container(images: dict[str, str]) -> Iterator[Container]:
    with container(images["backend"]) as made:
        yield made


@pytest.fixture(scope="module")
def frontend_container(images: dict[str, str]) -> Iterator[Container]:
    with container(images["frontend"]) as made:
        yield made


def started(service: Service, place: Container, volumes: Path, **environment: str) -> subprocess.Popen[str]:
    """The service as Compose starts it."""
    options = [place.volume(target, volumes / name) for name, target in service.volumes.items()]
    options += [f"--env={name}={value}" for name, value in {**service.environment, **environment}.items()]
    return place.run([*service.entrypoint, *service.command], *options)


def processes_below(process: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    """Those of this name that the container runs."""
    return [one for one in psutil.Process(process.pid).children(recursive=True) if one.name().startswith(name)]


def stop(process: subprocess.Popen[str], service: Service, program: str) -> tuple[int, str, float]:
    """As `docker stop`: TERM to the first process, then the grace. Exit code, output, seconds."""
    began = time.monotonic()
    processes_below(process, program)[0].terminate()
    text, _ = process.communicate(timeout=service.stop_seconds)
    return process.returncode, text, time.monotonic() - began


@pytest.fixture(scope="module")
def backend(backend_container: Container, volumes: Path, network: None) -> Iterator[httpx.Client]:
    """The service at work, asked with its token; stopped in order at the end."""
    service = services(env_file=volumes / ".env")["backend"]
    process = started(service, backend_container, volumes)
    with httpx.Client(base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        until(lambda: answers(client, process), 60)
        client.process = process  # type: ignore[attr-defined]
        yield client
    if process.poll() is None:
        stop(process, service, "tini")


def answers(client: httpx.Client, process: subprocess.Popen[str]) -> bool:
    """Whether it is up; fails when it has ended."""
    assert process.poll() is None, process.stdout and process.stdout.read()
    try:
        return client.get("/ui/").is_success
    except httpx.TransportError:
        return False


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
    inside = {str(path.relative_to(app)) for path in app.rglob("*") if path.is_file()}
    made = {name for name in inside - known if not name.startswith("frontend/dist/") and "__pycache__" not in name}
    assert made == set()
    assert not any(b"planted-secret" in path.read_bytes() for path in app.rglob("*") if path.is_file())
    assert {"data/physics_qa.json", "frontend/dist/index.html", "train.py", "backend/main.py"} <= inside


def test_its_user_can_write_into_volumes_and_nowhere_else(backend_container: Container, volumes: Path) -> None:
    service = services(env_file=volumes / ".env")["backend"]
    code, found = backend_container.output(
        ["find", "/", "-xdev", "-writable", "-type", "d", "-not", "-path", "/proc/*"]
    )
    folders = {line for line in found.splitlines() if line.startswith("/") and not line.startswith("/dev")}
    expected = {*service.volumes.values(), *service.given["tmpfs"]}
    bare = {f"/app/{name}" for name in ("config", "config/rubrics", "models", "predictions", "evaluation", "state")}
    assert expected <= folders
    assert folders - expected - bare <= {"/var/tmp", "/run/lock", "/home/pipeline"}, code


def test_it_refuses_to_start_without_a_token(backend_container: Container, volumes: Path, network: None) -> None:
    service = services(env_file=volumes / ".env")["backend"]
    process = started(service, backend_container, volumes, API_TOKEN="")
    text, _ = process.communicate(timeout=60)
    assert "error: HOST=0.0.0.0 opens the service to the network, so API_TOKEN must be set" in text
    assert process.returncode == 2


def test_the_service_is_well_and_not_root(backend: httpx.Client, backend_container: Container) -> None:
    assert backend.get("/health").json()["test_mode"] is True
    code, text = backend_container.output(backend_container.configuration["Healthcheck"]["Test"][1:])
    assert code == 0, text
    process = backend.process  # type: ignore[attr-defined]
    ours = [*processes_below(process, "tini"), *processes_below(process, "python")]
    assert len(ours) >= 2
    assert {one.uids().real for one in ours} == {USER}


def test_the_token_opens_it_and_nothing_else_does(backend: httpx.Client) -> None:
    assert backend.get("/jobs").status_code == 200
    assert httpx.get("http://127.0.0.1:8000/jobs").status_code == 401
    assert backend.get("/ui/").text == backend.get("/ui/train").text


def run_job(client: httpx.Client, path: str, **params: object) -> dict[str, object]:
    """Queue it, wait for its end, and return its status."""
    answer = client.post(path, json=params)
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["job_id"]

    def ended() -> dict[str, object] | None:
        found: dict[str, object] = client.get(f"/jobs/{job_id}/status").json()
        return found if found["status"] not in ("queued", "starting", "running", "stopping") else None

    found: dict[str, object] = until(ended, 400)
    return found


def test_test_mode_writes_a_dataset_without_a_key(backend: httpx.Client, volumes: Path) -> None:
    job = run_job(backend, "/datasets/generate", topic="physics", num_examples=4, output_name="made.json")
    assert job["status"] == "succeeded", job
    written = list((volumes / "datasets").rglob("made.json"))
    assert written
    assert written[0].stat().st_uid == USER


def test_a_real_training_through_the_api(backend: httpx.Client, volumes: Path) -> None:
    began = time.monotonic()
    job = run_job(
        backend, "/train", dataset_path="physics_qa.json", adapter_name="by_api", base_model_name="tiny", max_steps=4
    )
    assert job["status"] == "succeeded", job
    tell("training in the image", seconds=round(time.monotonic() - began), result=job["result"])
    assert (volumes / "outputs" / "models" / "by_api" / "adapter_model.safetensors").stat().st_uid == USER


def test_the_trainer_trains_by_the_readmes_command(
    backend: httpx.Client, backend_container: Container, volumes: Path
) -> None:
    service = services(env_file=volumes / ".env")["trainer"]
    process = started(service, backend_container, volumes)
    text, _ = process.communicate(timeout=400)
    assert process.returncode == 0, text
    assert "physics" in {adapter["name"] for adapter in backend.get("/adapters").json()["adapters"]}


@pytest.fixture(scope="module")
def frontend(backend: httpx.Client, frontend_container: Container, volumes: Path) -> Iterator[httpx.Client]:
    """The dashboard's server in front of the service."""
    service = services(env_file=volumes / ".env")["frontend"]
    (volumes / "hosts").write_text("127.0.0.1 localhost backend\n")
    process = frontend_container.run(
        service.command, f"--volume={volumes / 'hosts'}:/etc/hosts:ro",
        *(f"--env={name}={value}" for name, value in service.environment.items()),
    )  # fmt: skip
    with httpx.Client(base_url="http://localhost:3000") as client:
        until(lambda: answers(client, process), 60)
        client.process = process  # type: ignore[attr-defined]
        yield client
    code, text, _ = stop(process, service, "caddy")
    assert code == 0, text


def test_pages_come_with_the_services_headers(frontend: httpx.Client) -> None:
    for path in ("/ui/", "/ui/train", "/ui/index.html", "/ui/theme-boot.js"):
        page = frontend.get(path)
        assert page.status_code == 200, path
        for name, value in {**SECURITY_HEADERS, "Cache-Control": "no-cache"}.items():
            assert page.headers[name] == value, (path, name)
    assert frontend.get("/").headers["location"] == frontend.get("/ui").headers["location"] == "/ui/"


def test_files_with_a_hash_are_kept_and_those_gone_are_not(
    frontend: httpx.Client, frontend_container: Container
) -> None:
    asset = next((frontend_container.root / "srv" / "ui" / "assets").glob("*.js")).name
    assert frontend.get(f"/ui/assets/{asset}").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    gone = frontend.get("/ui/assets/gone-abc.js")
    assert (gone.status_code, gone.headers["Cache-Control"]) == (404, "no-cache")


def test_the_api_is_behind_it_with_all_its_guards(frontend: httpx.Client) -> None:
    assert frontend.get("/health").json()["status"] == "ok"
    assert frontend.get("/jobs").status_code == 401
    assert frontend.get("/nowhere", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404
    assert frontend.get("/health", headers={"Host": "evil.test"}).status_code == 403
    foreign = frontend.post("/session", json={"token": TOKEN}, headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403
    own = {"Origin": "http://127.0.0.1:3000", "Host": "127.0.0.1:3000", "Sec-Fetch-Site": "same-origin"}
    assert frontend.post("/session", json={"token": TOKEN}, headers=own).is_success
    assert frontend.get("/jobs", headers=own).status_code == 200, "the browser's session holds"


def test_it_is_well_by_its_images_own_check(frontend: httpx.Client, frontend_container: Container) -> None:
    code, text = frontend_container.output(frontend_container.configuration["Healthcheck"]["Test"][1:])
    assert code == 0, text
    (caddy,) = processes_below(frontend.process, "caddy")  # type: ignore[attr-defined]
    assert caddy.uids().real == USER


def test_term_ends_the_service_within_its_grace_and_keeps_the_run(
    frontend: httpx.Client, backend: httpx.Client, volumes: Path
) -> None:
    service = services(env_file=volumes / ".env")["backend"]
    params = {"dataset_path": "physics_qa.json", "adapter_name": "stopped", "base_model_name": "tiny"}
    job_id = backend.post("/train", json={**params, "max_steps": 4000}).json()["job_id"]
    until(lambda: backend.get(f"/jobs/{job_id}/status").json()["progress"]["step"], 120)
    code, text, seconds = stop(backend.process, service, "tini")  # type: ignore[attr-defined]
    tell("TERM while it trains", seconds=round(seconds, 1), grace=service.stop_seconds, exit_code=code)
    assert code == 0, text
    assert list((volumes / "outputs" / "models").glob(".partial-stopped/checkpoints/checkpoint-*"))
    with pytest.raises(httpx.TransportError):  # no answer, so that the page knows a service that is away
        frontend.get("/health")
    assert frontend.get("/ui/").is_success


def test_what_is_streamed_and_what_is_large_passes(
    frontend_container: Container, volumes: Path, network: None
) -> None:
    service = services(env_file=volumes / ".env")["frontend"]
    with StreamingService() as upstream:
        process = frontend_container.run(service.command, f"--env=VITE_API_URL={upstream.url}")
        with httpx.Client(base_url="http://localhost:3000", timeout=30) as client:
            until(lambda: answers(client, process), 60)
            with client.stream("GET", "/stream") as answer:
                pieces = answer.iter_text()
                assert next(pieces) == "data: first\n\n"  # before the second is written
                upstream.go_on()
                assert next(pieces) == "data: second\n\n"
            body = (b"x" * 2**20 for _ in range(100))
            assert client.post("/upload", content=body).json() == {"bytes": 100 * 2**20}
            with client.stream("GET", "/stream") as answer:
                next(answer.iter_text())
            assert upstream.was_left(), "whoever goes ends what is written for him"
        assert stop(process, service, "caddy")[0] == 0
