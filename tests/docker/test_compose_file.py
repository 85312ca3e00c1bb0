"""docker-compose.yml is what the specification allows, and what docs/docker.md and the README say of it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

from backend.core.cli import parse_params
from backend.core.environment.settings import FolderSettings
from backend.core.params.table import RECIPES
from backend.core.paths import PROJECT_ROOT
from tests.docker import compose_kit
from tests.docker.compose_kit import COMPOSE, GPU, Missing, services
from tests.docker.dockerfile_kit import stages

SCHEMA = Path(__file__).with_name("compose-spec.json")
"""Of github.com/compose-spec/compose-spec at 170098b, Apache-2.0: Copyright 2020 The Compose Specification Authors."""
TOKEN = {"API_TOKEN": "a-token"}
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")


def faults(compose: object) -> list[str]:
    """What the specification has against it."""
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return [str(error) for error in validator.iter_errors(json.loads(json.dumps(compose)))]


@pytest.mark.parametrize("files", [(COMPOSE,), (COMPOSE, GPU)], ids=["cpu", "gpu"])
def test_the_specification_allows_it(files: tuple[Path, ...]) -> None:
    compose = compose_kit.read(*files, environ=TOKEN)
    assert faults(compose) == []
    compose["services"]["backend"]["stop_grace_periode"] = "30s"
    assert len(faults(compose)) == 1


def test_the_services_are_those_of_the_page() -> None:
    found = services(environ=TOKEN)
    assert list(found) == ["backend", "frontend", "trainer"]
    assert {name: service.given.get("profiles", []) for name, service in found.items()} == {
        "backend": [], "frontend": [], "trainer": ["train"],
    }  # fmt: skip
    assert found["backend"].published == [("127.0.0.1", 8000, 8000)]
    assert found["frontend"].published == [("127.0.0.1", 3000, 3000)]
    assert found["trainer"].published == []


@pytest.mark.parametrize("service", ["backend", "frontend"])
def test_a_taken_port_is_changed_in_env_and_stays_this_machines(service: str) -> None:
    (port,) = services(environ={**TOKEN, "PORT": "8001", "FRONTEND_PORT": "3001"})[service].published
    assert port in [("127.0.0.1", 8001, 8000), ("127.0.0.1", 3001, 3000)]


@pytest.mark.parametrize("environ", [{}, {"API_TOKEN": ""}], ids=["absent", "empty"])
def test_without_a_token_nothing_is_started(environ: dict[str, str]) -> None:
    with pytest.raises(Missing, match=r"API_TOKEN is missing a value: set it in \.env"):
        services(environ=environ)


def test_what_stands_in_env_counts_but_for_places_and_address(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text((PROJECT_ROOT / ".env.example").read_text() + "\nAPI_TOKEN=a-token\nLORA_R=4\nHOST=10.0.0.1\n")
    backend = services(env_file=env_file)["backend"]
    assert backend.environment["LORA_R"] == "4"
    assert (backend.environment["HOST"], backend.environment["PORT"]) == ("0.0.0.0", "8000")
    folders = [name.upper() for name in FolderSettings.model_fields]
    assert {name: backend.environment[name] for name in folders if not _in_a_volume(backend, name)} == {}
    assert services(env_file=env_file)["trainer"].environment["LORA_R"] == "4"


def _in_a_volume(service: compose_kit.Service, name: str) -> bool:
    value = service.environment[name]
    return any(value == target or value.startswith(f"{target}/") for target in service.volumes.values())


def test_volumes_are_named_and_folders() -> None:
    volumes = services(environ=TOKEN)["backend"].volumes
    assert volumes == services(environ=TOKEN)["trainer"].volumes
    assert list(volumes) == ["hf_cache", "datasets", "outputs"]
    assert list(compose_kit.read(COMPOSE, environ=TOKEN)["volumes"]) == list(volumes)
    assert all(not Path(target).suffix for target in volumes.values())


def test_the_trainer_runs_a_command_of_the_readme() -> None:
    trainer = services(environ=TOKEN)["trainer"]
    assert shlex.join(trainer.command) in re.findall(r"`(python train\.py [^`]+)`", README)
    parse_params(RECIPES["train.py"], trainer.command[2:])


@pytest.mark.parametrize("files", [(COMPOSE,), (COMPOSE, GPU)], ids=["cpu", "gpu"])
def test_images_have_a_name_each(files: tuple[Path, ...]) -> None:
    # Built at the same time under one name they end with "already exists".
    names = [service.given["image"] for service in services(*files, environ=TOKEN).values()]
    assert len(set(names)) == len(names)


def test_containers_may_do_no_more_than_they_need() -> None:
    for name, service in services(environ=TOKEN).items():
        assert service.given["cap_drop"] == ["ALL"], name
        assert service.given["read_only"] is True, name
        assert "no-new-privileges:true" in service.given["security_opt"], name
        assert "privileged" not in service.given, name


def test_a_stop_waits_for_longer_than_the_service_takes() -> None:
    from backend.api.server import GRACEFUL_SECONDS
    from backend.jobs.supervision import SHUTDOWN_SECONDS

    backend = services(environ=TOKEN)["backend"]
    assert backend.stop_seconds > 2 * (GRACEFUL_SECONDS + SHUTDOWN_SECONDS)


def test_a_gpu_is_asked_for_by_the_second_file_alone() -> None:
    plain, gpu = services(environ=TOKEN), services(COMPOSE, GPU, environ=TOKEN)
    for name in ("backend", "trainer"):
        assert "deploy" not in plain[name].given
        (device,) = gpu[name].given["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
        assert gpu[name].given["build"]["target"] == plain[name].given["build"]["target"]
        assert gpu[name].environment == {**plain[name].environment, "CUDA_VISIBLE_DEVICES": "0"}
        assert gpu[name].given["image"] != plain[name].given["image"]
    assert gpu["frontend"] == plain["frontend"]


def compose_itself() -> list[str]:
    """The command of Compose where it is installed, else nothing."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    return []


@pytest.mark.skipif(not compose_itself(), reason="needs Docker Compose, though no daemon")
@pytest.mark.parametrize("files", [(COMPOSE,), (COMPOSE, GPU)], ids=["cpu", "gpu"])
def test_compose_itself_reads_it_as_these_tests_do(files: tuple[Path, ...], tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text((PROJECT_ROOT / ".env.example").read_text() + "\nAPI_TOKEN=a-token\nPORT=8001\n")
    for file in files:
        shutil.copy(file, tmp_path)
    named = [f"--file={tmp_path / file.name}" for file in files]
    command = [*compose_itself(), *named, "--profile=train", "config", "--format=json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout)
    for name, ours in services(*files, env_file=env_file).items():
        theirs = told["services"][name]
        image = stages()[theirs["build"]["target"]].environment
        assert {**image, **theirs["environment"]} == ours.environment
        assert {volume["source"]: volume["target"] for volume in theirs.get("volumes", [])} == ours.volumes
        ports = [(port["host_ip"], int(port["published"]), port["target"]) for port in theirs.get("ports", [])]
        assert ports == ours.published
        assert (theirs.get("command") or ours.command) == ours.command
        assert theirs["image"] == ours.given["image"]
