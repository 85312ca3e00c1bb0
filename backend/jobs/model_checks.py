"""What is wrong with a model's folder, known to the service without opening it twice.

The programs that load a model check it themselves; here a bad one is told in lists and refused at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from backend.core.errors import BadModel
from backend.core.models.folder import require_safe

MOST_KEPT = 512

Stamp = tuple[tuple[str, int, int, int], ...]

_known: dict[Path, tuple[Stamp, BadModel | None]] = {}
"""The last finding on each folder, with the state of its files."""


def problem_of(folder: Path) -> BadModel | None:
    """Why nothing may be loaded from a folder; None = nothing speaks against it, or it is gone."""
    stamp = _stamp(folder)
    known = _known.get(folder)
    if known is None or known[0] != stamp:
        known = (stamp, _judged(folder))
        if len(_known) >= MOST_KEPT:
            _known.clear()
        _known[folder] = known
    return known[1]


def require_loadable(folder: Path, field: str | None = None) -> None:
    """Raises BadModel when nothing may be loaded from a folder."""
    problem = problem_of(folder)
    if problem is not None:
        raise type(problem)(str(problem), field)


def _judged(folder: Path) -> BadModel | None:
    if not folder.is_dir():
        return None
    try:
        require_safe(folder)
    except BadModel as problem:
        return problem
    except OSError as error:  # it changes while we look, or may not be read
        return BadModel(f"{folder.name} cannot be read: {error.strerror}.")
    return None


def _stamp(folder: Path) -> Stamp:
    """Differs once any file of the folder is another one."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))
            except OSError:
                continue
            found.append((os.path.join(place, name), status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(sorted(found))
