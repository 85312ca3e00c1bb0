"""Datasets as they are seen over HTTP: columns, problems, search, tokens and reports."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.inquiries import Busy, Failed, TooSlow
from backend.jobs.looks import Asked, Looks
from tests.api.test_guards import assert_problem
from tests.service_kit import settings_in, until

EXAMPLES = [{"input": f"Question {number}?", "output": f"Answer {number}."} for number in range(30)]
CSV = "Frage,Antwort,Id\nWas ist Kraft?,Masse mal Beschleunigung,1\nWas ist Licht?,Eine Welle,2\n"
MAPPING = "column_mapping=input=Frage&column_mapping=output=Antwort"

Put = Callable[[str, object], Path]


@pytest.fixture
def put(tmp_path: Path, client: TestClient) -> Put:
    """Writes a dataset: text as it is, anything else as JSON."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / "data" / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def shown(client: TestClient, address: str) -> Any:
    answer = client.get(f"/datasets/{address}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_columns_that_nobody_knows_are_taken_in_and_mapped(client: TestClient, tmp_path: Path) -> None:
    uploaded = client.post("/datasets?name=de.csv", content=CSV.encode())
    assert uploaded.status_code == 201, uploaded.text
    assert uploaded.json()["is_unrecognised"]
    assert uploaded.json()["recognised"] == (
        "de.csv: records whose columns are not recognised (Frage, Antwort, Id). Say which one plays which part."
    )
    columns = shown(client, "de.csv/columns")
    assert not columns["is_recognised"]
    assert columns["columns"][0] == {"name": "Frage", "filled": 2, "samples": ["Was ist Kraft?", "Was ist Licht?"]}
    assert columns["column_mapping"] == {}
    assert_problem(client.get("/datasets/de.csv/preview"), 422, "bad_dataset")
    preview = shown(client, f"de.csv/preview?{MAPPING}")
    assert [row["messages"][1]["content"] for row in preview["rows"]] == ["Masse mal Beschleunigung", "Eine Welle"]
    for wrong in ("Frage", "question=Frage", "input="):
        assert_problem(client.get(f"/datasets/de.csv/preview?column_mapping={wrong}"), 422, "invalid_input")
    assert_problem(client.post("/datasets?name=n.json", content=b"[1, 2]"), 422, "bad_dataset")
    assert sorted(path.name for path in (tmp_path / "data").glob("[!.]*")) == ["de.csv"]


@pytest.mark.parametrize(
    ("row", "mapping"),
    [
        (
            {"question": "q", "answer": "a", "system": "s"},
            {"input": "question", "output": "answer", "system": "system"},
        ),
        (
            {"instruction": "q", "input": "", "output": "a"},
            {"instruction": "instruction", "output": "output", "input": "input"},
        ),
        ({"messages": [], "tools": []}, {"messages": "messages", "tools": "tools"}),
        ({"The Prompt": "q", "my_answer": "a"}, {"input": "The Prompt", "output": "my_answer"}),
    ],
)
def test_which_column_plays_which_part(
    row: dict[str, Any], mapping: dict[str, str], client: TestClient, put: Put
) -> None:
    put("a.json", [row])
    assert shown(client, "a.json/columns")["column_mapping"] == mapping


def test_problems_are_listed_by_record_with_what_stands_there(client: TestClient, put: Put) -> None:
    put("a.json", [*EXAMPLES, {"input": "x"}, {"input": "y", "output": ""}, 7])
    page = shown(client, "a.json/problems?limit=2&offset=1")
    assert page["total"] == 3
    assert page["problems"] == [
        {"index": 31, "field": "output", "message": "is empty: there is no answer to learn", "is_fatal": False,
         "raw": {"input": "y", "output": ""}},
        {"index": 32, "field": "", "message": "is a int, not an object", "is_fatal": True, "raw": 7},
    ]  # fmt: skip
    (info,) = client.get("/datasets").json()["datasets"]
    assert (info["examples"], info["problems"], info["is_unrecognised"]) == (30, 3, False)


def test_records_are_found_by_words_and_by_index(client: TestClient, put: Put) -> None:
    put("a.json", [{"input": "x"}, *EXAMPLES])
    found = shown(client, "a.json/preview?q=ANSWER%202&limit=3")
    assert (found["total"], [row["index"] for row in found["rows"]]) == (11, [3, 21, 22])
    page = shown(client, "a.json/preview?index=9&limit=2")
    assert (page["offset"], [row["index"] for row in page["rows"]]) == (8, [9, 10])
    assert shown(client, "a.json/preview?q=nowhere")["rows"] == []


def test_tokens_and_report_are_counted_by_the_bases_tokenizer(
    client: TestClient, put: Put, small_model: Path, tmp_path: Path
) -> None:
    put("a.json", [*EXAMPLES, EXAMPLES[0]])
    put("held_out.json", EXAMPLES[:3])
    report = shown(client, "a.json/report?against=held_out.json")
    assert not report["is_counted"]
    assert "not on this machine yet" in report["basis"]
    shutil.copytree(small_model, tmp_path / "models" / "small")
    preview = shown(client, "a.json/preview?tokens=true&base_model=small&limit=2&offset=4")
    assert preview["counted"] == "Counted with the tokenizer of small, as a run counts."
    row = preview["rows"][0]
    assert "".join(token["text"] for token in row["tokens"] if token["supervised"]) == "Answer 4.<|im_end|>"
    report = shown(client, "a.json/report?against=held_out.json&base_model=small")
    assert report["is_counted"]
    assert (report["examples"], report["exact"], report["leaked"]) == (31, 1, 3)
    assert report["repetition"]["exact"] == [[0, 30]]
    assert report["cuts"]["supervised"][-1] < report["cuts"]["tokens"][-1] == report["lengths"]["total"]
    assert len(list((tmp_path / "state" / "cache" / "tokenizers").iterdir())) == 1
    assert_problem(client.get("/datasets/a.json/report?base_model=../x"), 422, "invalid_input")
    assert_problem(client.get("/datasets/a.json/report?against=none.json"), 404, "not_found")


def test_a_report_on_nothing_usable_says_so(client: TestClient, put: Put) -> None:
    put("a.json", [{"input": "x", "output": ""}])
    assert_problem(client.get("/datasets/a.json/report"), 422, "bad_dataset")


def looks(folder: Path, seconds: float = 60.0) -> Looks:
    """Looks of a program that never ends."""
    program = folder / "endless.py"
    program.write_text("import time\ntime.sleep(600)\n")
    return Looks(settings_in(folder), program, seconds)


def test_a_look_ends_after_its_time_or_when_nobody_waits(tmp_path: Path) -> None:
    asked = Asked(tmp_path / "a.json", "tiny")
    with pytest.raises(TooSlow, match="longer than 0 seconds"):
        looks(tmp_path, 0.0).report(asked, None, lambda: False)
    slow, ended = looks(tmp_path), list[type[Exception]]()
    left = threading.Event()

    def ask() -> None:
        try:
            slow.report(asked, None, left.is_set)
        except (Busy, Failed) as error:
            ended.append(type(error))

    crowd = [threading.Thread(target=ask) for _ in range(9)]
    for one in crowd:
        one.start()
    until(lambda: ended == [Busy])
    left.set()
    for one in crowd:
        one.join(20)
    assert ended == [Busy, *[Failed] * 8]
