"""Adapters beyond their registry entry: their size and files, another name for one, and the end of one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from backend.core.errors import Conflict, InUse, InvalidInput, NotFound, PipelineError
from backend.core.paths import normalise_path, shown
from backend.core.registry import Adapter
from backend.core.storage.archive import PlainFile, plain_files
from backend.core.storage.files import folder_size, set_aside, write_atomically
from backend.jobs.admission import is_claimed
from backend.jobs.model_checks import problem_of
from backend.jobs.models import Job
from backend.jobs.renames import moved
from backend.jobs.service import Service

FORMER_NAMES = "former_names"
"""What of an entry says how the adapter was called before: jobs, evaluations and whole models still name it so."""
CARD = "README.md"
LONGEST_CARD = 256 * 1024


def adapter_size(adapter: Adapter) -> int | None:
    """Bytes on the disk, None when the folder is gone."""
    try:
        folder = normalise_path(adapter.path)
        return folder_size(folder) if folder.is_dir() else None
    except (InvalidInput, OSError, ValueError):  # a path entered by hand may be none, or be gone as we look
        return None


def problem_in(adapter: Adapter) -> str | None:
    """Why nothing is loaded from its folder; None = nothing speaks against it."""
    problem = problem_of(normalise_path(adapter.path))
    return None if problem is None else str(problem)


def former_names(adapter: Adapter) -> list[str]:
    """What the adapter was called before, the last name first."""
    names = (adapter.model_extra or {}).get(FORMER_NAMES)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def adapter_named(service: Service, name: str) -> Adapter:
    """The adapter of that name, or else the one that had it before. Raises NotFound."""
    try:
        return service.registry.find(name)
    except NotFound:
        for adapter in service.registry.read().adapters:
            if name in former_names(adapter):
                return adapter
        raise


def files_of(service: Service, adapter: Adapter) -> list[PlainFile]:
    """The plain files of its folder; none of a folder outside MODEL_OUTPUT_DIR, which a person entered by hand."""
    folder = normalise_path(adapter.path)
    return plain_files(folder) if _lies_in(service.settings.model_output_dir, folder) else []


def card_of(files: Sequence[PlainFile]) -> str | None:
    """The model card among its files, without the metadata on top; None = it has none."""
    card = next((file for file in files if file.name == CARD), None)
    if card is None or card.size_bytes > LONGEST_CARD:
        return None
    try:
        text = card.path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    _, end, rest = text.removeprefix("---\n").partition("\n---\n")
    return (rest if text.startswith("---\n") and end else text).strip() or None


def change_adapter(service: Service, name: str, new_name: str | None, description: str | None) -> Adapter:
    """Give an adapter another name or description: its entry and its folder together, or neither.

    A folder outside MODEL_OUTPUT_DIR stays where it is.

    Raises:
        NotFound: no such adapter.
        InUse: an unfinished job makes or reads it, or it is answering.
        Conflict: the new name is taken.
    """
    with service.store.locked():  # no job may start to use it meanwhile
        adapter = service.registry.find(name)
        entry = adapter if description is None else adapter.model_copy(update={"description": description.strip()})
        if new_name is None or new_name == name:
            service.registry.replace(name, entry)
            return entry
        folder = normalise_path(adapter.path)
        _require_unused(service, name, folder)
        if service.worker.is_answering_with(folder):
            raise InUse(f"The adapter {name!r} is answering a prompt: try again when it has ended.")
        require_untaken(service, new_name)
        before = [former for former in former_names(adapter) if former != new_name]
        entry = entry.model_copy(update={"name": new_name, FORMER_NAMES: [name, *before]})
        if not _is_ours(service, name, folder):
            service.registry.replace(name, entry)
            return entry
        target = folder.with_name(new_name)
        entry = entry.model_copy(update={"path": shown(target)})
        with moved(service.registry, service.settings.model_output_dir, folder, target):
            service.registry.replace(name, entry)
    _rename_card(target / CARD, name, new_name)
    return entry


def delete_adapter(service: Service, name: str) -> None:
    """Take an adapter out of the registry and, where the folder is ours, off the disk.

    Only folders inside MODEL_OUTPUT_DIR are deleted: the registry may name others, which a person entered by hand.

    Raises:
        NotFound: no such adapter.
        InUse: an unfinished job makes or reads it.
    """
    with service.store.locked():  # no job may start to use it meanwhile
        adapter = service.registry.find(name)
        folder = normalise_path(adapter.path)
        _require_unused(service, name, folder)
        aside = set_aside(folder) if _is_ours(service, name, folder) else None
        try:
            service.registry.remove(name)
        except (PipelineError, OSError):
            if aside and _is_listed(service, name):
                os.replace(aside, folder)
            raise
    if aside:
        # The worker may hold the files open; on POSIX they stay readable to it until it leaves.
        shutil.rmtree(aside)


def user_of(service: Service, name: str, folder: Path) -> Job | None:
    """An unfinished job that makes a model or names it in any of its parameters."""
    return next((job for job in service.store.values() if not job.status.is_final and _uses(job, name, folder)), None)


def _require_unused(service: Service, name: str, folder: Path) -> None:
    if job := user_of(service, name, folder):
        raise InUse(f"The adapter {name!r} is in use by the job {job.name!r} ({job.id}): cancel it first.")


def require_untaken(service: Service, name: str) -> None:
    """Raises Conflict when a model answers to the name, or its folder is there or is about to be made."""
    folder = service.settings.model_output_dir / name
    is_taken = any(model.id == name for model in service.served.list())
    if is_taken or folder.exists() or folder.is_symlink() or is_claimed(service.store, str(folder)):
        raise Conflict(f"The name {name!r} is taken: choose another one.")


def _is_listed(service: Service, name: str) -> bool:
    """Whether the registry still has it; in doubt yes, for what is deleted cannot be put back."""
    try:
        return any(adapter.name == name for adapter in service.registry.read().adapters)
    except PipelineError:
        return True


def _lies_in(root: Path, folder: Path) -> bool:
    """Whether it is a folder below the root, reached without a link at its end."""
    inside = folder.resolve().is_relative_to(root.resolve()) and folder.resolve() != root.resolve()
    return inside and folder.is_dir() and not folder.is_symlink()


def _is_ours(service: Service, name: str, folder: Path) -> bool:
    """Whether the folder lies in MODEL_OUTPUT_DIR and belongs to this adapter alone."""
    others = (other for other in service.registry.read().adapters if other.name != name)
    shared = any(normalise_path(other.path) == folder for other in others)
    return _lies_in(service.settings.model_output_dir, folder) and not shared


def _rename_card(card: Path, name: str, new_name: str) -> None:
    """Have the card's title and command say the new name. It is only words: a card that cannot be written stays."""
    with suppress(PipelineError, OSError, UnicodeDecodeError):
        if card.is_symlink() or card.stat().st_size > LONGEST_CARD:
            return
        lines = card.read_text(encoding="utf-8").split("\n")
        title, command = f"# {name}", f"--model_path {name} "
        told = [line.replace(command, f"--model_path {new_name} ") for line in lines]
        told = [f"# {new_name}" if line == title else line for line in told]
        if told != lines:
            write_atomically(card, "\n".join(told))


def _uses(job: Job, name: str, folder: Path) -> bool:
    """Whether a job makes the adapter or names it in any of its parameters."""
    if job.target == str(folder):
        return True
    values = [value for given in job.params.values() for value in (given if isinstance(given, list) else [given])]
    return any(
        value in (name, str(folder)) or (isinstance(value, str) and value.startswith((f"{name}:", f"{folder}:")))
        for value in values
    )
