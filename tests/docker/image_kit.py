"""Images without Docker: buildah builds the Dockerfile and starts what was built, as root, in nothing but a chroot.

Where no registry can be reached the base images are stand-ins of the same names (stand_ins/Dockerfile), and the
packages come from where this machine's pip and npm take them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from backend.core.paths import PROJECT_ROOT
from tests.docker.dockerfile_kit import base_images, stages

CHROOT = ("--isolation", "chroot")
STAND_INS = Path(__file__).with_name("stand_ins")
DEBIAN = "localhost/debian"
RELEASE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP = {Path("/etc/pip.conf"): "/etc/pip.conf", Path.home() / ".config/pip/pip.conf": "/root/.config/pip/pip.conf"}

is_possible = os.geteuid() == 0 and all(shutil.which(name) for name in ("buildah", "debootstrap"))


def buildah(*words: str | Path, seconds: float = 600) -> str:
    """Run buildah to its end and return what it prints; its errors are those of the test."""
    command = ["buildah", *(str(word) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout.strip()


def build(context: Path, target: str, tag: str, *options: str, file: Path | None = None) -> None:
    """Build one stage of a Dockerfile; what has been built before is taken again, as Docker does."""
    buildah(
        "bud", *CHROOT, "--format", "docker", "--layers", "--pull-never", "--target", target, "--tag", tag,
        *package_sources(), *options, "--file", file or context / "Dockerfile", context, seconds=1200,
    )  # fmt: skip


def size_of(tag: str) -> int:
    """Bytes of an image on the disk, its base included."""
    (image,) = json.loads(buildah("images", "--json", tag))
    number, unit = image["size"].split()
    return int(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])


def configuration_of(tag: str) -> dict[str, Any]:
    """What the image says of itself: User, Env, Healthcheck, ..."""
    found: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", tag))["Docker"]["config"]
    return found


def have_base_images() -> bool:
    """Fetch the base images that are not here, or make stand-ins; returns whether there are such."""
    for image in base_images():
        if not _is_here(image) and not _fetched(image):
            _make_stand_in(image)
    return _is_here(DEBIAN)


def _is_here(image: str) -> bool:
    return subprocess.run(["buildah", "inspect", "--type", "image", image], capture_output=True).returncode == 0


def _fetched(image: str) -> bool:
    try:
        return subprocess.run(["buildah", "pull", image], capture_output=True, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _make_stand_in(image: str) -> None:
    if not _is_here(DEBIAN):
        _debian()
    name = image.partition(":")[0]
    build(STAND_INS, name, f"docker.io/library/{image}")


def _debian() -> None:
    """Debian as debootstrap makes it, as an image."""
    container = buildah("from", "scratch")
    root = buildah("mount", container)
    options = ["--variant=minbase", "--include=ca-certificates"]
    subprocess.run(["debootstrap", *options, RELEASE, root, MIRROR], check=True, capture_output=True)
    buildah("commit", "--rm", container, DEBIAN)


def package_sources() -> list[str]:
    """This machine's settings of pip and npm, and the folders that pip's name, seen by every step of a build."""
    seen: dict[Path, str] = {CERTIFICATES: str(CERTIFICATES)} if CERTIFICATES.exists() else {}
    for file, place in PIP.items():
        if file.is_file():
            seen[file] = place
            named = [Path(text) for text in re.findall(r"(?:^|[\s=]|file://)(/[\w./-]+)", file.read_text())]
            seen |= {_whole_index(path): str(_whole_index(path)) for path in named if path.is_dir()}
    npmrc = Path.home() / ".npmrc"
    if npmrc.is_file():
        seen[npmrc] = "/root/.npmrc"
    return [f"--volume={path}:{place}:ro" for path, place in seen.items()]


def _whole_index(path: Path) -> Path:
    """A folder of links leads to its files beside it."""
    return path.parent if path.name == "simple" else path


def torch_that_can_be_had() -> list[str]:
    """Options of the build: none, or the release that scripts/setup.sh takes where its index cannot be reached."""
    index = stages()["packages"].arguments["TORCH_INDEX"]
    try:
        urlopen(f"{index}/torch/", timeout=5).close()
    except OSError:
        pin = re.search(r'TORCH_PIN="(.+)"', (PROJECT_ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8"))
        assert pin is not None
        return [f"--build-arg=TORCH={pin[1]}", "--build-arg=TORCH_INDEX=https://pypi.org/simple"]
    return []


@dataclass(frozen=True)
class Container:
    """A container of an image.

    Args:
        id: buildah's.
        root: where its files are seen from outside.
        configuration: the image's.
    """

    id: str
    root: Path
    configuration: dict[str, Any]

    def volume(self, target: str, folder: Path) -> str:
        """A folder as a new volume: Docker fills it with what the image has there, owner included."""
        if not folder.exists():
            subprocess.run(["cp", "--archive", self.root / target.lstrip("/"), folder], check=True)
        return f"--volume={folder}:{target}"

    def run(self, command: list[str], *options: str, **more: Any) -> subprocess.Popen[str]:
        """Start a command in it, as the image's user."""
        words = ["buildah", "run", *CHROOT, *options, self.id, "--", *command]
        return subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)

    def output(self, command: list[str], *options: str) -> tuple[int, str]:
        """Run a command in it to its end: exit code and output."""
        process = self.run(command, *options)
        text, _ = process.communicate(timeout=600)
        return process.returncode, text


@contextmanager
def container(tag: str) -> Iterator[Container]:
    """A container of an image, for as long as it is needed."""
    made = buildah("from", "--pull-never", tag)
    try:
        yield Container(made, Path(buildah("mount", made)), configuration_of(tag))
    finally:
        buildah("rm", made)


def copy_of_checkout(folder: Path, planted: dict[str, str]) -> Path:
    """The files of the repository in a folder of their own, with others beside them that must not go further."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        source = PROJECT_ROOT / name
        if source.is_file() and not source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    for name, text in planted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def closed_to_others(folder: Path) -> Path:
    """The folder as a strict umask leaves a checkout: its files are their owner's alone."""
    subprocess.run(["chmod", "--recursive", "go-rwx", folder], check=True)
    return folder
