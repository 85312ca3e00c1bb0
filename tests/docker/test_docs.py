"""docs/docker.md and the README: their commands name what is there, and what they quote is what is said."""

from __future__ import annotations

import argparse
import errno
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from backend.api.guard.listening import NEEDS_TOKEN
from backend.core.cli import parse_params
from backend.core.params.table import RECIPES
from backend.core.paths import PROJECT_ROOT
from backend.core.process import in_user_words
from tests.docker.compose_kit import COMPOSE, GPU, Missing, services

PAGE = (PROJECT_ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8").partition("## In containers")[2]
TOKEN = {"API_TOKEN": "a-token"}
SERVICES = services(environ=TOKEN)


def blocks(text: str) -> list[str]:
    """Each block of commands."""
    return re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)


def compose_commands() -> list[str]:
    """Every line and every quoted phrase that calls Compose."""
    lines = [line.partition("  #")[0].strip() for block in blocks(PAGE) for line in block.splitlines()]
    quoted = re.findall(r"`(docker compose [^`]+)`", PAGE)
    return sorted({line for line in [*lines, *quoted] if line.startswith("docker compose")})


def parser() -> argparse.ArgumentParser:
    """As much of Compose's command line as the page uses."""
    compose = argparse.ArgumentParser(exit_on_error=False)
    commands = compose.add_subparsers(required=True)
    names = ("up", "build", "down", "logs", "run", "cp")
    up, build, down, logs, run, copy = (commands.add_parser(name) for name in names)
    for flag in ("--build", "--detach"):
        up.add_argument(flag, action="store_true")
    build.add_argument("--build-arg")
    down.add_argument("--volumes", action="store_true")
    logs.add_argument("--follow", action="store_true")
    run.add_argument("--rm", action="store_true")
    run.add_argument("service", choices=list(SERVICES))
    run.add_argument("command", nargs=argparse.REMAINDER)
    copy.add_argument("places", nargs=2)
    return compose


@pytest.mark.parametrize("command", compose_commands())
def test_a_command_names_what_is_there(command: str) -> None:
    given = parser().parse_args(shlex.split(command)[2:])
    if words := getattr(given, "command", None):
        assert words[0] == "python"
        parse_params(RECIPES[words[1]], words[2:])
    for place in getattr(given, "places", []):
        service, colon, path = place.partition(":")
        if colon:
            assert any(path.startswith(target) for target in SERVICES[service].volumes.values())


def test_the_page_has_commands() -> None:
    assert len(compose_commands()) > 5


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the command takes its random number from openssl")
def test_the_two_commands_give_a_token_and_start(tmp_path: Path) -> None:
    (two,) = blocks(README.partition("\n## ")[0])
    assert two == blocks(PAGE)[0]
    make_token, start = two.splitlines()
    subprocess.run(["bash", "-c", make_token], cwd=tmp_path, check=True)
    token = services(env_file=tmp_path / ".env")["backend"].environment["API_TOKEN"]
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert start in compose_commands()


def test_the_gpus_files_are_those_that_are_there() -> None:
    (files,) = re.findall(r"COMPOSE_FILE=(\S+?)\"", PAGE)
    assert files == f"{COMPOSE.name}:{GPU.name}"


def test_the_volumes_are_told() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `(/[\w/]+)` \|", PAGE, flags=re.MULTILINE))
    assert told == SERVICES["backend"].volumes


def test_the_services_are_told() -> None:
    table = PAGE.partition("| service |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE) == list(SERVICES)


def test_what_it_says_is_quoted_word_for_word() -> None:
    with pytest.raises(Missing) as missing:
        services(environ={})
    unwritable = in_user_words(PermissionError(errno.EACCES, "", str(PROJECT_ROOT / "outputs" / "state")))
    said = [str(missing.value), f"error: HOST=0.0.0.0 {NEEDS_TOKEN}", f"error: {unwritable}"]
    quoted = [text.removesuffix("...").rstrip(" ,") for text in re.findall(r"^\| `([^`]+)`", PAGE, flags=re.MULTILINE)]
    for sentence in said:
        assert any(sentence.startswith(text) for text in quoted), sentence
