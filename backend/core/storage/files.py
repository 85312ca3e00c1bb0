"""Writing that is whole or not there: files replaced atomically, folders published by rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from backend.core.errors import Conflict, DiskFull, InvalidInput, NotWritable, PipelineError
from backend.core.paths import shown

HASHED_AT_ONCE = 1 << 22
SET_ASIDE = ".partial-deleted-"
"""How the name of a folder begins that is about to be removed."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True, mode: int | None = None) -> None:
    """Replace the file so that readers see the old or the new content, never a part.

    Args:
        path: the file; its folder must exist.
        content: text (written as UTF-8) or bytes.
        durable: flush to the disk before and after the rename; switch off for what may be lost, such as progress.
        mode: its permissions; None = those it has, and 0644 for a new file.

    Raises:
        DiskFull: no room; the old file is untouched.
        NotWritable: no permission, a read-only disk, or a file that is mounted by itself; it is untouched.
    """
    with explained_errors(path):
        data = content.encode("utf-8") if isinstance(content, str) else content
        handle, partial = tempfile.mkstemp(prefix=f".tmp_{path.name}_", dir=path.parent)
        try:
            try:
                _fill(handle, data, path, mode, durable=durable)
            finally:
                os.close(handle)
            os.replace(partial, path)
        except BaseException:  # also when a person stops the program
            with suppress(OSError):  # what went wrong first is told; the service sweeps up stale ones
                os.unlink(partial)
            raise
        if durable:
            sync_folder(path.parent)


def _fill(handle: int, data: bytes, path: Path, mode: int | None, *, durable: bool) -> None:
    """Write the content of a file that will replace `path`, with its owner where we may give it away."""
    old = path.stat() if path.exists() else None
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    if os.name == "posix":
        os.fchmod(handle, mode if mode is not None else old.st_mode & 0o777 if old else 0o644)
        if old and (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
            with suppress(PermissionError):  # a container's root must not take the user's file away from him
                os.fchown(handle, old.st_uid, old.st_gid)
    if durable:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make renames in the folder survive a power loss (POSIX; elsewhere nothing to do)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below, then the folder itself: what a rename publishes must be on the disk."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                continue
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(place))


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Write a value as indented JSON, atomically; half a surrogate pair, which UTF-8 lacks, as an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if _SURROGATE.search(text):
        text = json.dumps(value, indent=2) + "\n"
    write_atomically(path, text, durable=durable)


def explained(error: OSError, path: Path) -> Exception:
    """The error for people where we know one, else the error itself."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No room left on the disk while writing {shown(path)}: free some space and try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NotWritable(f"No permission to write {shown(path)}: choose another folder or change its permissions.")
    if error.errno == errno.EBUSY:  # what a rename onto a bind-mounted file answers
        return NotWritable(
            f"{shown(path)} is mounted by itself and cannot be replaced: mount the directory {shown(path.parent)} "
            "in its place."
        )
    if error.errno in (errno.EIO, errno.ESTALE):
        return PipelineError(f"The disk failed at {shown(path)} ({error.strerror}): look after it, then try again.")
    return error


def partial_of(target: Path) -> Path:
    """The folder in which the content of `target` is made before it is published."""
    return target.parent / f".partial-{target.name}"


def require_new(target: Path) -> None:
    """Check that a folder can be made: it does not exist and its parent can be written.

    Raises:
        Conflict: the folder exists.
        InvalidInput: no permission, or the parent is a file.
    """
    if target.exists():
        raise Conflict(f"The output folder {shown(target)} exists already: choose another name, or delete it first.")
    _require_writable_parent(target)


def require_replaceable(path: Path) -> None:
    """Check that a file can be written, whether or not it and its folder exist.

    Raises:
        InvalidInput: it is a folder, a parent is a file, or there is no permission.
    """
    if os.path.isdir(path):  # not Path.is_dir(), which raises for a name that is too long
        raise InvalidInput(f"{shown(path)} is a folder: give a file.")
    _require_writable_parent(path)


def _require_writable_parent(path: Path) -> None:
    try:
        parent = next(folder for folder in path.parents if folder.exists())
        if not parent.is_dir():
            raise InvalidInput(f"{shown(parent)} is a file, so {shown(path)} cannot be made: choose another folder.")
        # Named as `write_atomically` will name it, so that a name which is too long shows too.
        with tempfile.NamedTemporaryFile(prefix=f".tmp_{path.name}_", dir=parent):
            pass
    except OSError as error:
        told = explained(error, path)
        if isinstance(told, PipelineError):
            raise told from error
        raise InvalidInput(f"{shown(path)} cannot be made ({error.strerror}): choose another place.") from error


def publish(partial: Path, target: Path) -> None:
    """Give the finished folder its name, in one step.

    Raises:
        Conflict: the name was taken meanwhile; the work stays in `partial`.
    """
    with explained_errors(target):
        for path in partial.rglob("*"):
            # safetensors writes its files for the owner alone (0600); a service of another user must read them too.
            path.chmod(path.stat().st_mode | 0o444)
        sync_tree(partial)
        if target.exists():
            raise Conflict(f"{shown(target)} appeared meanwhile: the finished work is in {shown(partial)}.")
        os.replace(partial, target)
        sync_folder(target.parent)


@contextmanager
def explained_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission inside the block into an error for people."""
    try:
        yield
    except OSError as error:
        raise explained(error, path) from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal; read in pieces, for a model's shard is gigabytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(HASHED_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def folder_size(folder: Path) -> int:
    """Bytes of all files below the folder."""
    return sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file())


def remove_folder(folder: Path) -> None:
    """Remove a folder so that it is gone from sight at once, whatever happens on the way."""
    shutil.rmtree(set_aside(folder))


def set_aside(folder: Path) -> Path:
    """Take a folder out of sight before it is removed; the service sweeps up what a crash leaves in between."""
    aside = folder.parent / f"{SET_ASIDE}{folder.name}-{token_hex(4)}"
    os.replace(folder, aside)
    return aside
