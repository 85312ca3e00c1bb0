"""What is built and started for the tests of the images."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.campaign import tell
from tests.docker import image_kit
from tests.docker.compose_kit import Service, services
from tests.docker.image_kit import Container, container
from tests.docker.network_kit import own_network
from tests.service_kit import until

TOKEN = "a-token-of-this-test"
PLANTED = {
    ".env": "API_TOKEN=planted-secret\n",
    "frontend/.env.local": "VITE_API_URL=planted-secret\n",
    "data/patients.json": "[]",
    "models/mine/adapter_model.safetensors": "planted-secret",
    "state/jobs.db": "planted-secret",
    "config/adapters.json": '{"planted": "secret"}',
}
FROM_ENV = f"API_TOKEN={TOKEN}\nPIPELINE_TEST_MODE=1\nHOST=10.0.0.1\nDATA_DIR=/nowhere\nMAX_STEPS=4\nSAVE_STEPS=2\n"


@dataclass
class Started:
    """A service in its container, and who asks it."""

    service: Service
    place: Container
    process: subprocess.Popen[str]
    client: httpx.Client

    def programs(self, name: str) -> list[psutil.Process]:
        """The processes of this name."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in below if one.name().startswith(name)]

    def answers(self) -> bool:
        """Whether it is up; fails when it has ended."""
        assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()
        try:
            return self.client.get("/ui/").is_success
        except httpx.TransportError:
            return False

    def is_well(self) -> bool:
        """By the check that the image brings."""
        code, _ = self.place.output(self.place.configuration["Healthcheck"]["Test"][1:])
        return code == 0

    def stop(self) -> tuple[int, str]:
        """As `docker stop`: TERM to the first process, then the grace. Exit code and output."""
        first = [*self.service.entrypoint, *self.service.command][0]
        self.programs(first)[0].terminate()
        text, _ = self.process.communicate(timeout=self.service.stop_seconds)
        return self.process.returncode, text


def start(service: Service, place: Container, volumes: Path, *options: str, **environ: str) -> subprocess.Popen[str]:
    """The service as Compose starts it."""
    folders = [place.volume(target, volumes / name) for name, target in service.volumes.items()]
    variables = [f"--env={name}={value}" for name, value in {**service.environment, **environ}.items()]
    return place.run([*service.entrypoint, *service.command], *folders, *variables, *options)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tags by service, built from a copy of the checkout with secrets planted in it."""
    stand_ins = image_kit.have_base_images()
    context = image_kit.closed_to_others(image_kit.copy_of_checkout(tmp_path_factory.mktemp("context"), PLANTED))
    torch = image_kit.torch_that_can_be_had()
    tags: dict[str, str] = {}
    for name, service in services(environ={"API_TOKEN": TOKEN}).items():
        tag = tags[name] = service.given["image"]
        began = time.monotonic()
        image_kit.build(context, service.given["build"]["target"], tag, *torch)
        size = image_kit.size_of(tag)
        tell(f"image {name}", seconds=round(time.monotonic() - began), mb=round(size / 1e6), stand_ins=stand_ins)
    return tags


@pytest.fixture(scope="module")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the volumes, with the `.env` of the user in it."""
    folder = tmp_path_factory.mktemp("volumes")
    (folder / ".env").write_text(FROM_ENV)
    return folder


@pytest.fixture(scope="module")
def composed(volumes: Path) -> dict[str, Service]:
    """The services as that `.env` has them."""
    return services(env_file=volumes / ".env")


@pytest.fixture(scope="module")
def backend_container(images: dict[str, str]) -> Iterator[Container]:
    with container(images["backend"]) as made:
        yield made


@pytest.fixture(scope="module")
def frontend_container(images: dict[str, str]) -> Iterator[Container]:
    with container(images["frontend"]) as made:
        yield made


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    with own_network():
        yield


@pytest.fixture(scope="module")
def backend(
    backend_container: Container, composed: dict[str, Service], volumes: Path, network: None
) -> Iterator[Started]:
    """The service at work, asked with its token."""
    process = start(composed["backend"], backend_container, volumes)
    with httpx.Client(base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        started = Started(composed["backend"], backend_container, process, client)
        until(started.answers, 60)
        yield started
    if process.poll() is None:
        started.stop()


@pytest.fixture(scope="module")
def frontend(
    frontend_container: Container, composed: dict[str, Service], volumes: Path, backend: Started
) -> Iterator[Started]:
    """The dashboard's server in front of the service, which it knows by its name."""
    (volumes / "hosts").write_text("127.0.0.1 localhost backend\n")
    hosts = f"--volume={volumes / 'hosts'}:/etc/hosts:ro"
    process = start(composed["frontend"], frontend_container, volumes, hosts)
    with httpx.Client(base_url="http://localhost:3000") as client:
        started = Started(composed["frontend"], frontend_container, process, client)
        until(started.answers, 60)
        yield started
    code, text = started.stop()
    assert code == 0, text
