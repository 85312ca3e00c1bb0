"""Whole runs against a server that errs: exactly as many good records as asked for, or the reasons why not."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from backend.core.data.datasets import load_records
from backend.core.data.shingles import jaccard, normalised, shingles
from backend.core.environment.settings import load_settings
from backend.core.generation.assignment import assign, preview
from backend.core.generation.refusal import refuses
from backend.core.params import GenerationParams
from tests.core.generation.answering import code, planted
from tests.core.generation.kit import Folder, generate, served
from tests.llm_server.running import fake_server

NEAR = 0.5


def nearest_pair(records: list[dict[str, str]]) -> float:
    """The largest similarity of any two inputs, by brute force."""
    runs = [shingles(record["input"]) for record in records]
    return max(jaccard(left, right) for left, right in itertools.combinations(runs, 2))


def part_of(made: Folder, part: str) -> list[dict[str, str]]:
    """The training or the test part of a split dataset."""
    (path,) = [path for path in made.datasets if path.stem.endswith(f"_{part}")]
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_clean_server_gives_exactly_what_was_asked_for(data: Path) -> None:
    """G1: exactly 50, keys `input` and `output`, unique, plan covered. G11: calls estimated within 25 %."""
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50)
        requests = len(server.log())
    assert made.code == 0
    assert len(made.records) == 50
    assert all(set(record) == {"input", "output"} and all(record.values()) for record in made.records)
    assert len({normalised(record["input"]) for record in made.records}) == 50
    leaves = made.report["diversity"]["leaves"]
    assert leaves["covered"] == leaves["planned"] > 5
    assert made.datasets[0].name.startswith("physics_instruction_50_")
    params = GenerationParams(topic="physics", num_examples=50)
    estimated = preview(assign(params, load_settings()))[1].calls
    assert abs(requests - estimated) <= 0.25 * requests
    assert "synthetic: true" in (made.run / "CARD.md").read_text()


def test_duplicates_are_asked_for_again_until_all_are_unlike(data: Path) -> None:
    """G2: with 60 % duplicates and near-duplicates, exactly 50 whose inputs are all less than half alike."""
    with fake_server(served("duplicating")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50)
    assert made.code == 0
    assert len(made.records) == 50
    assert nearest_pair(made.records) < NEAR
    rejected = made.report["rejected"]
    assert rejected["duplicate"] > 0
    assert rejected["near_duplicate"] > 0


def test_broken_cut_refused_and_short_answers_leave_no_trace_in_the_data(data: Path) -> None:
    """G3: 20 % malformed, 10 % cut off, 10 % refused, 20 % short: exactly 50, none bad, code byte for byte."""
    with fake_server(served("messy", faults={"length": 0.1}, faults_each=2)) as server:
        made = generate(data, server.url, topic="physics", num_examples=50)
    assert made.code == 0
    assert len(made.records) == 50
    for record in made.records:
        token = re.search(r"See (\w+):", record["output"])
        assert token, record
        assert record["output"] == f"See {token[1]}:\n{code(token[1])}\nThat is all."
        assert not refuses(record["output"])
    assert made.report["rejected"]["refusal"] > 0
    assert made.report["mended"] > 0
    assert made.report["missing_from_answers"] > 0


def test_a_server_with_thirty_records_ends_with_the_reasons_and_without_a_file(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """G4: stops inside the budget, exit 3, no dataset, 30 kept, a table of reasons."""
    with fake_server(served("thirty")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50)
        requests = len(server.log())
    assert made.code == 3
    assert made.datasets == []
    assert len([row for row in made.rows if row.status == "accepted"]) == 30
    assert requests <= 44
    told = capsys.readouterr().err
    assert "Only 30 of 50 records could be made: the topic is exhausted" in told
    assert re.search(r"rejected +\d+  duplicate: the same as an accepted record", told)
    assert re.search(r"missing +\d+  branch", told)


@pytest.mark.parametrize("form", ["instruction", "qa", "chat", "classification", "cot", "preference"])
def test_every_type_keeps_its_rules_and_the_trainer_reads_it(data: Path, form: str) -> None:
    """G5: each type, 20 records: its rules hold, and the loader of the trainer takes every record."""
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="science", num_examples=20, format_type=form)
    assert made.code == 0
    assert len(made.records) == 20
    for record in made.records:
        assert record["input"].strip()
        assert record["output"].strip()
        RULES[form](record)
    if form == "classification":
        counts = [sum(record["output"] == label for record in made.records) for label in made.records[0]["labels"]]
        assert max(counts) - min(counts) <= 1
    loaded = load_records(made.datasets[0]).require_usable()
    assert len(loaded.records) == 20


def _check_chat(record: dict[str, object]) -> None:
    messages = record["messages"]
    assert isinstance(messages, list)
    assert [turn["role"] for turn in messages] == ["user", "assistant"] * (len(messages) // 2)
    assert messages[-1]["content"] == record["output"]


def _check_classification(record: dict[str, object]) -> None:
    assert isinstance(record["labels"], list)
    assert record["output"] in record["labels"]


def _check_cot(record: dict[str, object]) -> None:
    assert str(record["output"]).splitlines()[-1] == record["answer"]
    assert len(str(record["output"]).splitlines()) > 1


def _check_preference(record: dict[str, object]) -> None:
    assert record["rejected"] not in ("", record["output"])
    assert record["margin"] == 2
    assert "good" in str(record["output"])


RULES = {
    "instruction": lambda record: None,
    "qa": lambda record: None,
    "chat": _check_chat,
    "classification": _check_classification,
    "cot": _check_cot,
    "preference": _check_preference,
}


def test_the_same_seed_makes_the_same_bytes_in_test_mode(data: Path) -> None:
    """G8: same seed, same dataset; another seed, another one."""

    def made(seed: int) -> bytes:
        before = set(data.glob("*.json")) if data.exists() else set()
        name = f"d{len(before)}"
        assert generate(data, topic="physics", num_examples=30, mock="true", seed=seed, name=name).code == 0
        (path,) = set(data.glob("*.json")) - before
        return path.read_bytes()

    first, again, other = made(1), made(1), made(2)
    assert first == again
    assert first != other
    assert first.count(b"MOCK") >= 30


def test_leaks_are_left_out_listed_and_the_split_shares_nothing(data: Path, tmp_path: Path) -> None:
    """G7: `--split 0.2 --against FILE` with planted leaks: none left, all listed, no pair alike across the split."""
    against = tmp_path / "predictions.json"
    rows = [{"input": planted(n)[0], "reference": "r", "prediction": "p", "id": str(n)} for n in range(10)]
    against.write_text(json.dumps(rows))
    with fake_server(served("leaking")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50, split=0.2, against=[str(against)])
    assert made.code == 0
    train, test = (part_of(made, part) for part in ("train", "test"))
    assert len(train) + len(test) == 50
    assert 5 <= len(test) <= 15
    leaked = {planted(n)[1] for n in range(10)}
    assert not leaked & {record["input"] for record in [*train, *test]}
    assert {leak["input"] for leak in made.report["contamination"]} == leaked
    card = (made.run / "CARD.md").read_text()
    assert "10 records were left out" in card
    across = max(jaccard(shingles(a["input"]), shingles(b["input"])) for a in train for b in test)
    assert across < NEAR
    subtopics = {row.id: row.leaf for row in made.rows}
    sides = {part: {subtopics[row.id] for row in made.rows if row.status == "accepted" and row.record in records}
             for part, records in (("train", train), ("test", test))}  # fmt: skip
    assert not sides["train"] & sides["test"]


def test_evidence_without_a_document_is_no_evidence(data: Path) -> None:
    with fake_server(served("inventing_evidence")) as server:
        made = generate(data, server.url, topic="physics", num_examples=5, format_type="qa")
    assert made.code == 0
    assert all(set(record) == {"input", "output"} for record in made.records)


def test_a_leaf_that_is_refused_gives_its_quota_away_and_the_card_says_so(data: Path) -> None:
    with fake_server(served("refusing_one_leaf")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50)
    assert made.code == 0
    assert len(made.records) == 50
    assert "the model declined" in (made.run / "CARD.md").read_text()
    assert made.report["moved"]


def test_a_judge_that_prefers_the_first_place_makes_no_preference_pairs(data: Path) -> None:
    with fake_server(served("one_sided")) as server:
        made = generate(data, server.url, topic="physics", num_examples=8, format_type="preference")
    assert made.code == 3
    assert made.datasets == []
    assert set(made.report["rejected"]) == {"inconsistent_preference"}


def test_grades_below_the_limit_keep_records_out(data: Path) -> None:
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="physics", num_examples=12, quality_min=7)
    assert made.code == 0
    assert made.report["quality"]["min"] >= 7
    assert made.report["rejected"]["low_quality"] > 0
    passed = {control["kind"]: control["passed"] for control in made.report["judge"]["controls"]}
    assert passed["asks_for_top_score"] is passed["empty_ish"] is True


def test_a_judge_that_finds_everything_perfect_is_told_of(data: Path) -> None:
    with fake_server(served("always_ten")) as server:
        made = generate(data, server.url, topic="physics", num_examples=12, quality_min=7)
    assert made.code == 0
    controls = made.report["judge"]["controls"]
    assert {control["kind"] for control in controls} >= {"asks_for_top_score", "empty_ish"}
    assert not any(control["passed"] for control in controls)
    assert "its grades say little" in (made.run / "CARD.md").read_text()
    assert len(made.records) == 12


def test_records_are_made_harder_and_keep_their_place(data: Path) -> None:
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="physics", num_examples=10, evolve=0.5)
    assert made.code == 0
    assert made.report["evolved"] == 5


@pytest.mark.parametrize("profile", ["lmstudio", "deepseek", "text-only"])
def test_servers_without_schemas_write_datasets_too(data: Path, profile: str) -> None:
    with fake_server(served("clean", profile=profile)) as server:
        made = generate(data, server.url, topic="physics", num_examples=15)
    assert made.code == 0
    assert len(made.records) == 15


def test_a_second_dataset_on_a_topic_repeats_nothing_of_the_first(data: Path) -> None:
    def made() -> Folder:
        with fake_server(served("clean")) as server:  # a new server says the same again
            return generate(data, server.url, topic="physics", num_examples=10, batch_size=1)

    assert made().code == 0
    second = made()
    assert second.code in (0, 3)
    assert second.report["rejected"].get("earlier_duplicate", 0) > 0
