"""The registry of adapters, `config/adapters.json`: read by everybody, written under a lock, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from backend.core.errors import Conflict, InvalidInput, NotFound
from backend.core.json_places import place_of, place_of_fault
from backend.core.paths import normalise_path, shown
from backend.core.storage.locked_file import FileUnreadable, LockedFile
from backend.core.strict_json import MalformedJson, strict_json

VERSION = 1
"""Of the file's form; a newer program may have written what we would lose."""
LARGEST_BYTES = 4 * 2**20
"""About 8,000 adapters; a larger file is something else."""

LONGEST_NAME = 255
"""Bytes; file systems take no longer names, and asking for one raises."""


PLAIN_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}")
"""What needs no closer look, which takes half the time of reading a registry of thousands."""


class RegistryUnreadable(FileUnreadable):
    """The registry file cannot be understood; it is left as it is."""


class Adapter(BaseModel):
    """One adapter; what a run knows beyond the named fields (rank, losses, lineage) is kept as given."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    name: str = Field(min_length=1, max_length=255)
    path: str = Field(min_length=1, max_length=4096)
    description: str = ""
    training_date: str = ""
    base_model: str = ""

    @field_validator("path", mode="after")
    @classmethod
    def _leads_somewhere(cls, value: str) -> str:
        """A person may have entered it."""
        if PLAIN_PATH.fullmatch(value):
            return value
        try:
            path = normalise_path(value)
        except InvalidInput as error:
            raise ValueError(str(error)) from None
        if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
            raise ValueError("holds a name that no file can have, it is too long")
        return value


class Registry(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    version: int = Field(VERSION, ge=1, le=VERSION)
    base_model: str = ""
    adapters: list[Adapter] = []


class AdapterRegistry:
    """The adapters known by name.

    Args:
        path: the registry file; missing = empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = LockedFile(path, largest=LARGEST_BYTES, unreadable=RegistryUnreadable)

    def read(self) -> Registry:
        """Raises RegistryUnreadable when the file is not a registry; the message says where."""
        return self._parsed(self._file.read())

    def _parsed(self, text: str | None) -> Registry:
        if text is None:
            return Registry()
        text = text.removeprefix("\ufeff")  # what Windows' editors put first
        try:
            return Registry.model_validate(strict_json(text))
        except MalformedJson as error:
            raise self._file.damaged(f"{place_of_fault(text)}: it {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            path = tuple(first["loc"])
            if path == ("version",) and first["type"] == "less_than_equal":
                raise self._file.damaged("a newer version of this program wrote it") from None
            name = ".".join(map(str, path)) or "the whole"
            raise self._file.damaged(f"{place_of(text, path)}: {name}: {first['msg']}") from None

    def find(self, name: str) -> Adapter:
        """Raises NotFound when no adapter has the name."""
        registry = self.read()
        for adapter in registry.adapters:
            if adapter.name == name:
                return adapter
        raise _unknown(name, registry)

    def folder_of(self, given: str, models_dir: Path) -> Path | None:
        """The folder meant by a path, a name of the registry, or a name in the models folder; None = nothing is."""
        typed = normalise_path(given, Path.cwd())
        if typed.is_dir():
            return typed
        try:
            return normalise_path(self.find(given).path)
        except NotFound:
            named = models_dir / given
            return named if named.is_dir() else None

    def add(self, adapter: Adapter) -> None:
        """Enter an adapter; one of the same name is replaced."""

        def with_it(registry: Registry) -> Registry:
            others = [known for known in registry.adapters if known.name != adapter.name]
            base_model = registry.base_model or adapter.base_model
            return registry.model_copy(update={"base_model": base_model, "adapters": [*others, adapter]})

        self._change(with_it)

    def replace(self, name: str, adapter: Adapter) -> None:
        """Put an entry in the place of another; adapters that were merged from it go by its new name.

        Raises:
            NotFound: there is none to be replaced.
            Conflict: another adapter has the new name.
        """

        def with_it(registry: Registry) -> Registry:
            names = [known.name for known in registry.adapters]
            if name not in names:
                raise _unknown(name, registry)
            if adapter.name != name and adapter.name in names:
                raise Conflict(f"There is an adapter {adapter.name!r} already: choose another name.")
            entries = [
                adapter if known.name == name else _with_parent(known, name, adapter.name)
                for known in registry.adapters
            ]
            return registry.model_copy(update={"adapters": entries})

        self._change(with_it)

    def remove(self, name: str) -> None:
        """Take an adapter out; its files stay. Raises NotFound."""

        def without_it(registry: Registry) -> Registry:
            kept = [known for known in registry.adapters if known.name != name]
            if len(kept) == len(registry.adapters):
                raise _unknown(name, registry)
            return registry.model_copy(update={"adapters": kept})

        self._change(without_it)

    def _change(self, change: Callable[[Registry], Registry]) -> None:
        def edit(text: str | None) -> str:
            new = change(self._parsed(text)).model_dump_json(indent=2) + "\n"
            if len(new.encode()) > LARGEST_BYTES:
                raise Conflict(f"The registry {shown(self.path)} is full: delete adapters that you no longer need.")
            return new

        self._file.change(edit)


def _with_parent(child: Adapter, name: str, new_name: str) -> Adapter:
    """The entry with a parent of this name called by the new one."""
    parents = (child.model_extra or {}).get("merged_from")
    if name == new_name or not isinstance(parents, list):
        return child
    renamed = [
        {**parent, "name": new_name} if isinstance(parent, dict) and parent.get("name") == name else parent
        for parent in parents
    ]
    return child.model_copy(update={"merged_from": renamed})


def _unknown(name: str, registry: Registry) -> NotFound:
    known = ", ".join(sorted(adapter.name for adapter in registry.adapters)) or "none yet"
    return NotFound(f"There is no adapter {name!r} in the registry (known: {known}).")
