"""The Dockerfile: who runs in the images, what goes into them, and that no file of the user's does."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from backend.core.environment.settings import Settings
from backend.core.environment.variables import variables
from backend.core.paths import PROJECT_ROOT
from tests.docker import compose_kit
from tests.docker.compose_kit import GPU
from tests.docker.dockerfile_kit import base_images, stages

SETUP = (PROJECT_ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
IMAGES = ("backend", "frontend")


def test_the_product_is_what_a_build_without_a_target_gives() -> None:
    assert list(stages())[-1] == "backend"


@pytest.mark.parametrize("image", IMAGES)
def test_nobody_is_root(image: str) -> None:
    assert stages()[image].rest_of("USER") == ["1000:1000"]


@pytest.mark.parametrize("image", IMAGES)
def test_signals_reach_the_program(image: str) -> None:
    assert stages()[image].exec_form("CMD")[0] in ("python", "caddy")
    assert stages()[image].exec_form("HEALTHCHECK")[0] in ("python", "wget")


def test_the_service_has_an_init() -> None:
    assert stages()["backend"].exec_form("ENTRYPOINT") == ["tini", "--"]


def test_base_images_have_a_version() -> None:
    assert all(re.search(r":\d", image) for image in base_images()), base_images()


def test_torch_is_chosen_as_the_setup_chooses_it() -> None:
    arguments = stages()["packages"].arguments
    assert f'"{arguments["TORCH"]}" --index-url' in SETUP
    assert f'TORCH_CPU_INDEX="{arguments["TORCH_INDEX"]}"' in SETUP
    gpu = compose_kit.read(GPU, environ={})["services"]["backend"]["build"]["args"]
    assert gpu == {"TORCH_INDEX": "https://pypi.org/simple"}


def test_no_secret_has_a_place_in_an_image() -> None:
    secrets = {name for name, variable in variables().items() if variable.is_secret}
    assert {"API_TOKEN", "HF_TOKEN", "OPENAI_API_KEY"} <= secrets
    for stage in stages().values():
        assert not secrets & {*stage.environment, *stage.arguments}, stage.name


def test_an_image_on_its_own_listens_where_its_port_can_be_published() -> None:
    backend = stages()["backend"]
    assert backend.environment["HOST"] == "0.0.0.0"
    assert backend.rest_of("EXPOSE") == [str(Settings().port)]


def test_what_is_copied_is_there_and_in_the_build() -> None:
    context = build_context(tracked())
    for stage in stages().values():
        for source in stage.copied:
            assert any(fnmatch.fnmatch(file, source) or file.startswith(f"{source}/") for file in context), source


def test_nothing_of_the_users_is_in_the_build() -> None:
    planted = [
        ".env", ".env.bak", "frontend/.env.local", "state/jobs.db", "models/mine/adapter_model.safetensors",
        "data/patients.json", "config/adapters.json", "config/adapters.json.bak", "outputs/x", ".git/config",
        "frontend/node_modules/x/index.js", "backend/core/__pycache__/x.pyc", "predictions/predictions.json",
        "key.pem",
    ]  # fmt: skip
    assert set(build_context(tracked() + planted)) & set(planted) == set()


def tracked() -> list[str]:
    """The files of the repository, and those that will be."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def build_context(files: list[str]) -> list[str]:
    """Those that .dockerignore leaves: the last line that fits a file or a folder above it decides."""
    lines = Path(PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return [file for file in files if not _is_ignored(file, rules)]


def _is_ignored(file: str, rules: list[str]) -> bool:
    ignored = False
    parts = file.split("/")
    above = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    for rule in rules:
        if any(_pattern(rule.removeprefix("!")).fullmatch(path) for path in above):
            ignored = not rule.startswith("!")
    return ignored


def _pattern(rule: str) -> re.Pattern[str]:
    """`*` stays within a name, `**/` is any folders or none."""
    text = re.escape(rule).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(text)
