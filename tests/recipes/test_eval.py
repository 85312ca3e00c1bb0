"""`eval.py`: every item accounted for, none invented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.recipes.conftest import Run

ROWS = [
    {"id": "a", "input": "unit of force?", "reference": "newton", "prediction": "Newton.", "model": "m"},
    {"id": "b", "input": "unit of mass?", "reference": "the kilogram", "prediction": "the gram", "model": "m"},
]


def write(path: Path, rows: object) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_a_run_holds_every_item_and_the_summary(run: Run, tmp_path: Path) -> None:
    outcome = run("eval", "--predictions", write(tmp_path / "p.json", ROWS))
    assert outcome.code == 0, outcome.err
    (folder,) = (tmp_path / "evaluation").iterdir()
    assert folder.name.startswith("run_")
    items = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [(i["item_id"], i["index"], i["status"], i["score"]) for i in items] == [
        ("a", 0, "scored", 1.0),
        ("b", 1, "scored", 0.0),
    ]
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["exact_match"], summary["token_f1"], summary["scored"]) == (0.5, 0.75, 2)
    assert "50.0%" in outcome.out


def test_an_item_without_a_reference_has_no_score_and_is_counted(run: Run, tmp_path: Path) -> None:
    outcome = run("eval", "--predictions", write(tmp_path / "p.json", [ROWS[0], {"id": "c", "prediction": "x"}]))
    assert outcome.code == 3
    (folder,) = (tmp_path / "evaluation").iterdir()
    last = json.loads((folder / "results.jsonl").read_text().splitlines()[-1])
    assert (last["status"], last["score"]) == ("no_reference", None)


def test_references_can_come_from_a_dataset(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "d.json", [{"id": "b", "input": "unit of mass?", "output": "the gram"}])
    outcome = run("eval", "--predictions", write(tmp_path / "p.json", ROWS), "--reference", data)
    assert "100.0%" in outcome.out


def test_a_baseline_is_shown_beside(run: Run, tmp_path: Path) -> None:
    before = [{**row, "prediction": "?", "model": "base"} for row in ROWS]
    outcome = run(
        "eval", "--predictions", write(tmp_path / "p.json", ROWS), "--baseline", write(tmp_path / "b.json", before)
    )
    assert "before: ?" in outcome.out
    assert outcome.out.index("base ") < outcome.out.index("m  ")


@pytest.mark.parametrize(
    ("rows", "told"),
    [([], "holds no predictions"), ({"a": 1}, "no predictions file"), ([{"prediction": "x"}], "has a reference")],
)
def test_bad_predictions_are_refused(rows: object, told: str, run: Run, tmp_path: Path) -> None:
    outcome = run("eval", "--predictions", write(tmp_path / "p.json", rows))
    assert (outcome.code, told in outcome.err) == (2, True), outcome.err
    assert not (tmp_path / "evaluation").exists()
