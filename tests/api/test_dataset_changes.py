"""Datasets changed over HTTP: whole or not at all, only as they were seen, and back again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.data.appending import LOCK_FILE
from backend.core.data.datasets import load_records, split
from backend.core.errors import DiskFull
from tests.api.test_guards import assert_problem
from tests.service_kit import submit, until_ended

ROWS = [{"input": f"Question {number}?", "output": f"Answer {number}.", "id": number} for number in range(6)]
Put = Callable[[str, object], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a dataset: text as it is, anything else as JSON."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / "data" / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def version(client: TestClient, name: str = "a.json") -> str:
    found = {info["name"]: info["version"] for info in client.get("/datasets").json()["datasets"]}
    return str(found[name])


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "data").iterdir() if not path.name.startswith("."))


def put_record(client: TestClient, index: int, record: object, seen: str, name: str = "a.json") -> Any:
    return client.put(f"/datasets/{name}/records/{index}", json={"record": record, "version": seen})


def test_a_record_is_corrected_and_the_correction_taken_back(client: TestClient, put: Put) -> None:
    path = put("a.json", ROWS)
    before, seen = path.read_bytes(), version(client)
    changed = put_record(client, 2, {"input": "Why?", "output": "Because."}, seen)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["examples"], changed.json()["version"]) == (6, version(client))
    assert json.loads(path.read_text())[2] == {"input": "Why?", "output": "Because."}
    assert_problem(put_record(client, 2, ROWS[2], seen), 409, "changed_meanwhile")
    back = client.post("/datasets/undo", json={"undo": changed.json()["undo"]})
    assert (back.status_code, back.json()["version"]) == (200, seen)
    assert path.read_bytes() == before
    assert_problem(client.post("/datasets/undo", json={"undo": changed.json()["undo"]}), 404, "not_found")


@pytest.mark.parametrize(
    ("index", "record", "words"),
    [
        (0, {"input": "x", "output": " "}, "output is empty"),
        (0, {"input": "x"}, "no known form"),
        (0, {"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role is 'robot'"),
        (6, {"input": "x", "output": "y"}, "no record 6"),
    ],
)
def test_what_nobody_could_learn_from_takes_no_place(
    index: int, record: object, words: str, client: TestClient, put: Put
) -> None:
    path = put("a.json", ROWS)
    before = path.read_bytes()
    refused = put_record(client, index, record, version(client))
    assert_problem(refused, 422, "invalid_input")
    assert words in refused.json()["detail"]
    assert path.read_bytes() == before


def test_records_are_deleted_but_never_all(client: TestClient, put: Put) -> None:
    path = put("a.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS))
    seen = version(client, "a.jsonl")
    gone = client.delete(f"/datasets/a.jsonl/records?index=1&index=4&version={seen}")
    assert (gone.status_code, gone.json()["removed"], gone.json()["examples"]) == (200, 2, 4)
    assert [row["id"] for row in map(json.loads, path.read_text().splitlines())] == [0, 2, 3, 5]
    everything = "".join(f"index={index}&" for index in range(4))
    refused = client.delete(f"/datasets/a.jsonl/records?{everything}version={gone.json()['version']}")
    assert_problem(refused, 422, "invalid_input")
    assert client.post("/datasets/undo", json={"undo": gone.json()["undo"]}).json()["examples"] == 6
    assert client.get("/datasets").json()["datasets"][0]["version"] == seen


def test_a_change_is_taken_back_only_while_nothing_else_was_changed(client: TestClient, put: Put) -> None:
    put("a.json", ROWS)
    first = put_record(client, 0, ROWS[1], version(client)).json()
    second = put_record(client, 1, ROWS[2], first["version"]).json()
    assert_problem(client.post("/datasets/undo", json={"undo": first["undo"]}), 409, "conflict")
    for change in (second, first):
        assert client.post("/datasets/undo", json={"undo": change["undo"]}).status_code == 200


def test_a_full_disk_leaves_dataset_and_folder_as_they_were(
    client: TestClient, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("a.json", ROWS)
    before, seen = path.read_bytes(), version(client)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("No room left on the disk.")

    monkeypatch.setattr("backend.core.data.changes.write_atomically", full)
    assert_problem(put_record(client, 0, ROWS[1], seen), 507, "disk_full")
    assert_problem(client.post("/datasets/a.json/split", json={"share": 0.5}), 507, "disk_full")
    assert path.read_bytes() == before
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == [LOCK_FILE, "a.json"]


def test_columns_are_named_in_the_file_itself(client: TestClient, put: Put) -> None:
    path = put("de.csv", "Frage,Antwort,output\nWas ist Kraft?,Masse mal Beschleunigung,7\n")
    mapping = {"input": "Frage", "output": "Antwort"}
    body = {"column_mapping": mapping, "version": version(client, "de.csv")}
    named = client.post("/datasets/de.csv/columns", json=body)
    assert (named.status_code, named.json()["examples"], named.json()["is_unrecognised"]) == (200, 1, False)
    assert path.read_text() == "input,output,original_output\nWas ist Kraft?,Masse mal Beschleunigung,7\n"
    other = put("de.json", [{"Frage": "a", "Antwort": "b", "messages": 3}])
    body["version"] = version(client, "de.json")
    assert client.post("/datasets/de.json/columns", json=body).json()["format"] == "input/output"
    assert json.loads(other.read_text()) == [{"input": "a", "output": "b", "original_messages": 3}]
    for wrong in ({"input": "Frage", "output": "Frage"}, {"input": "x", "output": "y"}, {"query": "Frage"}):
        refused = client.post("/datasets/de.json/columns", json={**body, "column_mapping": wrong})
        assert refused.status_code == 422, refused.text


def test_duplicates_leave_the_first(client: TestClient, put: Put) -> None:
    long = "The quick brown fox jumps over the lazy dog and runs far away into the dark green wood"
    rows = [ROWS[0], ROWS[1], ROWS[0], {"input": "q", "output": long}, {"input": "q", "output": f"{long} again"}]
    path = put("a.json", rows)
    gone = client.post("/datasets/a.json/deduplicate", json={"version": version(client)})
    assert (gone.status_code, gone.json()["removed"]) == (200, 1), gone.text
    assert json.loads(path.read_text()) == [*rows[:2], *rows[3:]]
    near = client.post("/datasets/a.json/deduplicate", json={"version": gone.json()["version"], "near": True})
    assert near.json()["removed"] == 1
    assert json.loads(path.read_text()) == [*rows[:2], rows[3]]
    again = client.post("/datasets/a.json/deduplicate", json={"version": near.json()["version"]})
    assert_problem(again, 422, "invalid_input")


def test_a_split_is_the_one_a_run_makes(client: TestClient, put: Put, tmp_path: Path) -> None:
    path = put("a.json", [*ROWS, {"input": "x"}])
    before = path.read_bytes()
    parts = client.post("/datasets/a.json/split", json={"share": 0.34, "seed": 7})
    assert parts.status_code == 201, parts.text
    assert (parts.json()["training"]["examples"], parts.json()["left_out"]) == (4, 1)
    training, validation = split(load_records(path).records, 0.34, 7)
    made = [json.loads((tmp_path / "data" / f"a_{part}.json").read_text()) for part in ("train", "validation")]
    assert made == [[record.raw for record in training], [record.raw for record in validation]]
    assert path.read_bytes() == before
    assert_problem(client.post("/datasets/a.json/split", json={"share": 0.5}), 409, "conflict")
    named = {"share": 0.5, "training_name": "one.json", "validation_name": "one.json"}
    assert_problem(client.post("/datasets/a.json/split", json=named), 422, "invalid_input")
    assert files(tmp_path) == ["a.json", "a_train.json", "a_validation.json"]


def test_a_dataset_in_use_keeps_its_name_and_stays(client: TestClient, put: Put, tmp_path: Path) -> None:
    put("a.json", ROWS)
    job = submit(client, "x", "wait", dataset_path="a.json")
    (info,) = client.get("/datasets").json()["datasets"]
    assert (info["used_by"], info["in_use"]) == (1, True)
    assert_problem(client.delete(f"/datasets/a.json?version={info['version']}"), 409, "in_use")
    renamed = {"name": "b.json", "version": info["version"]}
    assert_problem(client.patch("/datasets/a.json", json=renamed), 409, "in_use")
    client.post(f"/jobs/{job}/cancel")
    until_ended(client, job)
    assert_problem(client.patch("/datasets/a.json", json={**renamed, "version": "old"}), 409, "changed_meanwhile")
    assert_problem(client.patch("/datasets/a.json", json={**renamed, "name": "b.csv"}), 422, "invalid_input")
    assert client.patch("/datasets/a.json", json=renamed).json()["name"] == "b.json"
    (info,) = client.get("/datasets").json()["datasets"]
    assert (info["name"], info["used_by"], info["in_use"]) == ("b.json", 0, False)
    gone = client.delete(f"/datasets/b.json?version={info['version']}")
    assert (gone.status_code, files(tmp_path)) == (200, [])
    put("b.json", ROWS)
    undo = {"undo": gone.json()["undo"]}
    assert_problem(client.post("/datasets/undo", json=undo), 409, "conflict")
    (tmp_path / "data" / "b.json").unlink()
    assert client.post("/datasets/undo", json=undo).json()["examples"] == 6


@pytest.mark.parametrize("form", ["original", "json", "jsonl", "csv"])
def test_a_dataset_is_taken_along_in_any_form_and_read_again(form: str, client: TestClient, put: Put) -> None:
    talk = {"messages": [{"role": "user", "content": "a\nb"}, {"role": "assistant", "content": "é 🚀"}], "n": 1}
    path = put("a.jsonl", json.dumps(talk) + "\n")
    answer = client.get(f"/datasets/a.jsonl/download?format={form}")
    assert answer.status_code == 200
    name = "a.jsonl" if form == "original" else f"a.{form}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    again = client.post(f"/datasets?name=again.{name.partition('.')[2]}", content=answer.content)
    assert again.status_code == 201, again.text
    (row,) = client.get(f"/datasets/{again.json()['name']}/preview").json()["rows"]
    assert row["messages"] == talk["messages"]
    if form == "original":
        assert answer.content == path.read_bytes()
    if form == "csv":
        (cells,) = csv.DictReader(io.StringIO(answer.text))
        assert cells == {"messages": json.dumps(talk["messages"], ensure_ascii=False), "n": "1"}


def test_what_is_too_large_is_taken_along_as_it_is_and_changed_nowhere(
    client: TestClient, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.json", ROWS)
    seen = version(client)
    monkeypatch.setattr("backend.core.data.changes.CHANGED_BYTES", 10)
    monkeypatch.setattr("backend.api.dataset_download.COUNTED_BYTES", 10)
    refused = put_record(client, 0, ROWS[1], seen)
    assert_problem(refused, 422, "invalid_input")
    assert "prepare_dataset.py" in refused.json()["detail"]
    assert_problem(client.get("/datasets/a.json/download?format=csv"), 422, "invalid_input")
    assert client.get("/datasets/a.json/download").content == json.dumps(ROWS).encode()


def test_a_table_keeps_its_columns(client: TestClient, put: Put) -> None:
    put("a.csv", "input,output\nq,a\nq2,a2\n")
    seen = version(client, "a.csv")
    refused = put_record(client, 0, {"input": "q", "output": "a", "more": "b"}, seen, "a.csv")
    assert "no column 'more'" in refused.json()["detail"]
    assert put_record(client, 0, {"input": "q", "output": "b, c"}, seen, "a.csv").status_code == 200


ODD = (
    '[{"input": "q", "output": "a", "n": NaN, "half": "\\ud800", "big": 1e999}, {"input": "\\ud800"}, {"input": "x"}]'
)


def test_what_json_cannot_say_is_shown_all_the_same(client: TestClient, put: Put) -> None:
    put("a.csv", "input,output\nq,a,left over\n")
    (row,) = client.get("/datasets/a.csv/preview").json()["rows"]
    assert row["raw"] == {"input": "q", "output": "a", "": ["left over"]}
    put("b.json", ODD)
    (row,) = client.get("/datasets/b.json/preview").json()["rows"]
    assert row["raw"] == {"input": "q", "output": "a", "n": None, "half": "?", "big": None}
    for form in ("json", "jsonl", "csv", "original"):
        assert client.get(f"/datasets/b.json/download?format={form}").status_code == 200
    assert client.get("/datasets/b.json/problems").json()["total"] == 2
    assert client.get("/datasets/b.json/columns").status_code == 200
