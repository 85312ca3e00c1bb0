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
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from backend.core.errors import Conflict, DiskFull, InvalidInput, PipelineError
from backend.core.paths import shown

HASHED_AT_ONCE = 1 << 22
_SURROGATE = re.compile("[\ud800-\udfff]")


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Replace the file so that readers see the old or the new content, never a part.

    Args:
        path: the file; its folder must exist.
        content: text (written as UTF-8) or bytes.
        durable: flush to the disk before the rename; switch off for what may be lost, such as progress.

    Raises:
        DiskFull: no room; the old file is untouched.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, partial = tempfile.mkstemp(prefix=f".tmp_{path.name}_", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        os.chmod(partial, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(partial, path)
    except BaseException as error:  # also when a person stops the program
        Path(partial).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise explained(error, path) from error
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in the folder survive a power loss (POSIX; elsewhere nothing to do)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
        return InvalidInput(f"No permission to write {shown(path)}: choose another folder or change its permissions.")
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
    for path in partial.rglob("*"):
        # safetensors writes its files for the owner alone (0600); a service of another user must read them too.
        path.chmod(path.stat().st_mode | 0o444)
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
    aside = folder.parent / f".partial-deleted-{folder.name}-{token_hex(4)}"
    os.replace(folder, aside)
    return aside
