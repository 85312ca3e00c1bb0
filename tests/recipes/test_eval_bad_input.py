"""`eval.py` given what cannot be scored: exit 2, a sentence that says which, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.conftest import Run
from tests.recipes.judging import predictions, rows, summary, the_run


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def row(n: int, **more: Any) -> dict[str, Any]:
    return {"id": f"q{n}", "input": f"question {n}?", "reference": f"right{n}", "prediction": f"answer {n}", **more}


def refused(outcome: Any, folder: Path, *words: str) -> None:
    assert outcome.code == 2, outcome.err
    for told in words:
        assert told in outcome.err, outcome.err
    assert "Traceback" not in outcome.err
    assert not (folder / "evaluation").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["is empty"]),
        ("[]", ["holds no predictions"]),
        ("{nonsense", ["not JSON"]),
        ([row(0), {"id": "x", "input": "?"}, 7], ["2 of 3 records", "record 1: prediction is missing", "record 2"]),
        ([row(0), row(1, prediction=["a"])], ["record 1: prediction is a list"]),
        ([row(0), row(1, id="q0")], ["'q0', which 2 records have"]),
        ([row(0, model="a"), row(1, model="b")], ["mixes the answers of 2 models", "a 1, b 1"]),
    ],
)
def test_files_that_are_no_predictions(content: Any, words: list[str], run: Run, tmp_path: Path) -> None:
    outcome = run("eval", "--predictions", write(tmp_path / "p.json", content), "--mode", "reference")
    refused(outcome, tmp_path, *words)


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    refused(run("eval", "--predictions", tmp_path / "gone.json"), tmp_path, "There is no file", "gone.json")
    refused(run("eval"), tmp_path, "predictions/predictions.json")


def test_references_of_another_dataset(run: Run, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.json", 3)
    other = write(tmp_path / "d.json", [{"input": f"something else {n}", "output": "x"} for n in range(3)])
    outcome = run("eval", "--predictions", file, "--reference", other, "--mode", "reference")
    refused(outcome, tmp_path, "None of the 3 predictions", "neither by id nor by question", "something else 0")


def test_ids_that_agree_by_chance_are_not_trusted(run: Run, tmp_path: Path) -> None:
    """Files without ids are numbered: the third question of one has nothing to do with the third of another."""
    asked = write(tmp_path / "p.json", [{"input": f"question {n}", "prediction": f"a{n}"} for n in range(4)])
    turned = [{"input": f"question {n}", "output": f"a{n}"} for n in reversed(range(4))]
    outcome = run(
        "eval", "--predictions", asked, "--reference", write(tmp_path / "d.json", turned), "--mode", "reference"
    )
    assert outcome.code == 0, outcome.err
    assert "matched by input" in outcome.err
    assert [item["score"] for item in rows(the_run(tmp_path / "evaluation"))] == [1.0] * 4


def test_references_for_some_only_are_told_and_counted(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "p.json", [{**row(n), "reference": None} for n in range(4)])
    data = write(tmp_path / "d.json", [{"id": f"q{n}", "input": f"question {n}?", "output": "x"} for n in range(3)])
    outcome = run("eval", "--predictions", file, "--reference", data, "--mode", "reference")
    assert outcome.code == 3
    told = summary(the_run(tmp_path / "evaluation"))
    assert told["errors"] == {"no_reference": 1}
    assert any("1 of 4 predictions are not in" in warning for warning in told["warnings"])


def test_a_baseline_that_was_asked_something_else(run: Run, tmp_path: Path) -> None:
    file, base = predictions(tmp_path / "p.json", 5), predictions(tmp_path / "b.json", 3, model="base")
    outcome = run("eval", "--predictions", file, "--baseline", base, "--mode", "reference")
    refused(outcome, tmp_path, "2 of 5 questions", "matched by id", "q3, q4")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--mode", "pairwise"], ["pairwise needs two"]),
        (["--mode", "rubric"], ["needs a file of criteria"]),
        (["--mode", "quadruple"], ["--mode", "reference"]),
        (["--repeats", "0"], ["--repeats"]),
        (["--concurrency", "99"], ["--concurrency"]),
        (["--max_cost", "-1"], ["--max_cost"]),
        (["--tag", "../x"], ["--tag"]),
        (["--models", "tiny"], ["models are given without questions"]),
        (["--dataset_path", "d.json"], ["without models"]),
        (["--judges", "a", "a"], ["one of them is named twice"]),
        (["--compare", "one"], ["takes two runs"]),
        (["--rescore", "x", "--resume", "y"], ["exclude one another"]),
        (["--mode", "single", "--openai_api_base", "localhost:1"], ["is no address"]),
        (["--mode", "single", "--openai_api_base", "http://me:secret@host/v1"], ["a name or a password"]),
        (["--mode", "single", "--mock", "--pass_threshold", "11"], ["outside the scale 1 to 10"]),
        (["--resume", "run_none"], ["There is no run"]),
        (["--rescore", "run_none"], ["There is no run"]),
        (["compare", "a"], ["unrecognized"]),
    ],
)
def test_flags_that_do_not_fit(flags: list[str], words: list[str], run: Run, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.json", 3)
    given = flags if "--models" in flags or "--dataset_path" in flags else ["--predictions", file, *flags]
    refused(run("eval", *given), tmp_path, *words)


def test_a_limit_of_cost_without_a_price(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    file = predictions(tmp_path / "p.json", 3)
    given = (
        "--mode",
        "single",
        "--judges",
        "nobody-knows",
        "--max_cost",
        "1",
        "--openai_api_base",
        "http://127.0.0.1:1/v1",
    )
    outcome = run("eval", "--predictions", file, *given)
    assert (outcome.code, "max_cost needs a price" in outcome.err) == (2, True), outcome.err
    assert not list((tmp_path / "evaluation").glob("run_*"))


RUBRIC = {"name": "r", "criteria": [{"name": "tone", "question": "Polite?"}]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: "][", "not YAML"),
        (lambda r: [], "does not fit"),
        (lambda r: {**r, "criteria": []}, "criteria"),
        (lambda r: {**r, "scale": [5, 1]}, "is no scale"),
        (lambda r: {**r, "criteria": [{**r["criteria"][0], "anchors": {"9": "great"}}]}, "outside the scale 1 to 5"),
        (lambda r: {**r, "criteria": [{**r["criteria"][0], "name": "score"}]}, "a name the answer needs itself"),
        (lambda r: {**r, "wieght": 3}, "wieght"),
        (lambda r: {**r, "pass_threshold": 6}, "pass_threshold"),
    ],
)
def test_rubrics_that_cannot_be_used(
    change: Callable[[dict[str, Any]], Any], words: str, run: Run, tmp_path: Path
) -> None:
    file, rubric = predictions(tmp_path / "p.json", 3), write(tmp_path / "r.yaml", change(dict(RUBRIC)))
    refused(run("eval", "--predictions", file, "--rubric", rubric, "--mock"), tmp_path, words)
    refused(run("eval", "--predictions", file, "--rubric", tmp_path / "gone.yaml", "--mock"), tmp_path, "gone.yaml")


@pytest.mark.parametrize(
    ("content", "words"),
    [([{"id": "q0"}], "records 0"), ([{"id": "z", "score": 3}], "None of the 1 people's grades"), ("", "is empty")],
)
def test_grades_of_people_that_do_not_fit(content: Any, words: str, run: Run, tmp_path: Path) -> None:
    file, labels = predictions(tmp_path / "p.json", 3), write(tmp_path / "h.json", content)
    outcome = run("eval", "--predictions", file, "--mock", "--human", labels)
    assert (outcome.code, words in outcome.err) == (2, True), outcome.err
    assert not list((tmp_path / "evaluation").glob("run_*/summary.json"))


def test_a_run_is_not_resumed_with_what_would_change_it(run: Run, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.json", 6)
    assert run("eval", "--predictions", file, "--mock").code == 0
    made = the_run(tmp_path / "evaluation")
    before = (made / "summary.json").read_bytes()
    outcome = run("eval", "--resume", made, "--mock", "--repeats", "3")
    assert (outcome.code, "repeats (1 before, 3 now)" in outcome.err) == (2, True), outcome.err
    (made / "items.jsonl").write_text((made / "items.jsonl").read_text().replace("answer 1", "answer one"))
    outcome = run("eval", "--resume", made, "--mock")
    assert (outcome.code, "was changed since the run began" in outcome.err) == (2, True), outcome.err
    assert (made / "summary.json").read_bytes() == before


def test_odd_texts_are_texts(run: Run, tmp_path: Path) -> None:
    """Half a surrogate pair, NUL, line separators, markup, braces: scored like any other, and the reports open."""
    texts = ["\ud800 half", "nul \x00", "<script>alert(1)</script>", "\u2028 line", "{}{0}%s", "=1+1", "x" * 20_000]
    given = [row(n, prediction=text, input=f"{text[:50]} {n}", category='c,"x"') for n, text in enumerate(texts)]
    file = write(tmp_path / "p.json", [*given, row(99, id="\u2028/é", prediction="right99")])
    for place, more in (("a", ("--mode", "reference")), ("b", ("--mock",))):
        outcome = run("eval", "--predictions", file, "--output_dir", tmp_path / place, *more)
        assert outcome.code == 0, outcome.err
        made = the_run(tmp_path / place)
        assert len(rows(made)) == len(texts) + 1
        assert rows(made)[0]["prediction"] == "\ufffd half"
        assert (made / "report.html").exists()
        assert run("eval", "--rescore", made).code == 0
