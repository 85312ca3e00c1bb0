"""docker-compose.yml as Compose reads it, as far as ours goes: `.env`, interpolation, a second file over the first."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

from backend.core.paths import PROJECT_ROOT
from tests.docker.dockerfile_kit import stages

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
GPU = PROJECT_ROOT / "docker-compose.gpu.yml"
_UNITS = {"s": 1, "m": 60}


class Missing(ValueError):
    """A variable that must be set; the message is the file's."""


@dataclass(frozen=True)
class Service:
    """What is started.

    Args:
        entrypoint: what stands before the command, the image's.
        command: the file's, else the image's.
        environment: the file's over that of `.env`, where the service reads it.
        published: address of the machine, port there, port in the container.
        volumes: name to folder in the container.
        stop_seconds: between TERM and KILL.
        given: all that the file says of it.
    """

    name: str
    entrypoint: list[str]
    command: list[str]
    environment: dict[str, str]
    published: list[tuple[str, int, int]]
    volumes: dict[str, str]
    stop_seconds: int
    given: dict[str, Any]

    def environment_in(self, folder: Path) -> dict[str, str]:
        """The environment where each volume is a folder of its name in `folder`."""
        moved = dict(self.environment)
        for name, value in moved.items():
            for volume, target in self.volumes.items():
                if value == target or value.startswith(f"{target}/"):
                    moved[name] = str(folder / volume) + value.removeprefix(target)
        return moved


def read(*files: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """The files as one, the later over the earlier, with the variables put in. Raises Missing."""
    merged: dict[str, Any] = {}
    for file in files:
        merged = _over(merged, yaml.safe_load(file.read_text(encoding="utf-8")))
    found: dict[str, Any] = _interpolated(merged, environ)
    return found


def services(
    *files: Path, environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> dict[str, Service]:
    """The services by name.

    Args:
        files: docker-compose.yml unless given.
        environ: variables of the shell.
        env_file: what lies beside docker-compose.yml as `.env`.
    """
    from_file = {name: value or "" for name, value in dotenv_values(env_file).items()} if env_file else {}
    compose = read(*(files or (COMPOSE,)), environ={**from_file, **(environ or {})})
    return {name: _service(name, given, from_file) for name, given in compose["services"].items()}


def _service(name: str, given: dict[str, Any], from_file: Mapping[str, str]) -> Service:
    image = stages()[given["build"]["target"]]
    command = given.get("command") or image.exec_form("CMD")
    environment = {key: str(value) for key, value in given.get("environment", {}).items()}
    pairs = [volume.split(":") for volume in given.get("volumes", [])]
    amount, unit = re.fullmatch(r"(\d+)([sm])", given["stop_grace_period"]).groups()  # type: ignore[union-attr]
    return Service(
        name=name,
        entrypoint=image.exec_form("ENTRYPOINT") if image.rest_of("ENTRYPOINT") else [],
        command=shlex.split(command) if isinstance(command, str) else command,
        environment={**image.environment, **(from_file if given.get("env_file") else {}), **environment},
        published=[_published(port) for port in given.get("ports", [])],
        volumes={volume: target for volume, target, *_ in pairs},
        stop_seconds=int(amount) * _UNITS[unit],
        given=given,
    )


def _published(port: str) -> tuple[str, int, int]:
    address, outside, inside = port.rsplit(":", 2)
    return address, int(outside), int(inside)


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
    return below + above if isinstance(below, list) and isinstance(above, list) else above


def _interpolated(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(one, environ) for key, one in value.items()}
    if isinstance(value, list):
        return [_interpolated(one, environ) for one in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        name, sign, text = match.groups()
        if environ.get(name):
            return environ[name]
        if sign == ":?":
            raise Missing(f"required variable {name} is missing a value: {text}")
        return text or ""

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", put, value)
