"""Questions put to programs in short-lived child processes, so that the service loads neither torch nor tokenizers."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, ClassVar
from uuid import uuid4

from backend.core.environment.settings import Settings, folders_as_environment
from backend.core.errors import BadDataset, BadModel, InvalidInput, PipelineError
from backend.jobs.child import Child
from backend.jobs.folder import JobFolder
from backend.jobs.log import last_lines

LOOK_SECONDS = 0.05
MOST_WAITING = 8
MOST_KEPT = 64

FOLDER = "inquiries"
"""Within the folder of the service's state, emptied when the service starts."""

BAD_INPUT = 2
REASONS: Mapping[Any, type[InvalidInput]] = {kind.reason: kind for kind in (BadModel, BadDataset)}
"""What a child's failure is here, by its reason."""

Unwanted = Callable[[], bool]


class TooSlow(PipelineError):
    """It was ended, since nobody waits for ever."""


class Busy(PipelineError):
    """Others wait already."""


class Failed(PipelineError):
    """The child ended without an answer and without a reason of what it was asked about."""


class Inquiries:
    """Asks one thing at a time, and remembers the last answers.

    Args:
        settings: where models, data and the registry are.
        program: a recipe, or a module that is started like one; its result holds the answer.
        seconds: how long it may take.
    """

    noun: ClassVar[str] = "inquiry"
    """What it is called in messages."""
    elsewhere: ClassVar[str] = ""
    """Where to ask what takes longer."""
    too_slow: ClassVar[type[TooSlow]] = TooSlow
    busy: ClassVar[type[Busy]] = Busy
    failed: ClassVar[type[Failed]] = Failed

    def __init__(self, settings: Settings, program: Path, seconds: float) -> None:
        self._settings = settings
        self._program = program
        self._seconds = seconds
        self._environ = folders_as_environment(settings)
        self._turn = Lock()
        self._known: dict[Any, dict[str, Any]] = {}
        self._places = BoundedSemaphore(MOST_WAITING)
        self._closing = False

    def close(self) -> None:
        """End what runs; nothing is started any more."""
        self._closing = True

    def answer(
        self, key: Any, params: Mapping[str, Any], part: str, is_unwanted: Unwanted, field: str
    ) -> dict[str, Any]:
        """What the program finds.

        Args:
            key: two questions with the same key have the same answer.
            params: what it is given.
            part: of its result, where the answer stands.
            is_unwanted: whether nobody waits for the answer any more; the child is ended then.
            field: the parameter at fault when the program refuses what it was given.

        Raises:
            InvalidInput: the program refuses what it was given; the message is the program's.
            Busy, TooSlow, Failed: there is no answer now.
        """
        known = self._known.get(key)
        if known is not None:
            return known
        if not self._places.acquire(blocking=False):
            raise self.busy(f"{MOST_WAITING} {self.noun}s are waiting already: try again when some have ended.")
        try:
            while not self._turn.acquire(timeout=LOOK_SECONDS):
                self._require_wanted(is_unwanted)
            try:
                return self._known.get(key) or self._keep(key, self._run(params, part, is_unwanted, field))
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _keep(self, key: Any, answer: dict[str, Any]) -> dict[str, Any]:
        # Replaced, not changed: others read it meanwhile.
        self._known = dict([*self._known.items(), (key, answer)][-MOST_KEPT:])
        return answer

    def _run(self, params: Mapping[str, Any], part: str, is_unwanted: Unwanted, field: str) -> dict[str, Any]:
        self._require_wanted(is_unwanted)
        try:
            root = self._settings.state_dir / FOLDER
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f"{self.noun}-", dir=root) as place:
                folder = JobFolder(Path(place))
                folder.prepare(dict(params))
                child = Child(f"{self.noun}-{uuid4().hex}", self._program, folder.path, self._environ)
                try:
                    code = self._watch(child, is_unwanted)
                finally:
                    child.kill()
                    child.bury()
                return self._told(code, folder, part, field)
        except OSError as error:
            raise self.failed(f"The {self.noun} could not be started: {error}") from None

    def _watch(self, child: Child, is_unwanted: Unwanted) -> int:
        deadline = time.monotonic() + self._seconds
        while (code := child.wait(LOOK_SECONDS)) is None:
            self._require_wanted(is_unwanted)
            if time.monotonic() > deadline:
                raise self.too_slow(
                    f"The {self.noun} took longer than {self._seconds:.0f} seconds and was ended. {self.elsewhere}"
                )
        return code

    def _require_wanted(self, is_unwanted: Unwanted) -> None:
        if self._closing or is_unwanted():
            raise self.failed(f"The {self.noun} was given up.")

    def _told(self, code: int, folder: JobFolder, part: str, field: str) -> dict[str, Any]:
        found = (folder.result() or {}).get(part)
        if code == 0 and isinstance(found, dict):
            return found
        told: Mapping[str, Any] = folder.failure() or {}
        message = str(told.get("message") or "")
        if code == BAD_INPUT and message:
            raise REASONS.get(told.get("reason"), InvalidInput)(message, field)
        last = last_lines(folder.log, 1)
        raise self.failed(f"The {self.noun} failed: {message or (last[0] if last else f'exit code {code}')}")


def stamp_of(file: Path) -> tuple[int, int, int] | None:
    """Differs once the file is another one; None = there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
