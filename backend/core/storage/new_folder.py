"""A folder that appears whole or not at all, written by one process at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.core.paths import shown
from backend.core.storage.files import partial_of, publish, require_new
from backend.core.storage.hold import Hold


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder that gets its name when the block ends well, and is gone when it does not.

    Raises:
        Conflict: the name is taken, or something else is writing there.
    """
    require_new(target)
    hold, partial = Hold(target), partial_of(target)
    hold.take(f"Something else is writing {shown(target)}: choose another name.")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        publish(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        hold.release()
