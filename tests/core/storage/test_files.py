"""Files and folders appear whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backend.core.errors import Conflict, DiskFull, InvalidInput, PipelineError
from backend.core.paths import normalise_path, resolve_name
from backend.core.registry import Adapter, AdapterRegistry, RegistryUnreadable
from backend.core.storage.files import publish, require_new, write_atomically, write_json


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="free some space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EBUSY, "mount the directory"), (errno.EROFS, "No permission"), (errno.EIO, "failed")]
)
def test_a_mounted_file_and_a_failing_disk_are_told(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def refused(source: str, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(PipelineError, match=words):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_exists_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="exists already"):
        require_new(tmp_path)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="is a file"):
        require_new(tmp_path / "file" / "adapter")


def test_publishing_gives_the_name_in_one_step(tmp_path: Path) -> None:
    (tmp_path / ".partial-x").mkdir()
    publish(tmp_path / ".partial-x", tmp_path / "x")
    assert (tmp_path / "x").is_dir()
    (tmp_path / ".partial-x").mkdir()
    with pytest.raises(Conflict, match="finished work is in"):
        publish(tmp_path / ".partial-x", tmp_path / "x")


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (r"C:\data\x.json", "/mnt/c/data/x.json"),
        ("d:/data/x.json", "/mnt/d/data/x.json"),
        ("/abs/x.json", "/abs/x.json"),
        ("x.json", "/base/x.json"),
    ],
)
def test_paths_as_people_type_them(typed: str, path: str) -> None:
    assert normalise_path(typed, Path("/base")) == Path(path)


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "/etc/passwd", "", ".hidden", "a\0b", "a\\b", "C:x", "x" * 300])
def test_a_name_never_leaves_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        resolve_name(tmp_path, name)


def test_a_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").touch()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="leads outside"):
        resolve_name(tmp_path / "root", "link")


def test_the_registry_adds_replaces_and_removes(tmp_path: Path) -> None:
    registry = AdapterRegistry(tmp_path / "config" / "adapters.json")
    assert registry.read().adapters == []
    registry.add(Adapter.model_validate({"name": "a", "path": "m/a", "base_model": "tiny", "lora_r": 8}))
    registry.add(Adapter(name="b", path="m/b"))
    registry.add(Adapter(name="a", path="m/a2"))
    assert {adapter.name: adapter.path for adapter in registry.read().adapters} == {"a": "m/a2", "b": "m/b"}
    assert registry.read().base_model == "tiny"
    registry.remove("a")
    assert [adapter.name for adapter in registry.read().adapters] == ["b"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"adapters": 3}', '{"adapters": [{"name": 1}]}'])
def test_a_damaged_registry_is_left_as_it_is(content: str, tmp_path: Path) -> None:
    path = tmp_path / "adapters.json"
    path.write_text(content)
    with pytest.raises(RegistryUnreadable, match="was not touched"):
        AdapterRegistry(path).add(Adapter(name="a", path="p"))
    assert path.read_text() == content


def test_json_is_written_for_people(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "Ω"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "name": "Ω"\n}\n'
