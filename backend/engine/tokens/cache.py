"""Tokenised files on the disk, each under the hash of all it was made from, the longest unused deleted first."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from filelock import FileLock, Timeout

from backend.core.errors import DiskFull, NotWritable, PipelineError
from backend.core.storage.files import explained_errors, folder_size, publish, remove_folder, write_json
from backend.engine.tokens.flat import Flat, FlatWriter, Written, is_whole

MOST_BYTES = 5 * 2**30
"""All entries together: 1.3 billion tokens."""
MOST_NOTES = 1000
"""Files that were looked through; a note is of some hundred bytes."""
ABANDONED_SECONDS = 60.0
"""So young, a partial folder may belong to a run that is about to lock it."""
HEADER, LOCK, PARTIAL = "header.json", "lock", ".partial-"

logger = logging.getLogger(__name__)

Write = Callable[[FlatWriter], Mapping[str, Any]]
"""Writes the examples and returns what else is to be remembered of them, as JSON has it."""


@dataclass(frozen=True)
class Entry:
    """A tokenised file: its examples, what was remembered of it, and whether it came from the disk."""

    flat: Flat
    about: Mapping[str, Any]
    is_found: bool


class TokenCache:
    """The entries in a folder; any number of runs may use it at once.

    Args:
        folder: made when the first entry is.
        writes: whether new entries are kept; else they live in memory.
    """

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        self._folder = folder
        self._writes = writes

    def entry(self, key: str, write: Write) -> Entry:
        """The entry of this key, found or made; where the disk takes no more, made in memory."""
        if found := self._found(key):
            return found
        if self._writes:
            try:
                with explained_errors(self._folder):
                    return self._made(key, write)
            except (OSError, Timeout, DiskFull, NotWritable) as error:
                logger.warning("The tokenised examples are not kept for the next start: %s", error)
        writer = FlatWriter()
        about = write(writer)
        return Entry(writer.in_memory(), about, is_found=False)

    def note(self, key: str, names: Collection[str], make: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What was found out about a file under these names, remembered or found out now."""
        path = self._folder / f"{key}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict) and found.keys() == set(names):
                with suppress(OSError):
                    os.utime(path)  # used now
                return found
        except (OSError, ValueError):
            pass
        made = make()
        if self._writes:
            with suppress(OSError, PipelineError):
                self._folder.mkdir(parents=True, exist_ok=True)
                write_json(path, made)
                self._forget_notes()
        return made

    def _forget_notes(self) -> None:
        """Delete the notes longest unused beyond the limit. Raises OSError."""
        notes = list(self._folder.glob("*.json"))
        if len(notes) > MOST_NOTES:
            for note in sorted(notes, key=lambda path: path.stat().st_mtime)[:-MOST_NOTES]:
                note.unlink(missing_ok=True)

    def _found(self, key: str) -> Entry | None:
        folder = self._folder / key
        if not folder.exists():
            return None
        try:
            header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            written = {name: Written(**part) for name, part in header["parts"].items()}
            about: Mapping[str, Any] = header["about"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            written, about = {}, {}
        if not is_whole(folder, written):
            logger.warning("The examples tokenised before are damaged: they are made anew.")
            with suppress(OSError):
                remove_folder(folder)
            return None
        with suppress(OSError):
            os.utime(folder / HEADER)  # used now
        return Entry(Flat.of_folder(folder), about, is_found=True)

    def _made(self, key: str, write: Write) -> Entry:
        """Make it in a partial folder and give that its name. Raises OSError."""
        partial = self._folder / f"{PARTIAL}{key}-{token_hex(4)}"
        partial.mkdir(parents=True)
        lock = FileLock(partial / LOCK)
        try:
            with lock.acquire(timeout=0):
                writer = FlatWriter(partial)
                try:
                    about = write(writer)
                finally:
                    written = writer.close()
                parts = {name: asdict(part) for name, part in written.items()}
                write_json(partial / HEADER, {"parts": parts, "about": about})
                flat = self._published(partial, self._folder / key)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        self._sweep(keep=key)
        return Entry(flat, about, is_found=False)

    @staticmethod
    def _published(partial: Path, target: Path) -> Flat:
        """The examples under their name; if another run was first, our own files, which stay mapped until the end."""
        try:
            publish(partial, target)
        except (OSError, PipelineError):
            flat = Flat.of_folder(partial)
            shutil.rmtree(partial, ignore_errors=True)
            return flat
        return Flat.of_folder(target)

    def _sweep(self, keep: str) -> None:
        """Delete what killed runs left behind, and the entries longest unused beyond the limit."""
        for partial in self._folder.glob(f"{PARTIAL}*"):
            with suppress(OSError, Timeout):
                if time.time() - partial.stat().st_mtime > ABANDONED_SECONDS:
                    with FileLock(partial / LOCK).acquire(timeout=0):
                        shutil.rmtree(partial, ignore_errors=True)
        total = 0
        for folder in sorted(self._folder.glob("[0-9a-f]*/"), key=_last_used, reverse=True):
            with suppress(OSError):
                total += folder_size(folder)
                if total > MOST_BYTES and folder.name != keep:
                    remove_folder(folder)


def _last_used(folder: Path) -> float:
    try:
        return (folder / HEADER).stat().st_mtime
    except OSError:
        return 0.0
