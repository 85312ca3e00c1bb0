"""Where things are: the project's root, paths as people type them, and names that must stay inside a folder."""

from __future__ import annotations

import re
from pathlib import Path

from backend.core.errors import InvalidInput, NotFound

PROJECT_ROOT = Path(__file__).resolve().parents[2]

WINDOWS_DRIVE_PATTERN = re.compile(r"^([A-Za-z]):[\\/](.*)$", re.DOTALL)
"""A path with a Windows drive, e.g. `C:\\data\\x.json`: `C` and `data\\x.json`."""


def normalise_path(text: str, base: Path = PROJECT_ROOT) -> Path:
    """A typed path as an absolute one.

    `C:\\data\\x.json` becomes `/mnt/c/data/x.json` (the Windows drive as WSL mounts it), `~` the home folder, and a
    relative path is taken from `base`.

    Raises:
        InvalidInput: the text holds a null byte, or names the home of a user who does not exist.
    """
    if "\0" in text:
        raise InvalidInput("The path holds a null byte: give a plain file path.")
    drive = WINDOWS_DRIVE_PATTERN.match(text)
    if drive:
        text = f"/mnt/{drive[1].lower()}/" + drive[2].replace("\\", "/")
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise InvalidInput(f"{text.partition('/')[0]} is nobody's home folder on this machine.") from None
    return path if path.is_absolute() else base / path


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def resolve_name(root: Path, name: str) -> Path:
    """The entry `name` of folder `root`, for names that come over HTTP: never a path, never outside, never a link.

    Raises:
        InvalidInput: the name is no plain name, or leads outside the folder.
        NotFound: there is no such entry.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput("That is not a name: use letters, digits, dot, dash and underscore, 128 at most.")
    candidate = root / name
    if candidate.is_symlink():  # asked first: whether there is something at its other end is not told
        raise InvalidInput(f"{name!r} leads outside {root.name}/.")
    if not candidate.exists():
        raise NotFound(f"There is no {name!r} in {root.name}/.")
    return candidate


def shown(path: Path) -> str:
    """The path as a person would write it: relative to the project where it lies inside."""
    try:
        return str(path.relative_to(PROJECT_ROOT))
    except ValueError:
        return str(path)
