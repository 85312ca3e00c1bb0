"""The folder of a run that several processes make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.core.runs.checkpoints import Checkpoint
from backend.core.runs.folder import RunFolder
from backend.engine.processes.world import World


@contextmanager
def opened(run: RunFolder, world: World) -> Iterator[RunFolder]:
    """The run's folder, opened by the main process alone; the others are told what it has found there.

    Raises as `RunFolder` on entering.
    """
    if not world.is_main:
        run.ended, found = world.of_main("the run's folder", None)
        run.checkpoint = Checkpoint(Path(found[0]), *found[1:]) if found else None
        yield run
        return
    with run:
        found = run.checkpoint
        world.of_main("the run's folder", [run.ended, [str(found.folder), found.step, found.run] if found else None])
        yield run
