"""The registry of adapters, `config/adapters.json`: read by everybody, written under a lock, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from backend.core.errors import Conflict, NotFound, PipelineError
from backend.core.files import write_atomically
from backend.core.paths import normalise_path, shown

LOCK_SECONDS = 5.0
"""How long a writer waits for another one; a write takes milliseconds."""


class RegistryUnreadable(PipelineError):
    """The registry file cannot be understood; it is left as it is."""

    exit_code = 2


class Adapter(BaseModel):
    """One adapter; what a run knows beyond the named fields (rank, losses, lineage) is kept as given."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    name: str
    path: str
    description: str = ""
    training_date: str = ""
    base_model: str = ""


class Registry(BaseModel):
    """The file's content."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    base_model: str = ""
    adapters: list[Adapter] = []


class AdapterRegistry:
    """The adapters known by name.

    Args:
        path: the registry file; missing = empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Registry:
        """Raises RegistryUnreadable when the file is not a registry."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Registry()
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryUnreadable(f"The registry {shown(self.path)} cannot be read: {error}.") from error
        try:
            return Registry.model_validate_json(text)
        except ValidationError as error:
            why = error.errors()[0]["msg"]
            raise RegistryUnreadable(
                f"The registry {shown(self.path)} is damaged ({why}): mend it or move it away; it was not touched."
            ) from None

    def find(self, name: str) -> Adapter:
        """Raises NotFound when no adapter has the name."""
        adapters = self.read().adapters
        for adapter in adapters:
            if adapter.name == name:
                return adapter
        known = ", ".join(sorted(adapter.name for adapter in adapters)) or "none yet"
        raise NotFound(f"There is no adapter {name!r} in the registry (known: {known}).")

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
        with self._locked():
            registry = self.read()
            others = [known for known in registry.adapters if known.name != adapter.name]
            base_model = registry.base_model or adapter.base_model
            self._write(registry.model_copy(update={"base_model": base_model, "adapters": [*others, adapter]}))

    def remove(self, name: str) -> Adapter:
        """Take an adapter out; its files stay. Raises NotFound."""
        with self._locked():
            adapter = self.find(name)
            registry = self.read()
            kept = [known for known in registry.adapters if known.name != name]
            self._write(registry.model_copy(update={"adapters": kept}))
        return adapter

    def _locked(self) -> Any:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return FileLock(f"{self.path}.lock").acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise Conflict(
                f"Another program has been writing {shown(self.path)} for {LOCK_SECONDS:.0f} seconds: try again."
            ) from None

    def _write(self, registry: Registry) -> None:
        write_atomically(self.path, registry.model_dump_json(indent=2) + "\n")
