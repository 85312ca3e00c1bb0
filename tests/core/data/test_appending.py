"""A conversation is added in the form the file has, and nothing else in the file changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from backend.core.data import appending
from backend.core.data.appending import append_exchange
from backend.core.data.datasets import load_records
from backend.core.errors import BadDataset, Conflict, DiskFull, InvalidInput

SYSTEM = {"role": "system", "content": "Be brief."}
ASKED = {"role": "user", "content": "What is “force”?\nTell me."}
ANSWERED = {"role": "assistant", "content": "Newton.\u2028Ω"}
EXCHANGE = [ASKED, ANSWERED]
TALK = [*EXCHANGE, {"role": "user", "content": "And mass?"}, {"role": "assistant", "content": "Kilogram."}]
CONVERSATIONS = [EXCHANGE, [SYSTEM, *EXCHANGE], TALK, [SYSTEM, *TALK]]

QA = {"input": "q", "output": "a"}
ALPACA = {"instruction": "i", "input": "x", "output": "o"}
MESSAGES = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
SHAREGPT = {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}
SWAPPED = {"conversations": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
OTHER_NAMES = {"question": "q", "answer": "a", "id": 7, "score": 0.5}


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
@pytest.mark.parametrize("talk", CONVERSATIONS, ids=["plain", "system", "turns", "both"])
def test_a_new_file_is_made(talk: list[dict[str, str]], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / f"saved{suffix}"
    assert append_exchange(path, talk) == 1
    assert append_exchange(path, talk) == 2
    loaded = load_records(path).require_usable()
    assert [record.messages for record in loaded.records] == [talk, talk]
    assert set(loaded.records[0].raw) == ({"input", "output"} if talk == EXCHANGE else {"messages"})


@pytest.mark.parametrize("talk", CONVERSATIONS, ids=["plain", "system", "turns", "both"])
@pytest.mark.parametrize("row", [QA, ALPACA, MESSAGES, SHAREGPT, SWAPPED, OTHER_NAMES])
@pytest.mark.parametrize("layout", ["indented", "one line", "data", "lines", "lines in .json", "single"])
def test_every_form_takes_every_conversation_and_reads_it_back(
    talk: list[dict[str, str]], row: dict[str, Any], layout: str, tmp_path: Path
) -> None:
    path = tmp_path / ("a.jsonl" if layout == "lines" else "a.json")
    texts = {
        "indented": json.dumps([row, row], indent=4),
        "one line": json.dumps([row, row]),
        "data": json.dumps({"data": [row, row], "about": {"data": []}}, indent=2),
        "lines": f"{json.dumps(row)}\r\n\r\n{json.dumps(row)}",
        "lines in .json": f"{json.dumps(row)}\n{json.dumps(row)}\n",
        "single": json.dumps(row),
    }
    path.write_bytes(texts[layout].encode())
    before = load_records(path).records
    count = append_exchange(path, talk)
    loaded = load_records(path).require_usable()
    assert count == len(loaded.records) == len(before) + 1
    assert loaded.records[-1].messages == talk
    assert [record.raw for record in loaded.records[:-1]] == [record.raw for record in before]


@pytest.mark.parametrize(
    ("row", "added"),
    [
        (OTHER_NAMES, {"question": ASKED["content"], "answer": ANSWERED["content"]}),
        (ALPACA, {"instruction": ASKED["content"], "input": "", "output": ANSWERED["content"]}),
        (MESSAGES, {"messages": EXCHANGE}),
        (SWAPPED, {"conversations": EXCHANGE}),
        (
            SHAREGPT,
            {
                "conversations": [
                    {"from": "human", "value": ASKED["content"]},
                    {"from": "gpt", "value": ANSWERED["content"]},
                ]
            },
        ),
    ],
)
def test_the_files_own_fields_are_used(row: dict[str, Any], added: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([row]))
    append_exchange(path, EXCHANGE)
    assert json.loads(path.read_text(encoding="utf-8")) == [row, added]


def test_a_system_turn_goes_beside_question_and_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([QA]))
    append_exchange(path, [SYSTEM, *EXCHANGE])
    assert json.loads(path.read_text())[1]["system"] == "Be brief."


ODD = '{"input": "q", "output": "a", "x": 1.50, "y": 1e5, "x": -0, "z": 123456789012345.00, "n": NaN, "u": "\\u00e9"}'


@pytest.mark.parametrize(
    ("before", "head", "tail"),
    [
        (f"[{ODD}]", f"[{ODD}, ", "}]"),
        (f"[\n    {ODD}\n]\n", f"[\n    {ODD},\n    {{", "}\n]\n"),
        (f'{{"version": 1.0, "data": [{ODD}], "z": ["]"]}}', f'{{"version": 1.0, "data": [{ODD}, ', '], "z": ["]"]}'),
        (f'{{"data": [1], "data" : [ {ODD} ] }}', f'{{"data": [1], "data" : [ {ODD}, ', "} ] }"),
        (f"{ODD}\n", f"{ODD}\n", "}\n"),
    ],
)  # fmt: skip
def test_what_is_there_stays_byte_by_byte(before: str, head: str, tail: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.jsonl" if before.startswith(ODD) else "a.json")
    path.write_text(before, encoding="utf-8")
    assert append_exchange(path, EXCHANGE) == 2
    after = path.read_text(encoding="utf-8")
    assert after.startswith(head)
    assert after.endswith(tail)


def test_the_layout_of_the_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for width in (1, 2, 4):
        path.write_text(json.dumps([QA], indent=width) + "\n")
        append_exchange(path, [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}])
        assert path.read_text() == json.dumps([QA, {"input": "x", "output": "y"}], indent=width) + "\n"


@pytest.mark.parametrize("content", ["[]", "[ ]\n", '{"data": []}', ""])
def test_an_empty_dataset_takes_its_first_record(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    assert append_exchange(path, EXCHANGE) == 1
    assert load_records(path).records[0].messages == EXCHANGE


@pytest.mark.parametrize("content", ["hello", "[{", '[{"foo": 1}]', "[1]", "3", "[" * 100_000, "[" + "1" * 5000 + "]"])
def test_a_file_that_is_no_dataset_is_left_alone(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(BadDataset):
        append_exchange(path, EXCHANGE)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.tsv", "a.txt", "a"])
def test_other_kinds_of_file_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"\.json, \.jsonl, \.ndjson"):
        append_exchange(tmp_path / name, EXCHANGE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        ([], "does not end with an answer"),
        ([ASKED], "does not end with an answer"),
        ([ANSWERED], "assistant turn at the beginning"),
        ([SYSTEM, SYSTEM, *EXCHANGE], "system turn after a system turn"),
        ([ASKED, ASKED, ANSWERED], "user turn after a user turn"),
        ([ASKED, ANSWERED, ANSWERED], "assistant turn after a assistant turn"),
        ([{"role": "robot", "content": "x"}], "robot turn"),
        ([{"role": "user", "content": " "}, ANSWERED], r"Turn 0 \(user\) is empty"),
        ([ASKED, {"role": "assistant", "content": ""}], r"Turn 1 \(assistant\) is empty"),
        ([ASKED, {"role": "assistant", "content": "\ud800"}], "surrogate"),
    ],
)
def test_what_nobody_could_learn_from_is_refused(talk: list[dict[str, str]], said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=said):
        append_exchange(tmp_path / "a.json", talk)
    assert not (tmp_path / "a.json").exists()


def test_writers_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    counts: list[int] = []
    writers = [threading.Thread(target=lambda: counts.append(append_exchange(path, EXCHANGE))) for _ in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(counts) == list(range(1, 21))
    assert len(load_records(path).records) == 20


def test_a_writer_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "LOCK_SECONDS", 0.0)
    with FileLock(tmp_path / appending.LOCK_FILE), pytest.raises(Conflict, match="try again"):
        append_exchange(tmp_path / "a.json", EXCHANGE)


def test_a_full_disk_leaves_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    append_exchange(path, EXCHANGE)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise DiskFull("No room left on the disk.")

    monkeypatch.setattr(appending, "write_atomically", full)
    with pytest.raises(DiskFull):
        append_exchange(path, EXCHANGE)
    assert path.read_bytes() == before


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("[]")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    append_exchange(tmp_path / "link.json", EXCHANGE)
    assert (tmp_path / "link.json").is_symlink()
    assert load_records(tmp_path / "real.json").total == 1
