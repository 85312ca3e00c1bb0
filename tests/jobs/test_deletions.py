"""Deleting an adapter: never one in use, and all of it or nothing when the service dies on the way (X25)."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from backend.core.registry import Adapter, AdapterRegistry
from backend.core.storage.files import set_aside
from backend.jobs.deletions import undo_deletions
from tests.api.test_guards import assert_problem
from tests.service_kit import app_in, submit, until_status


def adapter_in(folder: Path, name: str) -> tuple[AdapterRegistry, Path]:
    """An adapter with a folder and its entry."""
    made = folder / "models" / name
    made.mkdir(parents=True)
    (made / "weights").write_text("x")
    registry = AdapterRegistry(folder / "config" / "adapters.json")
    registry.add(Adapter(name=name, path=str(made)))
    return registry, made


def test_an_adapter_in_use_is_not_deleted(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        _, folder = adapter_in(tmp_path, "busy")
        job = submit(client, "busy_too", "wait", wait_for=str(tmp_path / "go"))
        until_status(client, job, "running")
        AdapterRegistry(tmp_path / "config" / "adapters.json").add(
            Adapter(name="busy_too", path=str(tmp_path / "models" / "busy_too"))
        )
        assert_problem(client.delete("/adapters/busy_too"), 409, "in_use")
        assert client.delete("/adapters/busy").status_code == 204
        assert not folder.exists()
        (tmp_path / "go").touch()


def test_the_registry_decides_what_a_crash_left(tmp_path: Path) -> None:
    registry, kept = adapter_in(tmp_path, "kept")
    _, gone = adapter_in(tmp_path, "gone")
    for folder in (kept, gone):
        set_aside(folder)
    registry.remove("gone")
    undo_deletions(registry, tmp_path / "models")
    assert (kept / "weights").exists()
    assert not gone.exists()


def test_nothing_is_given_up_while_the_registry_cannot_be_read(tmp_path: Path) -> None:
    registry, folder = adapter_in(tmp_path, "kept")
    set_aside(folder)
    registry.path.write_text("{")
    undo_deletions(registry, tmp_path / "models")
    assert folder.exists()
