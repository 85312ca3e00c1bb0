"""A finished merge verifies; any byte, file or layer that is not what the manifest and the parents say, does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.params import MergeParams
from backend.core.storage.files import sha256_of
from backend.engine.adapter_file import CONFIG, WEIGHTS
from backend.engine.merge.combining import merge_modules
from backend.engine.merge.into_base import write_model
from backend.engine.merge.manifest import MANIFEST, write_manifest
from backend.engine.merge.output import write_adapter
from backend.engine.merge.parents import open_parents
from backend.engine.merge.verification import verify
from tests.conftest import Maker

Finish = Callable[..., Path]


@pytest.fixture
def finished(make_adapter: Maker, small_model: Path, tmp_path: Path) -> Finish:
    """Writes a merge of `one` and `two` with its manifest: `finished(method="sum", ...)`."""
    from dataclasses import asdict

    base = tmp_path / "base"
    shutil.copytree(small_model, base)
    one, two = make_adapter("one", seed=1), make_adapter("two", seed=2)

    def make(**given: Any) -> Path:
        folder = tmp_path / "merged"
        folder.mkdir()
        named = {"adapters": [f"{one}:0.7", f"{two}:-0.4"], "output_dir": str(folder), "base_model_name": str(base)}
        params = MergeParams.model_validate({**named, **given})
        parents = open_parents(params, Settings())
        modules: list[Any] = []
        more: dict[str, Any] = {}
        if params.into_base:
            more["base"] = asdict(write_model(folder, parents, params, Settings()))
        else:
            modules = list(merge_modules(parents, params))
            write_adapter(folder, parents, modules)
        write_manifest(folder, parents, modules, params, **more)
        return folder

    return make


def alter(path: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Alter a tensor of a safetensors file."""
    tensors = load_file(path)
    tensors[name] = change(tensors[name])
    save_file(tensors, path, metadata={"format": "pt"})


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Alter the manifest."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(content)
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")


def approve(folder: Path, name: str) -> None:
    """Let the manifest say of a file what it is now, as one who forges a merge would."""
    edit(folder, lambda content: content["files"].update({name: sha256_of(folder / name)}))


@pytest.mark.parametrize(
    "given",
    [
        {"method": "sum"},
        {"method": "cat", "output_dtype": "bfloat16"},
        {"method": "svd", "rank": "2"},
        {"method": "linear"},
        {"method": "ties_svd"},
        {"method": "dare_ties_svd"},
        {"method": "core_ties"},
        {"into_base": True},
        {"into_base": True, "method": "ties_svd"},
        {"into_base": True, "method": "dare_linear_svd"},
        {"into_base": True, "base_view": "nf4-roundtrip"},
    ],
    ids=lambda given: " ".join(map(str, given.values())),
)
def test_a_finished_merge_verifies(finished: Finish, given: dict[str, Any]) -> None:
    lines = verify(finished(**given))
    assert lines[0].startswith("All ")
    assert "8 of 14 layers, computed again from" in lines[1]


@pytest.mark.parametrize("given", [{}, {"into_base": True}])
def test_one_altered_byte_is_named(finished: Finish, given: dict[str, Any]) -> None:
    folder = finished(**given)
    name = next(path.name for path in sorted(folder.iterdir()) if path.suffix == ".safetensors")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BadModel, match=f"{name} is changed"):
        verify(folder)


def test_a_missing_file_is_named(finished: Finish) -> None:
    folder = finished()
    (folder / CONFIG).unlink()
    with pytest.raises(BadModel, match=f"{CONFIG} is missing"):
        verify(folder)


def test_an_extra_file_is_named(finished: Finish) -> None:
    folder = finished()
    (folder / "more").mkdir()
    (folder / "more" / "evil.py").write_text("", encoding="utf-8")
    with pytest.raises(BadModel, match=r"more/evil\.py is not named"):
        verify(folder)


def test_a_manifest_of_another_version_is_refused(finished: Finish) -> None:
    folder = finished()
    edit(folder, lambda content: content.update(schema=99))
    with pytest.raises(BadModel, match="another version"):
        verify(folder)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=MANIFEST):
        verify(tmp_path)


@pytest.mark.parametrize("files", [None, {}, [], {"../secret": "0" * 64}, {"/etc/passwd": "0" * 64}, {"x": "short"}])
def test_a_damaged_list_of_files_is_refused(finished: Finish, files: Any) -> None:
    folder = finished()
    edit(folder, lambda content: content.update(files=files))
    with pytest.raises(BadModel, match="damaged"):
        verify(folder)


@pytest.mark.parametrize("given", [{"method": "sum"}, {"method": "svd", "rank": "2"}, {"method": "ties_svd"}])
def test_another_adapter_under_the_manifest_is_found_out(finished: Finish, given: dict[str, Any]) -> None:
    folder = finished(**given)
    tensors = load_file(folder / WEIGHTS)
    save_file({name: tensor * 0.9 for name, tensor in tensors.items()}, folder / WEIGHTS, metadata={"format": "pt"})
    approve(folder, WEIGHTS)
    with pytest.raises(BadModel, match=r"although its hashes agree: model\.layers"):
        verify(folder)


def test_a_model_without_the_change_is_found_out(finished: Finish, small_model: Path) -> None:
    folder = finished(into_base=True)
    shutil.copyfile(small_model / "model.safetensors", folder / "model.safetensors")
    approve(folder, "model.safetensors")
    with pytest.raises(BadModel, match=r"model\.layers\.\d.*weights"):
        verify(folder)


def test_other_weights_in_the_manifest_are_found_out(finished: Finish) -> None:
    folder = finished()
    edit(folder, lambda content: content["parents"][0].update(weight=0.5))
    with pytest.raises(BadModel, match="does not hold the merged change"):
        verify(folder)


def test_a_parent_that_has_changed_is_said_and_no_fault(finished: Finish, tmp_path: Path) -> None:
    folder = finished()
    name = next(iter(load_file(tmp_path / "one" / WEIGHTS)))
    alter(tmp_path / "one" / WEIGHTS, name, lambda tensor: tensor * 2)
    lines = verify(folder)
    assert "has changed since" in lines[1]


def test_a_parent_that_is_gone_is_said_and_no_fault(finished: Finish, tmp_path: Path) -> None:
    folder = finished()
    shutil.rmtree(tmp_path / "two")
    lines = verify(folder)
    assert "no longer" in lines[1]


def test_a_base_that_has_changed_is_said_and_no_fault(finished: Finish, tmp_path: Path) -> None:
    folder = finished(into_base=True)
    shard = tmp_path / "base" / "model.safetensors"
    alter(shard, "model.norm.weight", lambda tensor: tensor * 2)
    assert "the base has changed since" in verify(folder)[1]
    shutil.rmtree(tmp_path / "base")
    assert "the base is no longer" in verify(folder)[1]


def test_parameters_of_another_version_are_said_and_no_fault(finished: Finish) -> None:
    folder = finished()
    edit(folder, lambda content: content["params"].update(method="a method of the future"))
    assert "another version" in verify(folder)[1]
