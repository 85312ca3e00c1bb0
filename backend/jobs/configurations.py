"""Configurations that people saved under a name: YAML files that `--config` takes too, in the state folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, InvalidInput, NotFound
from backend.core.params import Params
from backend.core.pasted import LONGEST, Mistake, Reading, read_text, read_values, written
from backend.core.paths import resolve_name, shown
from backend.core.storage.files import explained_errors, sync_folder, write_atomically
from backend.jobs.kinds import JobKind

MOST = 500
"""Configurations of a kind."""
SUFFIX = ".yaml"


@dataclass(frozen=True)
class Configuration:
    """A saved one."""

    path: Path
    saved_at: datetime

    @property
    def name(self) -> str:
        """As it was saved."""
        return self.path.stem

    @classmethod
    def at(cls, path: Path) -> Configuration:
        """That of a file. Raises NotFound when it has just been deleted."""
        try:
            return cls(path, datetime.fromtimestamp(path.stat().st_mtime, timezone.utc))
        except FileNotFoundError:
            raise NotFound(f"There is no saved configuration {path.stem!r}.") from None


def saved(settings: Settings, kind: JobKind) -> list[Configuration]:
    """The configurations of a kind, by name."""
    folder = _folder(settings, kind)
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return [Configuration.at(path) for path in files if path.is_file() and not path.is_symlink()]


def find(settings: Settings, kind: JobKind, name: str) -> Configuration:
    """The configuration of this name. Raises NotFound and InvalidInput."""
    try:
        path = resolve_name(_folder(settings, kind), f"{name}{SUFFIX}")
    except NotFound:
        raise NotFound(f"There is no saved configuration {name!r}.") from None
    return Configuration.at(path)


def text_of(configuration: Configuration) -> str:
    """Its YAML, as far as a reader would take it."""
    with explained_errors(configuration.path):
        return configuration.path.read_bytes()[:LONGEST].decode("utf-8", errors="replace")


def save(settings: Settings, kind: JobKind, name: str, params: Mapping[str, JsonValue]) -> Configuration:
    """Write a configuration, in place of one of the same name; on the disk when this returns.

    Raises:
        InvalidInput: a value does not fit its parameter, or there is no such parameter.
        Conflict: there are too many.
    """
    reading = read_values(kind.params, params)
    for unknown in reading.unknown:
        raise InvalidInput(f"{unknown}: there is no such parameter of {kind.name}.", "params")
    for error in reading.errors:
        raise InvalidInput(f"{error.name}: {error.message}", "params")
    folder = _folder(settings, kind)
    known = {configuration.name for configuration in saved(settings, kind)}
    if name not in known and len(known) >= MOST:
        raise Conflict(f"There are {MOST} saved configurations already: delete some first.")
    path = folder / f"{name}{SUFFIX}"
    with explained_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.is_dir():
        raise Conflict(f"{shown(path)} is no file of ours: choose another name.")
    write_atomically(path, written(reading.values))
    return Configuration.at(path)


def delete(settings: Settings, kind: JobKind, name: str) -> None:
    """Remove a configuration. Raises NotFound and InvalidInput."""
    path = find(settings, kind, name).path
    with explained_errors(path):
        path.unlink(missing_ok=True)  # a second request may have been quicker
        sync_folder(path.parent)


def read_for_form(settings: Settings, kind: JobKind, text: str) -> Reading:
    """What a text says, as far as the form of the kind can hold it. Raises InvalidInput."""
    reading = read_text(kind.params, text, kind.program.name)
    refused = [Mistake(name=name, message=why) for name in reading.values if (why := _elsewhere(kind, name))]
    barred = {mistake.name for mistake in refused}
    values = {name: value for name, value in reading.values.items() if name not in barred}
    if "output_dir" in kind.required and isinstance(made := values.get("output_dir"), str):
        values["output_dir"] = _name_in(settings.model_output_dir, made)
    return reading.model_copy(update={"values": values, "errors": [*reading.errors, *refused]})


def _folder(settings: Settings, kind: JobKind) -> Path:
    return settings.state_dir / "configs" / kind.name


def _elsewhere(kind: JobKind, name: str) -> str | None:
    if name in kind.elsewhere:
        return kind.elsewhere[name]
    return "The service sets it: it is no field of the form." if _is_managed(kind.params, name) else None


def _is_managed(params: type[Params], name: str) -> bool:
    extra = params.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("x-managed"))


def _name_in(root: Path, made: str) -> str:
    """A folder of the models folder by its name alone, as a request gives it."""
    path = PurePosixPath(made)
    return path.name if str(path.parent) in (shown(root), str(root)) else made
