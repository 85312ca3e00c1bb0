"""The very command and environment of docker-compose.yml without containers: folders stand for the volumes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backend.core.paths import PROJECT_ROOT
from tests.docker.compose_kit import Service, services
from tests.docker.dockerfile_kit import stages
from tests.service_kit import until

TOKEN = "a-token-of-this-test"
SAMPLES = {"physics_qa.json", "physics_test_qa.json"}
FROM_THE_HOST = ("HOME", "LANG")


@dataclass
class Started:
    """The backend, and who asks it."""

    service: Service
    process: subprocess.Popen[str]
    client: httpx.Client
    folder: Path


def command_of(service: Service) -> list[str]:
    """The command with this interpreter; process 1 is the container's affair."""
    assert service.command[0] == "python"
    return [sys.executable, *service.command[1:]]


def environment_of(service: Service, folder: Path, **changes: str) -> dict[str, str]:
    """What the container would have, and no more of this machine's than a program needs."""
    host = {name: os.environ[name] for name in FROM_THE_HOST if name in os.environ}
    return {**host, **service.environment_in(folder), "PATH": os.environ["PATH"], **changes}


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("volumes")
    env_file = folder / ".env"
    env_file.write_text(f"API_TOKEN={TOKEN}\nPIPELINE_TEST_MODE=1\nDATA_DIR=/nowhere\n")
    service = services(env_file=env_file)["backend"]
    # As Docker fills a new volume with what the image has at its place.
    (folder / "datasets").mkdir()
    for name in SAMPLES:
        shutil.copy(PROJECT_ROOT / "data" / name, folder / "datasets")
    (folder / "outputs").mkdir()
    address = service.published[0][0]
    with socket.socket() as free:
        free.bind((address, 0))
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        command_of(service), cwd=PROJECT_ROOT, stderr=subprocess.PIPE, text=True,
        env=environment_of(service, folder, HOST=address, PORT=port),
    )  # fmt: skip
    with httpx.Client(base_url=f"http://{address}:{port}", headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        def is_ready() -> bool:
            assert process.poll() is None, process.stderr and process.stderr.read()
            try:
                return client.get("/health").is_success
            except httpx.ConnectError:
                return False

        until(is_ready)
        yield Started(service, process, client, folder)
    process.kill()
    process.wait()


def test_it_is_well_by_the_images_own_check(backend: Started) -> None:
    program, *words = stages()["backend"].exec_form("HEALTHCHECK")
    inside, outside = "127.0.0.1:8000", f"127.0.0.1:{backend.client.base_url.port}"
    assert program == "python"
    assert inside in words[-1]
    check = [sys.executable, *words[:-1], words[-1].replace(inside, outside)]
    assert subprocess.run(check, check=False).returncode == 0
    check[-1] = check[-1].replace("/health", "/jobs")  # needs a token: not well
    assert subprocess.run(check, check=False, capture_output=True).returncode == 1


def test_what_env_says_counts(backend: Started) -> None:
    assert backend.client.get("/health").json()["test_mode"] is True


def test_nobody_is_served_without_the_token(backend: Started) -> None:
    assert backend.client.get("/jobs").status_code == 200
    assert httpx.get(backend.client.base_url.join("/jobs")).status_code == 401


def test_the_volume_holds_the_datasets(backend: Started) -> None:
    names = {dataset["name"] for dataset in backend.client.get("/datasets").json()["datasets"]}
    assert names == SAMPLES


def test_settings_are_kept_in_a_volume(backend: Started) -> None:
    changed = backend.client.put("/settings", json={"LORA_R": 4})
    assert changed.status_code == 200, changed.text
    kept = (backend.folder / "outputs" / "config" / ".env").read_text()
    assert re.search(r"^LORA_R=['\"]?4", kept, flags=re.MULTILINE)


def test_it_ends_in_order_and_leaves_its_state_in_a_volume(backend: Started) -> None:
    backend.process.send_signal(signal.SIGTERM)
    assert backend.process.wait(backend.service.stop_seconds) == 0
    assert (backend.folder / "outputs" / "state" / "jobs.db").is_file()


def test_it_refuses_to_start_without_a_token(tmp_path: Path) -> None:
    service = services(environ={"API_TOKEN": "a-token"})["backend"]
    done = subprocess.run(
        command_of(service), cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=60, check=False,
        env=environment_of(service, tmp_path, API_TOKEN=""),
    )  # fmt: skip
    assert done.returncode == 2
    assert "error: HOST=0.0.0.0 opens the service to the network, so API_TOKEN must be set" in done.stderr
