"""A folder in memory, where flushing a file takes no time."""

from __future__ import annotations

import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")


def memory_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder in memory where the machine has such a place, else wherever temporary files go."""
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
