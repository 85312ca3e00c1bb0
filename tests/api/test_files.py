"""Datasets and adapters over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from backend.core.data.appending import LOCK_FILE
from backend.core.errors import DiskFull
from backend.core.registry import Adapter
from tests.api.test_guards import assert_problem
from tests.service_kit import submit, until_ended

EXAMPLES = [{"input": f"Question {number}?", "output": f"Answer {number}."} for number in range(30)]


def test_datasets_are_listed_with_what_they_hold(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "qa.json").write_text(json.dumps(EXAMPLES))
    (tmp_path / "data" / "broken.json").write_text("[{")
    (tmp_path / "data" / ".hidden.json").write_text("[]")
    (tmp_path / "data" / "notes.txt").write_text("x")
    broken, good = client.get("/datasets").json()["datasets"]
    assert (good["name"], good["examples"], good["format"], good["problem"]) == ("qa.json", 30, "input/output", None)
    assert (broken["name"], broken["examples"]) == ("broken.json", None)
    assert "not JSON" in broken["problem"]


def test_an_upload_is_read_before_it_gets_its_name(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/datasets?name=new.json", content=json.dumps(EXAMPLES))
    assert answer.status_code == 201, answer.text
    assert answer.json()["examples"] == 30
    assert answer.json()["recognised"].startswith("new.json: JSON with 30")
    assert_problem(client.post("/datasets?name=new.json", content=b"[]"), 409, "conflict")
    refused = client.post("/datasets?name=bad.json", content=b"[{")
    assert_problem(refused, 422, "bad_dataset")
    assert refused.json()["detail"].startswith("bad.json is not JSON")
    assert_problem(client.post("/datasets?name=empty.json", content=b""), 422, "bad_dataset")
    for name in ("../x.json", "x.exe", "a/b.json", ".env", "x.json%00", ""):
        assert client.post(f"/datasets?name={name}", content=b"[]").status_code == 422
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [LOCK_FILE, "new.json"]


TALK = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]


def test_a_good_answer_is_added_to_a_dataset(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "qa.json").write_text(json.dumps([{"question": "q", "answer": "a", "id": 1}]))
    added = client.post("/datasets/qa.json/records", json={"messages": TALK})
    assert (added.status_code, added.json()) == (201, {"name": "qa.json", "records": 2})
    (row,) = client.get("/datasets/qa.json/preview?offset=1").json()["rows"]
    assert row["raw"] == {"question": "Why?", "answer": "Because."}
    for count in (1, 2):
        made = client.post("/datasets/saved_chats.json/records", json={"messages": TALK})
        assert (made.status_code, made.json()["records"]) == (201, count)
    names = [found["name"] for found in client.get("/datasets").json()["datasets"]]
    assert names == ["qa.json", "saved_chats.json"]
    assert json.loads((tmp_path / "data" / "saved_chats.json").read_text())[0] == {
        "input": "Why?",
        "output": "Because.",
    }


def test_a_record_goes_to_a_dataset_by_its_name_only(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text("[]")
    (tmp_path / "data" / "link.json").symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "data" / "dangling.json").symlink_to(tmp_path / "outside.json")
    (tmp_path / "data" / "folder.json").mkdir()
    for name in (
        "link.json",
        "dangling.json",
        "folder.json",
        ".hidden.json",
        "x.csv",
        "x.parquet",
        "x.exe",
        "x" * 200,
    ):
        refused = client.post(f"/datasets/{name}/records", json={"messages": TALK})
        assert_problem(refused, 422, "invalid_input")
    for name in ("..%2Felsewhere.json", "a%2Fb.json", ""):
        assert client.post(f"/datasets/{name}/records", json={"messages": TALK}).status_code in (404, 405)
    assert (tmp_path / "elsewhere.json").read_text() == "[]"
    assert not (tmp_path / "outside.json").exists()
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["dangling.json", "folder.json", "link.json"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "validation_error"),
        ({"messages": []}, "validation_error"),
        ({"messages": TALK[:1]}, "validation_error"),
        ({"messages": TALK, "path": "/etc/x.json"}, "validation_error"),
        ({"messages": [{"role": "robot", "content": "x"}, TALK[1]]}, "validation_error"),
        ({"messages": [{"role": "user", "content": "x" * 1_000_001}, TALK[1]]}, "validation_error"),
        ({"messages": TALK * 501}, "validation_error"),
        ({"messages": [TALK[0], TALK[0]]}, "invalid_input"),
        ({"messages": [TALK[0], {"role": "assistant", "content": " "}]}, "invalid_input"),
    ],
)
def test_what_is_no_conversation_is_not_added(body: object, code: str, client: TestClient, tmp_path: Path) -> None:
    assert_problem(client.post("/datasets/new.json/records", json=body), 422, code)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_file_that_cannot_take_a_record_is_told_and_left(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data" / "qa.json"
    path.write_text("[{")
    assert_problem(client.post("/datasets/qa.json/records", json={"messages": TALK}), 422, "bad_dataset")
    assert path.read_text() == "[{"
    path.write_text("[]")
    monkeypatch.setattr("backend.core.data.folder.COUNTED_BYTES", 1)
    assert_problem(client.post("/datasets/qa.json/records", json={"messages": TALK}), 422, "invalid_input")
    monkeypatch.setattr("backend.core.data.folder.COUNTED_BYTES", 100)
    monkeypatch.setattr("backend.core.data.appending.LOCK_SECONDS", 0.0)
    with FileLock(tmp_path / "data" / LOCK_FILE):
        assert_problem(client.post("/datasets/qa.json/records", json={"messages": TALK}), 409, "conflict")
    assert path.read_text() == "[]"


def test_a_preview_shows_what_the_model_learns(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "data" / "qa.json").write_text(json.dumps([*EXAMPLES, {"input": "x"}]))
    preview = client.get("/datasets/qa.json/preview?limit=2&offset=1").json()
    assert preview["total"] == 30
    row = preview["rows"][0]
    assert row["index"] == 1
    assert row["raw"] == EXAMPLES[1]
    assert row["messages"][1] == {"role": "assistant", "content": "Answer 1."}
    assert "".join(segment["text"] for segment in row["segments"]) == row["text"]
    assert [segment["text"] for segment in row["segments"] if segment["supervised"]] == ["Answer 1.<|im_end|>"]
    assert preview["problems"] == [{"index": 30, "field": "output", "message": "is missing"}]
    assert_problem(client.get("/datasets/none.json/preview"), 404, "not_found")
    assert_problem(client.get("/datasets/..%2Fx/preview"), 404, "not_found")
    assert_problem(client.get("/datasets/qa.json/preview?prompt_template=evil"), 422, "validation_error")


def test_adapters_are_listed_with_their_size_and_what_else_is_known(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/adapters").json() == {"base_model": "", "adapters": []}
    _register(client, tmp_path, "a")
    (entry,) = client.get("/adapters").json()["adapters"]
    assert (entry["name"], entry["size_bytes"], entry["lora_r"]) == ("a", 5, 16)


def test_a_deleted_adapter_leaves_registry_and_disk(client: TestClient, tmp_path: Path) -> None:
    _register(client, tmp_path, "a")
    assert client.delete("/adapters/a").status_code == 204
    assert client.get("/adapters").json()["adapters"] == []
    assert list((tmp_path / "models").iterdir()) == []
    assert_problem(client.delete("/adapters/a"), 404, "not_found")


def test_a_deletion_that_the_registry_refuses_leaves_the_files(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _register(client, tmp_path, "a")

    def refuse(_: object, name: str) -> None:
        raise DiskFull("No room left on the disk.")

    monkeypatch.setattr("backend.core.registry.AdapterRegistry.remove", refuse)
    assert_problem(client.delete("/adapters/a"), 507, "disk_full")
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["a"]
    assert len(client.get("/adapters").json()["adapters"]) == 1


def test_an_adapter_elsewhere_on_the_disk_is_only_forgotten(client: TestClient, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    registry = client.app.state.service.registry  # type: ignore[attr-defined]
    registry.add(Adapter(name="far", path=str(elsewhere)))
    registry.add(Adapter(name="root", path=str(tmp_path / "models")))
    assert client.delete("/adapters/far").status_code == 204
    assert client.delete("/adapters/root").status_code == 204
    assert elsewhere.is_dir()
    assert (tmp_path / "models").is_dir()


def test_an_adapter_in_use_stays(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "a", "wait")
    _register(client, tmp_path, "a")
    assert_problem(client.delete("/adapters/a"), 409, "in_use")
    client.post(f"/jobs/{job_id}/cancel")
    until_ended(client, job_id)
    assert client.delete("/adapters/a").status_code == 204


def test_a_damaged_registry_is_told_and_not_touched(client: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "config" / "adapters.json"
    path.write_text('{"adapters": [')
    assert_problem(client.get("/adapters"), 503, "registry_unreadable")
    assert_problem(client.delete("/adapters/a"), 503, "registry_unreadable")
    assert path.read_text() == '{"adapters": ['
    assert client.get("/jobs").status_code == 200


def test_the_machine_is_described(client: TestClient) -> None:
    machine = client.get("/system").json()
    assert machine["cpu_count"] >= 1
    assert machine["device"] in ("cpu", "cuda", "mps")
    assert machine["device_sentence"].endswith(".")


def _register(client: TestClient, folder: Path, name: str) -> None:
    path = folder / "models" / name
    path.mkdir()
    (path / "adapter_model.safetensors").write_bytes(b"12345")
    adapter = Adapter.model_validate({"name": name, "path": str(path), "base_model": "tiny", "lora_r": 16})
    client.app.state.service.registry.add(adapter)  # type: ignore[attr-defined]
