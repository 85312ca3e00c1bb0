"""The ways `eval.py` scores, compares and computes again; grades are made up where the way is what matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Maker
from tests.llm_server import Plan, fake_server
from tests.recipes.conftest import Run
from tests.recipes.judging import JUDGES, rows, summary, the_run


def mixed(path: Path, count: int = 24, good: int = 2, **more: Any) -> Path:
    """Predictions of which one in `good` is right, in two categories."""
    found = [
        {
            "id": f"q{n}", "input": f"question {n}?", "reference": f"the right answer {n}", "category": f"c{n % 2}",
            "prediction": f"the right answer {n}" if n % good == 0 else "nonsense", "model": "m", **more,
        }
        for n in range(count)
    ]  # fmt: skip
    path.write_text(json.dumps(found))
    return path


def test_categories_and_metrics_have_their_own_figures(run: Run, tmp_path: Path) -> None:
    assert run("eval", "--predictions", mixed(tmp_path / "p.json"), "--mode", "reference").code == 0
    told = summary(the_run(tmp_path / "evaluation"))
    assert [(one["name"], one["n"], one["mean"]) for one in told["categories"]] == [("c0", 12, 1.0), ("c1", 12, 0.0)]
    assert told["reference_metrics"]["em"]["method"] == "wilson"
    assert "version:" in told["reference_metrics"]["bleu"]["signature"]
    assert (told["cost"]["value"], told["judges"], told["health"]) == (0.0, [], None)


def test_without_a_key_answers_are_compared_with_references(run: Run, tmp_path: Path) -> None:
    assert run("eval", "--predictions", mixed(tmp_path / "p.json")).code == 0
    assert summary(the_run(tmp_path / "evaluation"))["mode"] == "reference"


def test_another_metric_can_be_the_score(run: Run, tmp_path: Path) -> None:
    assert run("eval", "--predictions", mixed(tmp_path / "p.json"), "--metric", "chrf").code == 0
    told = summary(the_run(tmp_path / "evaluation"))
    assert (told["score"]["name"], told["score"]["scale"]["high"], told["pass_rate"]) == ("chrf", 100.0, None)


def test_a_rubric_of_ones_own(run: Run, tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        "name: support\nscale: [1, 5]\npass_threshold: 4\ncriteria:\n"
        "  - {name: solves_it, question: Does it help, weight: 3, anchors: {1: not at all, 5: fully}}\n"
        "  - {name: tone, question: Is it polite}\n"
    )
    assert run("eval", "--predictions", mixed(tmp_path / "p.json"), "--rubric", rubric, "--mock").code == 0
    told = summary(the_run(tmp_path / "evaluation"))
    assert (told["mode"], told["score"]["name"], told["rubric"]) == ("rubric", "weighted", "support")
    assert (told["score"]["scale"], told["pass_rate"]["threshold"]) == ({"low": 1.0, "high": 5.0}, 4.0)
    assert list(told["criteria"]) == ["solves_it", "tone"]
    row = rows(the_run(tmp_path / "evaluation"))[0]
    assert row["score"] == pytest.approx((3 * row["criteria"]["solves_it"] + row["criteria"]["tone"]) / 4)


def test_judges_and_repeats_agree_or_not(run: Run, tmp_path: Path) -> None:
    given = ("--mock", "--judges", "one", "two", "--repeats", 2, "--commit_first")
    assert run("eval", "--predictions", mixed(tmp_path / "p.json"), *given).code == 0
    told = summary(the_run(tmp_path / "evaluation"))
    assert (told["agreement"]["between"], told["agreement"]["n"]) == ("judges_and_repeats", 24)
    assert told["agreement"]["alpha"] > 0.8
    assert len(rows(the_run(tmp_path / "evaluation"))[0]["ratings"]) == 4
    assert {control["judge"] for control in told["health"]["controls"]} == {"one", "two"}


def test_people_are_the_measure_of_the_judge(run: Run, tmp_path: Path) -> None:
    labels = tmp_path / "h.csv"
    labels.write_text("id,score\n" + "".join(f"q{n},{10 if n % 2 == 0 else 1}\n" for n in range(20)))
    assert run("eval", "--predictions", mixed(tmp_path / "p.json"), "--mock", "--human", labels).code == 0
    human = summary(the_run(tmp_path / "evaluation"))["human"]
    assert (human["n"], human["n_labels"]) == (20, 20)
    assert human["weighted_kappa"] > 0.9
    assert human["within_one"]["value"] > 0.8


def test_a_judge_that_judges_itself_is_told(run: Run, tmp_path: Path) -> None:
    file = mixed(tmp_path / "p.json", model="org/Judge-7B")
    outcome = run("eval", "--predictions", file, "--mock", "--judges", "judge-7b")
    codes = [one["code"] for one in summary(the_run(tmp_path / "evaluation"))["health"]["findings"]]
    assert "judges_itself" in codes
    assert "judges its own answers" in outcome.out


def test_two_files_are_compared_item_by_item_and_in_pairs(run: Run, tmp_path: Path) -> None:
    base, better = mixed(tmp_path / "b.json", good=4, model="base"), mixed(tmp_path / "p.json")
    outcome = run("eval", "--predictions", better, "--baseline", base, "--mock", "--pair", "yes")
    told = summary(the_run(tmp_path / "evaluation"))
    (comparison,), (preference,) = told["comparisons"], told["preferences"]
    assert (comparison["verdict"], preference["verdict"]) == ("better", "better")
    assert comparison["difference"]["n"] == 24
    assert preference["ties"] == 18  # equal answers tie without being asked
    assert told["mde80"] == comparison["mde80"]
    assert comparison["sentence"] in outcome.out
    changed = [row for row in rows(the_run(tmp_path / "evaluation")) if row["change"] and row["change"] > 4]
    assert len(changed) == 6


def test_a_run_is_computed_again_without_a_call(run: Run, tmp_path: Path) -> None:
    file = mixed(tmp_path / "p.json")
    with fake_server(Plan(answerer=f"{JUDGES}:by_number")) as server:
        run("eval", "--predictions", file, "--mode", "single", "--openai_api_base", server.url)
        asked = len(server.log())
        made = the_run(tmp_path / "evaluation")
        before = (made / "results.jsonl").read_bytes()
        first = summary(made)
        assert run("eval", "--rescore", made).code == 0
        assert summary(made) == first
        assert (made / "results.jsonl").read_bytes() == before
        outcome = run("eval", "--rescore", made.name, "--pass_threshold", "3", "--min_coverage", "1")
        assert len(server.log()) == asked
    assert outcome.code == 0, outcome.err
    assert summary(made)["pass_rate"]["threshold"] == 3.0


def test_two_runs_are_compared_by_their_items(run: Run, tmp_path: Path) -> None:
    for tag, good in (("before", 4), ("after", 2)):
        assert run("eval", "--predictions", mixed(tmp_path / "p.json", good=good), "--tag", tag).code == 0
    (before,), (after,) = (list((tmp_path / "evaluation").glob(f"*_{tag}")) for tag in ("before", "after"))
    outcome = run("eval", "--compare", before, after)
    assert outcome.code == 0, outcome.err
    (folder,) = (tmp_path / "evaluation").glob("compare_*")
    found = json.loads((folder / "comparison.json").read_text())
    assert found["comparison"]["difference"]["mean"] == 0.25
    assert found["comparison"]["mcnemar"] == {
        "only_a": 0,
        "only_b": 6,
        "p_value": pytest.approx(0.03125),
    }
    assert [item["change"] for item in found["items"][:7]] == [1.0] * 6 + [0.0]
    assert (folder / "report.html").exists()
    run("eval", "--predictions", tmp_path / "p.json", "--mock", "--tag", "graded")
    (graded,) = (tmp_path / "evaluation").glob("*_graded")
    refused = run("eval", "--compare", before, graded)
    assert (refused.code, "only runs of the same kind" in refused.err) == (2, True)


def test_a_plan_sends_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = mixed(tmp_path / "p.json")
    with fake_server(Plan()) as server:
        given = ("--mode", "single", "--openai_api_base", server.url, "--dry_run")
        outcome = run("eval", "--predictions", file, *given)
        assert server.log() == []
    assert (outcome.code, "33 requests" in outcome.out) == (0, True), outcome.out  # 24 answers, 9 planted
    assert "Nothing was sent." in outcome.out
    assert not (tmp_path / "evaluation").exists()


def test_a_budget_stops_the_run_and_what_is_there_is_told(run: Run, tmp_path: Path) -> None:
    file = mixed(tmp_path / "p.json")
    with fake_server(Plan(answerer=f"{JUDGES}:by_number")) as server:
        given = ("--mode", "single", "--openai_api_base", server.url, "--max_calls", "15", "--concurrency", "1")
        outcome = run("eval", "--predictions", file, *given)
        assert len(server.log()) == 15
    assert (outcome.code, "max_calls" in outcome.err) == (4, True), outcome.err
    assert summary(the_run(tmp_path / "evaluation"))["status"] == "partial"
    assert "stopped before its end" in outcome.out


def test_test_mode_marks_everything(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_TEST_MODE", "1")
    outcome = run("eval", "--models", "tiny", "mine", "--dataset_path", mixed(tmp_path / "d.json"))
    assert outcome.code == 0, outcome.err
    told = summary(the_run(tmp_path / "evaluation"))
    assert (told["mock"], told["test_mode"], [one["model"] for one in told["models"]]) == (
        True,
        True,
        ["tiny", "mine"],
    )


def test_models_answer_and_are_compared_in_one_go(
    run: Run, make_adapter: Maker, small_model: Path, questions: Path, tmp_path: Path
) -> None:
    """Base and two adapters, the base loaded once; a stop in between loses no answer."""
    models = [small_model, make_adapter("one", seed=1), make_adapter("two", seed=2)]
    given = ("--dataset_path", questions, "--device", "cpu", "--max_new_tokens", 8, "--metric", "chrf")
    outcome = run("eval", "--models", *models, *given, "--max_items", 6)
    assert outcome.code == 0, outcome.err
    made = the_run(tmp_path / "evaluation")
    told = summary(made)
    assert [one["model"] for one in told["models"]] == [small_model.name, "one", "two"]
    assert (told["model"], told["n_total"]) == ("two", 6)
    assert [(one["a"], one["b"], one["difference"]["n"]) for one in told["comparisons"]] == [
        (small_model.name, "one", 6), (small_model.name, "two", 6),
    ]  # fmt: skip
    assert all(one["perplexity"]["n"] == 6 for one in told["models"])
    assert len({one["perplexity"]["bits_per_byte"] for one in told["models"]}) == 3
    before = (made / "results.jsonl").read_bytes()
    # Killed while the last one answered: its file and the end are not there yet.
    config = json.loads((made / "config.json").read_text())
    (made / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k != "items_sha256"}))
    for name in ("predictions/3_two.json", "results.jsonl", "summary.json"):
        (made / name).unlink()
    assert run("eval", "--resume", made).code == 0
    assert (made / "results.jsonl").read_bytes() == before


def test_models_that_are_not_there(run: Run, questions: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    outcome = run("eval", "--models", "nobody", "--dataset_path", questions, "--mode", "reference")
    assert outcome.code in (1, 2), outcome.err
    assert "nobody" in outcome.err
    assert not (tmp_path / "evaluation").exists()
