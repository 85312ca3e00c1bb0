"""The folder in which models of the hub are kept: whether a download would find a place there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from backend.core.environment.settings import Settings
from backend.core.models.hub_cache import cache_folder, cached_models
from backend.core.paths import shown
from backend.jobs.connections.report import ConnectionReport

ROOM = 5 * 2**30
"""Less than this, and not even a model of 1.5 B parameters may fit (3 GB, and half-fetched files beside it)."""
MOST_FILES = 100_000


def try_model_cache(settings: Settings) -> ConnectionReport:
    """Write a file there and take it away again; count what is kept."""
    folder = cache_folder(settings)
    place = _existing(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".tmp_"):
            pass
        free = shutil.disk_usage(place).free
    except OSError as error:
        return ConnectionReport(
            outcome="fails",
            message=f"Nothing can be written in {shown(place)}: {error.strerror or 'it is no folder'}.",
        )
    models = cached_models(settings)
    kept = f"{len(models):,} whole model{'' if len(models) == 1 else 's'}, {_gigabytes(_size(folder))} in all"
    if not folder.is_dir():
        kept = "the folder is made with the first download"
    return ConnectionReport(
        outcome="works" if free > ROOM else "doubtful",
        message=f"{shown(folder)} can be written, with {_gigabytes(free)} free: {kept}.",
        details=[] if free > ROOM else ["That is little room for another model."],
    )


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _size(folder: Path) -> int:
    """Bytes of the files; links into the blobs count for nothing, nor what lies beyond very many files."""
    size = seen = 0
    for place, _, names in os.walk(folder):
        for name in names:
            seen += 1
            if seen > MOST_FILES:
                return size
            try:
                status = os.lstat(os.path.join(place, name))
            except OSError:
                continue
            size += 0 if os.path.islink(os.path.join(place, name)) else status.st_size
    return size


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
