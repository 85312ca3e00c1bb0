"""Any usual file is recognised aloud; every bad one is refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.core.data.datasets import load_json_dataset, load_records, split
from backend.core.errors import BadDataset

QA = [{"input": "q1", "output": "a1"}, {"input": "q2", "output": "a2"}]
TURNS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
SHAREGPT = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]


def write(folder: Path, name: str, content: str | bytes | list[Any] | dict[str, Any]) -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content", "form", "said"),
    [
        ("a.json", QA, "input/output", "2 questions (input) and answers (output)"),
        ("a.json", {"data": QA}, "input/output", "2 questions"),
        ("a.json", [{"question": "q", "answer": "a"}], "input/output", "questions (question)"),
        ("a.json", [{"instruction": "i", "input": "", "output": "o"}], "alpaca", "instructions (Alpaca)"),
        ("a.json", [{"messages": TURNS}], "messages", "conversations (messages)"),
        ("a.json", [{"conversations": SHAREGPT}], "sharegpt", "conversations (ShareGPT)"),
        ("a.jsonl", "\n".join(map(json.dumps, QA)), "input/output", "JSON Lines"),
        ("a.json", "\n".join(map(json.dumps, QA)), "input/output", "2 questions"),
        ("a.csv", "input,output\nq1,a1\nq2,a2\n", "input/output", "CSV with 2"),
        ("a.tsv", "input\toutput\nq1\ta1\n", "input/output", "TSV with 1"),
        ("a.json", "\ufeff" + json.dumps(QA), "input/output", "2 questions"),
    ],
)
def test_usual_forms_are_recognised(name: str, content: Any, form: str, said: str, tmp_path: Path) -> None:
    dataset = load_records(write(tmp_path, name, content))
    assert dataset.format == form
    assert said in dataset.recognised
    assert [turn["role"] for turn in dataset.records[0].messages] == ["user", "assistant"]


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(QA), tmp_path / "a.parquet")
    assert [record.answer for record in load_records(tmp_path / "a.parquet").records] == ["a1", "a2"]


def test_alpaca_input_joins_the_instruction(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", [{"instruction": "Translate", "input": "Haus", "output": "house"}])
    assert load_records(path).records[0].question == "Translate\n\nHaus"


def test_function_calls_are_the_assistants_words_and_tools_are_kept(tmp_path: Path) -> None:
    record = {
        "conversations": [
            {"from": "human", "value": "weather?"},
            {"from": "function_call", "value": '{"name": "weather"}'},
            {"from": "observation", "value": "sunny"},
            {"from": "gpt", "value": "It is sunny."},
        ],
        "tools": '[{"name": "weather"}]',
    }
    loaded = load_records(write(tmp_path, "a.json", [record])).records[0]
    assert [turn["role"] for turn in loaded.messages] == ["user", "assistant", "tool", "assistant"]
    assert loaded.messages[1]["content"] == '<tool_call>\n{"name": "weather"}\n</tool_call>'
    assert loaded.tools == [{"name": "weather"}]


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "frage,antwort\nq,a\n")
    with pytest.raises(BadDataset, match="--column_mapping"):
        load_records(path)
    assert load_records(path, {"input": "frage", "output": "antwort"}).records[0].answer == "a"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("[]", "holds no records"),
        ("hello", "is not JSON"),
        ('[{"input": "q", "output": "a"}, {"inp', "looks cut off"),
        (b"\xff\xfe\x00bad", "is not UTF-8"),
        ('{"a": 1}', "give a list of records"),
        ('"text"', "give a list of records"),
        ('[{"foo": 1}]', "record 0 has foo"),
        ("[1, 2]", "record 0 is a int"),
        ('{"input":"q","output":"a"}\n{"input":', "line 2 is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" + "1" * 5000 + "]", "number that is too long"),
        ('{"input":"q","output":"a"}\n{"input":' + "1" * 5000 + "}", "line 2 is nested too deeply or holds a number"),
    ],
)
def test_a_file_that_is_no_dataset_is_refused(content: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=said):
        load_records(write(tmp_path, "a.json", content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match="There is no file"):
        load_records(tmp_path / "nothing.json")
    with pytest.raises(BadDataset, match="is a folder"):
        load_records(tmp_path)


def test_every_bad_record_is_listed_with_index_and_field(tmp_path: Path) -> None:
    rows = [
        *QA,
        {"input": "q"},
        {"input": "q", "output": 3},
        {"input": ["x"], "output": "a"},
        {"input": "", "output": "a"},
    ]
    dataset = load_records(write(tmp_path, "a.json", rows))
    assert [(problem.index, problem.field) for problem in dataset.problems] == [
        (2, "output"),
        (4, "input"),
        (5, "input"),
    ]
    with pytest.raises(BadDataset, match=r"3 of 6 records cannot be read.\n  record 2: output is missing"):
        dataset.require_usable()


def test_a_bad_turn_is_named_by_its_place(tmp_path: Path) -> None:
    rows = [{"messages": TURNS}, {"messages": [TURNS[0], {"role": "robot", "content": "a"}]}, {"messages": "x"}]
    problems = load_records(write(tmp_path, "a.json", rows)).problems
    assert [(problem.index, problem.field) for problem in problems] == [(1, "messages[1].role"), (2, "messages")]


def test_empty_answers_are_left_out_and_all_empty_is_refused(tmp_path: Path) -> None:
    some = load_records(write(tmp_path, "a.json", [*QA, {"input": "q", "output": " "}]))
    assert len(some.require_usable().records) == 2
    assert some.problems[0].index == 2
    with pytest.raises(BadDataset, match="answers are empty"):
        load_json_dataset(write(tmp_path, "b.json", [{"input": "q", "output": ""}]))


def test_questions_without_answers_are_fine_where_none_is_needed(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", [{"input": "q1"}, {"input": "q2", "output": ""}])
    records = load_records(path, need_answer=False).records
    assert [record.prompt for record in records] == [
        [{"role": "user", "content": "q1"}],
        [{"role": "user", "content": "q2"}],
    ]


def test_a_conversation_that_ends_with_a_question_is_asked_whole(tmp_path: Path) -> None:
    asked = [*TURNS, {"role": "user", "content": "and then?"}]
    record = load_records(write(tmp_path, "a.json", [{"messages": asked}]), need_answer=False).records[0]
    assert (record.prompt, record.answer) == (asked, "")
    answered = load_records(write(tmp_path, "a.json", [{"messages": [*asked, TURNS[1]]}])).records[0]
    assert (answered.prompt, answered.answer) == (asked, "a")


@pytest.mark.parametrize(
    "row",
    [
        {"input": "\ud800", "output": "a"},
        {"input": "q", "output": "\ud800"},
        {"messages": [TURNS[0], {**TURNS[1], "content": "\ud800"}]},
    ],
)
@pytest.mark.parametrize("need_answer", [True, False])
def test_half_a_letter_is_named_and_not_passed_on(row: dict[str, Any], need_answer: bool, tmp_path: Path) -> None:
    dataset = load_records(write(tmp_path, "a.json", [*QA, row]), need_answer=need_answer)
    assert [problem.index for problem in dataset.problems] == [2]
    assert "surrogate" in dataset.problems[0].message


def test_a_line_may_hold_a_line_separator_inside_its_text(tmp_path: Path) -> None:
    rows = [{"input": "a\u2028b", "output": "c\u0085d"}, QA[0]]
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert load_json_dataset(write(tmp_path, "a.jsonl", text.encode())) == rows


def test_load_json_dataset_returns_the_records_as_they_stand(tmp_path: Path) -> None:
    assert load_json_dataset(str(write(tmp_path, "a.json", {"data": QA}))) == QA


def test_a_split_is_seeded_disjoint_and_never_empty() -> None:
    items = list(range(10))
    train, validation = split(items, 0.3, seed=1)
    assert (len(train), len(validation)) == (7, 3)
    assert sorted(train + validation) == items
    assert split(items, 0.3, seed=1) == (train, validation)
    assert split(items, 0.3, seed=2) != (train, validation)
    assert len(split(items, 0.001, seed=1)[1]) == 1
    with pytest.raises(BadDataset, match="cannot be split"):
        split([1], 0.5, seed=1)
