"""A small text file that several programs change: one after the other, each change whole, the last one undoable.

The registry of adapters and `.env` are such files. Readers take no lock: a file is replaced by a rename, so they see
the old or the new text.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from backend.core.errors import Conflict, PipelineError
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, write_atomically

LOCK_SECONDS = 5.0
"""How long a writer waits for another one; a write takes milliseconds."""
POLL_SECONDS = 0.002
"""How often it looks. The lock is free for moments only while others write: with filelock's own 0.05 a program that
writes time after time takes it again and again before one that waits has looked."""


class FileUnreadable(PipelineError):
    """The file cannot be understood; it is left as it is."""

    exit_code = 2


class LockedFile:
    """The file and what surrounds it: its lock (`<name>.lock`) and the text before the last change (`<name>.bak`).

    Args:
        path: the file; a link is followed, so that it stays one.
        largest: bytes; a larger file is not read.
        mode: its permissions; None = those it has.
        unreadable: raised for a file that is no text of this size.
    """

    def __init__(
        self,
        path: Path,
        *,
        largest: int,
        mode: int | None = None,
        unreadable: type[FileUnreadable] = FileUnreadable,
    ) -> None:
        self.path = path
        self._largest = largest
        self._mode = mode
        self._unreadable = unreadable

    @property
    def backup(self) -> Path:
        """Where the text before the last change is kept."""
        path = self.path.resolve()
        return path.with_name(f"{path.name}.bak")

    def read(self) -> str | None:
        """The text as it stands, line ends included; None = there is no file. Raises `unreadable`."""
        try:
            with self.path.open("rb") as stream:
                content = stream.read(self._largest + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(f"{shown(self.path)} cannot be read ({error.strerror}): see to it.") from error
        if len(content) > self._largest:
            raise self.damaged(f"it is larger than {self._largest // 2**10:,} KiB")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
            raise self.damaged(f"line {line}, column {column}: this is not UTF-8") from None

    def change(self, edit: Callable[[str | None], str]) -> None:
        """Put `edit(text)` in place of the text; whatever `edit` raises leaves the file as it is.

        Acknowledged (returned) means on the disk. An error means the old text or the new one, never a mixture.

        Raises:
            Conflict: another program has been writing the file for too long.
            DiskFull, NotWritable: see `write_atomically`.
        """
        path = self.path.resolve()
        with self._locked(path):
            _sweep(path)
            old = self.read()
            new = edit(old)
            if new == old:
                return
            mode = self._mode
            if old is not None:
                mode = mode if mode is not None else path.stat().st_mode & 0o777
                write_atomically(self.backup, old, mode=mode)
            write_atomically(path, new, mode=mode)

    def damaged(self, why: str) -> FileUnreadable:
        """The error for a text that is wrong; it offers the text before the last change, if there is one."""
        offer = f", or put {shown(self.backup)} in its place" if self.backup.is_file() else ""
        return self._unreadable(f"{shown(self.path)} is damaged ({why}): mend it{offer}. It was not touched.")

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        """Hold the lock, which the system frees when its holder dies. Raises Conflict."""
        lock = FileLock(f"{path}.lock", timeout=LOCK_SECONDS, poll_interval=POLL_SECONDS)
        try:
            with explained_errors(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                lock.acquire()
        except Timeout:
            raise Conflict(
                f"Another program has been writing {shown(path)} for {LOCK_SECONDS:.0f} seconds: try again."
            ) from None
        try:
            yield
        finally:
            lock.release()


def _sweep(path: Path) -> None:
    """Remove what writers that were killed left beside the file: we hold the lock, so none of them lives."""
    prefixes = (f".tmp_{path.name}_", f".tmp_{path.name}.bak_")
    with suppress(OSError):  # not worth a failure: the next writer tries again
        for entry in list(os.scandir(path.parent)):
            if entry.name.startswith(prefixes):
                os.unlink(entry.path)
