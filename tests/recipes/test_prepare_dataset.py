"""`prepare_dataset.py`: what it reports, converts and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from backend.core.data.datasets import load_records
from tests.recipes.conftest import Run


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_the_report_tells_lengths_truncation_duplicates_and_leakage(
    run: Run, small_model: Path, tmp_path: Path
) -> None:
    long = {"input": "light " * 80, "output": "energy"}
    rows = [{"input": "What is force?", "output": "newton"}, {"input": "what is FORCE", "output": "Newton."}, long]
    data = write(tmp_path / "a.json", [*rows, {"input": "q", "output": ""}])
    held_out = write(tmp_path / "v.json", [{"input": "What is force?", "output": "newton"}])
    outcome = run(
        "prepare_dataset", "--dataset_path", data, "--base_model_name", small_model, "--max_length", 64,
        "--eval_dataset_path", held_out,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    for told in (
        "JSON with 4 questions (input) and answers (output), 1 of them unusable",
        "Empty answers: 1 records.\n  record 3: output is empty",
        "median",
        "Cut at max_length=64: 33.3% of the examples.",
        "Learnt (the assistant's):",
        "Duplicates: 1 exact, 0 near",
        "records 0, 1 are the same",
        "Leakage: 1 of 1 validation questions",
    ):
        assert told in outcome.out, told


def test_conversion_and_split_keep_every_record_once(run: Run, small_model: Path, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"question": f"q{n}", "answer": f"a{n}"}) for n in range(10))
    (tmp_path / "raw.jsonl").write_text(lines, encoding="utf-8")
    flags = ("--dataset_path", tmp_path / "raw.jsonl", "--base_model_name", small_model, "--output_path", "clean.json")
    assert run("prepare_dataset", *flags, "--validation_split", 0.2).code == 0
    parts = [load_records(tmp_path / name).records for name in ("clean.json", "clean_validation.json")]
    assert [len(part) for part in parts] == [8, 2]
    assert sorted(record.question for part in parts for record in part) == [f"q{n}" for n in range(10)]
    again = run("prepare_dataset", *flags)
    assert again.code == 2
    assert "--overwrite" in again.err


def test_bad_records_are_left_out_of_the_output_and_exit_3_says_so(
    run: Run, small_model: Path, tmp_path: Path
) -> None:
    data = write(tmp_path / "a.json", [{"input": "q", "output": "a"}, {"input": "q2"}, {"input": 3, "output": "a"}])
    flags = ("--dataset_path", data, "--base_model_name", small_model)
    outcome = run("prepare_dataset", *flags, "--output_path", "out.jsonl")
    assert outcome.code == 3
    assert "record 1: output is missing" in outcome.out
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    assert run("prepare_dataset", *flags).code == 2


@pytest.mark.parametrize(
    ("flags", "told"),
    [(["--output_path", "a.txt"], "end it in .json"), (["--validation_split", "0.1"], "needs --output_path")],
)
def test_bad_flags_are_refused(flags: list[str], told: str, run: Run, questions: Path) -> None:
    outcome = run("prepare_dataset", "--dataset_path", questions, *flags)
    assert (outcome.code, told in outcome.err) == (2, True)
