"""Adapters over HTTP: looked at, renamed whole, taken along as a zip file; merged models; what came of what."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import DiskFull
from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.renames import moved, undo_renames
from tests.api.test_guards import assert_problem
from tests.service_kit import submit, until_ended, until_status

CARD = (
    "---\nbase_model: tiny\n---\n\n# {name}\n\n```bash\npython run_inference.py --model_path {name} --prompt x\n```\n"
)
RUN = {
    "kind": "train",
    "device": "CPU",
    "dataset": {"path": "/home/me/data/qa.json", "examples": 30, "sha256": "ab"},
    "result": {"steps": 7, "path": "/home/me/models/a"},
    "params": {"learning_rate": 0.001, "dataset_path": "qa.json", "base_model_name": "/home/me/models/base"},
}


def add_adapter(folder: Path, name: str, **known: Any) -> Path:
    made = folder / "models" / name
    made.mkdir(parents=True)
    (made / "adapter_config.json").write_text("{}")
    (made / "README.md").write_text(CARD.format(name=name))
    (made / "run.json").write_text(json.dumps(RUN))
    entry = {"name": name, "path": str(made), "base_model": "tiny", **known}
    registry(folder).add(Adapter.model_validate(entry))
    return made


def add_model(folder: Path, name: str, **parents: float) -> Path:
    made = folder / "models" / name
    made.mkdir(parents=True)
    (made / "config.json").write_text("{}")
    record = {
        "kind": "merge",
        "finished_at": "2026-11-23T11:28:30+00:00",
        "params": {"method": "svd", "base_model_name": "tiny"},
        "parents": [{"name": parent, "weight": weight} for parent, weight in parents.items()],
    }
    (made / "run.json").write_text(json.dumps(record))
    return made


def registry(folder: Path) -> AdapterRegistry:
    return AdapterRegistry(folder / "config" / "adapters.json")


def names(folder: Path) -> list[str]:
    return [adapter.name for adapter in registry(folder).read().adapters]


def test_an_adapter_tells_what_its_folder_holds(client: TestClient, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "a")
    (folder / "elsewhere").symlink_to("/etc/passwd")
    told = client.get("/adapters/a").json()
    assert told["card"].startswith("# a\n")
    assert [file["name"] for file in told["files"]] == ["README.md", "adapter_config.json", "run.json"]
    assert told["adapter"]["size_bytes"] >= sum(file["size_bytes"] for file in told["files"])
    assert (told["run"]["dataset"]["path"], told["run"]["params"]) == ("qa.json", {"learning_rate": 0.001})
    assert "/home/me" not in json.dumps(told)
    assert_problem(client.get("/adapters/b"), 404, "not_found")


def test_an_adapter_whose_folder_is_gone_is_told_as_such(client: TestClient, tmp_path: Path) -> None:
    add_adapter(tmp_path, "a").rename(tmp_path / "models" / "moved-by-hand")
    told = client.get("/adapters/a").json()
    assert (told["adapter"]["size_bytes"], told["files"], told["card"], told["run"]) == (None, [], None, None)
    assert_problem(client.get("/adapters/a/download"), 409, "conflict")


def test_a_rename_takes_the_folder_the_card_and_the_children_along(client: TestClient, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "old")
    add_adapter(tmp_path, "child", merged_from=[{"name": "old", "weight": 0.5}, {"name": "other", "weight": 1}])
    answer = client.patch("/adapters/old", json={"name": "new", "description": " Better. "})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["adapter"]["name"], told["adapter"]["description"], told["former_names"]) == (
        "new",
        "Better.",
        ["old"],
    )
    assert not folder.exists()
    assert "# new\n" in (tmp_path / "models" / "new" / "README.md").read_text()
    assert "--model_path new " in told["card"]
    child = client.get("/adapters/child").json()["adapter"]
    assert child["merged_from"] == [{"name": "new", "weight": 0.5}, {"name": "other", "weight": 1}]
    assert client.get("/adapters/old").json()["adapter"]["name"] == "new"  # where old links lead
    assert client.patch("/adapters/new", json={"name": "old"}).json()["former_names"] == ["new"]


def test_a_description_alone_moves_nothing(client: TestClient, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "a", lora_r=8)
    assert client.patch("/adapters/a", json={"description": "For tests"}).status_code == 200
    entry = registry(tmp_path).find("a")
    assert (entry.description, entry.model_extra) == ("For tests", {"lora_r": 8})
    assert folder.exists()


@pytest.mark.parametrize("name", ["b", "tiny", "model", "leftover"])
def test_a_taken_name_is_refused(name: str, client: TestClient, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "a")
    add_adapter(tmp_path, "b")
    add_model(tmp_path, "model", a=1)
    (tmp_path / "models" / "leftover").mkdir()
    assert_problem(client.patch("/adapters/a", json={"name": name}), 409, "conflict")
    assert folder.exists()
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("name", ["", "../b", "a/b", ".a", "x" * 97, 7])
def test_what_is_no_name_is_refused(name: object, client: TestClient, tmp_path: Path) -> None:
    add_adapter(tmp_path, "a")
    assert_problem(client.patch("/adapters/a", json={"name": name}), 422, "validation_error")


def test_an_adapter_in_use_keeps_its_name(client: TestClient, tmp_path: Path) -> None:
    add_adapter(tmp_path, "a")
    job = submit(client, "a2", "wait", wait_for=str(tmp_path / "go"))
    until_status(client, job, "running")
    registry(tmp_path).add(Adapter(name="a2", path=str(tmp_path / "models" / "a2")))
    assert_problem(client.patch("/adapters/a2", json={"name": "b"}), 409, "in_use")
    assert_problem(client.patch("/adapters/a", json={"name": "a2"}), 409, "conflict")
    (tmp_path / "go").touch()
    until_ended(client, job)


def test_a_registry_that_cannot_be_written_leaves_the_folder(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_adapter(tmp_path, "a")

    def full(*_: object, **__: object) -> None:
        raise DiskFull("No room left.")

    monkeypatch.setattr("backend.core.storage.locked_file.write_atomically", full)
    assert_problem(client.patch("/adapters/a", json={"name": "b"}), 507, "disk_full")
    assert folder.exists()
    assert names(tmp_path) == ["a"]
    assert not list((tmp_path / "models").glob(".*"))


@pytest.mark.parametrize(("is_entered", "left"), [(False, "a"), (True, "b")])
def test_the_registry_decides_where_a_crash_left_the_folder(is_entered: bool, left: str, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "a")
    root, target = folder.parent, folder.with_name("b")
    with moved(registry(tmp_path), root, folder, target):
        if is_entered:
            entry = registry(tmp_path).find("a")
            registry(tmp_path).replace("a", entry.model_copy(update={"path": str(target)}))
        (intent,) = root.glob(".renaming-*")
        told = intent.read_bytes()
    if folder.exists():  # the block's end put it back; killed inside the block, the service could not
        folder.rename(target)
    intent.write_bytes(told)
    undo_renames(registry(tmp_path), root)
    assert [path.name for path in root.iterdir()] == [left]


def test_a_download_is_the_folder_and_nothing_else(client: TestClient, tmp_path: Path) -> None:
    folder = add_adapter(tmp_path, "a")
    (folder / "weights").write_bytes(bytes(range(256)) * 9000)
    (folder / "secret").symlink_to("/etc/passwd")
    (folder / "out").symlink_to("/etc")
    (folder / "sub").mkdir()
    (folder / "sub" / "inner.json").write_text("[]")
    (folder / ".hidden").write_text("x")
    answer = client.get("/adapters/a/download")
    assert answer.headers["content-disposition"] == 'attachment; filename="a.zip"'
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        inside = ["README.md", "adapter_config.json", "run.json", "sub/inner.json", "weights"]
        assert archive.namelist() == [f"a/{name}" for name in inside]
        assert archive.read("a/weights") == (folder / "weights").read_bytes()


def test_a_folder_entered_by_hand_is_not_handed_out(client: TestClient, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "README.md").write_text("stolen")
    registry(tmp_path).add(Adapter(name="own", path=str(elsewhere)))
    assert client.get("/adapters/own").json()["card"] is None
    assert_problem(client.get("/adapters/own/download"), 409, "conflict")
    assert client.patch("/adapters/own", json={"name": "mine"}).status_code == 200
    assert registry(tmp_path).find("mine").path == str(elsewhere)


def test_a_merged_model_is_listed_with_its_parents_and_deleted(client: TestClient, tmp_path: Path) -> None:
    folder = add_model(tmp_path, "whole", a=0.5)
    by_hand = tmp_path / "models" / "by-hand"
    by_hand.mkdir()
    (by_hand / "config.json").write_text("{}")
    found = {model["name"]: model["merged"] for model in client.get("/models").json()["models"]}
    assert found["whole"]["merged_from"] == [{"name": "a", "weight": 0.5}]
    assert found["by-hand"] is None
    assert_problem(client.delete("/models/by-hand"), 404, "not_found")
    assert_problem(client.delete("/models/base"), 404, "not_found")
    add_adapter(tmp_path, "upon", base_model=str(folder))
    assert_problem(client.delete("/models/whole"), 409, "in_use")
    assert client.delete("/adapters/upon").status_code == 204
    assert client.delete("/models/whole").status_code == 204
    assert not folder.exists()
    assert by_hand.exists()


def test_the_lineage_leads_from_the_data_to_the_merged_model(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "qa.json").write_text("[]")
    job = submit(client, "a")
    until_ended(client, job)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    folder = tmp_path / "models" / "a"
    folder.mkdir(exist_ok=True)
    registry(tmp_path).add(
        Adapter.model_validate(
            {"name": "a", "path": str(folder), "base_model": "tiny", "dataset": "qa.json", "training_date": now}
        )
    )
    add_model(tmp_path, "whole", a=0.5, gone=0.25)
    assert client.patch("/adapters/a", json={"name": "b"}).status_code == 200
    told = client.get("/lineage").json()
    nodes = {node["id"]: (node["name"], node["is_here"]) for node in told["nodes"]}
    assert nodes == {
        "adapter:b": ("b", True),
        "base:tiny": ("tiny", True),
        "run:b": (job, True),
        "dataset:qa.json": ("qa.json", True),
        "model:whole": ("whole", True),
        "adapter:gone": ("gone", False),
    }
    edges = {(edge["source"], edge["target"]): edge["weight"] for edge in told["edges"]}
    assert edges == {
        ("base:tiny", "adapter:b"): None,
        ("dataset:qa.json", "run:b"): None,
        ("run:b", "adapter:b"): None,
        ("base:tiny", "model:whole"): None,
        ("adapter:b", "model:whole"): 0.5,  # though its record has the former name
        ("adapter:gone", "model:whole"): 0.25,
    }
    assert client.get("/adapters/b").json()["job_id"] == job
