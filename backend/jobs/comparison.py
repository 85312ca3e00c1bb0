"""Adapters compared in a short-lived child process of the recipe: this service never imports torch."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any
from uuid import uuid4

from backend.core.environment.settings import Settings, folders_as_environment
from backend.core.errors import BadModel, InvalidInput, PipelineError
from backend.core.params import MergeParams
from backend.core.paths import normalise_path
from backend.core.registry import Adapter
from backend.jobs.child import Child
from backend.jobs.confine import adapters_named
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import MERGE
from backend.jobs.log import last_lines

MOST_SECONDS = 120.0
"""Two adapters of a 7B model take a few; sixteen of them under a busy machine must end some time."""
LOOK_SECONDS = 0.05
MOST_WAITING = 8
MOST_KEPT = 64
FILES = ("adapter_config.json", "adapter_model.safetensors", "run.json")
"""What a comparison reads of an adapter."""

BAD_INPUT = 2


class ComparisonTooSlow(PipelineError):
    """It was ended, since nobody waits for ever."""


class ComparisonBusy(PipelineError):
    """Others wait already."""


class ComparisonFailed(PipelineError):
    """The child ended without an answer and without a reason of the adapters'."""


class Comparisons:
    """Compares adapters of the registry, one comparison at a time, and remembers the last ones.

    An answer holds as long as the adapters' files are the same: moving a slider back costs nothing.

    Args:
        settings: where models and the registry are.
        program: the recipe.
        seconds: how long a comparison may take.
    """

    def __init__(self, settings: Settings, program: Path = MERGE.program, seconds: float = MOST_SECONDS) -> None:
        self._settings = settings
        self._program = program
        self._seconds = seconds
        self._environ = folders_as_environment(settings)
        self._turn = Lock()
        self._known: dict[Any, dict[str, Any]] = {}
        self._places = BoundedSemaphore(MOST_WAITING)
        self._closing = False

    def compare(self, params: MergeParams, is_unwanted: Callable[[], bool] = lambda: False) -> dict[str, Any]:
        """What `merge_multiple_loras.py --report` finds, as JSON.

        Args:
            params: with `report`; its adapters are names of the registry.
            is_unwanted: whether nobody waits for the answer any more; the child is ended then.

        Raises:
            InvalidInput: an adapter is not in the registry, or the recipe refuses them; the message is the recipe's.
            ComparisonBusy, ComparisonTooSlow, ComparisonFailed: there is no answer now.
        """
        adapters = adapters_named(params.adapters, self._settings)
        key = (params.model_dump_json(), *(_stamp(adapter) for adapter in adapters))
        known = self._known.get(key)
        if known is not None:
            return known
        if not self._places.acquire(blocking=False):
            raise ComparisonBusy(f"{MOST_WAITING} comparisons are waiting already: try again when some have ended.")
        try:
            while not self._turn.acquire(timeout=LOOK_SECONDS):
                self._require_wanted(is_unwanted)
            try:
                return self._known.get(key) or self._keep(key, self._run(params, is_unwanted))
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def close(self) -> None:
        """End what runs; nothing is started any more."""
        self._closing = True

    def _keep(self, key: Any, answer: dict[str, Any]) -> dict[str, Any]:
        # Replaced, not changed: others read it meanwhile.
        self._known = dict([*self._known.items(), (key, answer)][-MOST_KEPT:])
        return answer

    def _run(self, params: MergeParams, is_unwanted: Callable[[], bool]) -> dict[str, Any]:
        self._require_wanted(is_unwanted)
        try:
            with tempfile.TemporaryDirectory(prefix="comparison-") as place:
                folder = JobFolder(Path(place))
                folder.prepare(params.model_dump(mode="json"))
                child = Child(f"comparison-{uuid4().hex}", self._program, folder.path, self._environ)
                try:
                    code = self._watch(child, is_unwanted)
                finally:
                    child.kill()
                    child.bury()
                return _answer(code, folder)
        except OSError as error:
            raise ComparisonFailed(f"The comparison could not be started: {error}") from None

    def _watch(self, child: Child, is_unwanted: Callable[[], bool]) -> int:
        deadline = time.monotonic() + self._seconds
        while (code := child.wait(LOOK_SECONDS)) is None:
            self._require_wanted(is_unwanted)
            if time.monotonic() > deadline:
                raise ComparisonTooSlow(
                    f"The comparison took longer than {self._seconds:.0f} seconds and was ended. `python "
                    "merge_multiple_loras.py --report --adapters ...` has no limit."
                )
        return code

    def _require_wanted(self, is_unwanted: Callable[[], bool]) -> None:
        if self._closing or is_unwanted():
            raise ComparisonFailed("The comparison was given up.")


def _answer(code: int, folder: JobFolder) -> dict[str, Any]:
    found = (folder.result() or {}).get("comparison")
    if code == 0 and isinstance(found, dict):
        return found
    told: Mapping[str, Any] = folder.failure() or {}
    message = str(told.get("message") or "")
    if code == BAD_INPUT and message:
        raise (BadModel if told.get("reason") == BadModel.reason else InvalidInput)(message, "adapters")
    last = last_lines(folder.log, 1)
    raise ComparisonFailed(f"The comparison failed: {message or (last[0] if last else f'exit code {code}')}")


def _stamp(adapter: Adapter) -> tuple[Any, ...]:
    """Differs once the adapter is another one."""
    folder = normalise_path(adapter.path)
    return (str(folder), *(_stamp_of(folder / name) for name in FILES))


def _stamp_of(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
