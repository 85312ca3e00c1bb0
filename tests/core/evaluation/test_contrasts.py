"""Differences of two models: what is shown, how sure, and never surer than the items allow."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend.core.evaluation.aggregation import Measure, figures_of
from backend.core.evaluation.contrasts import comparison_of, preference_of
from backend.core.evaluation.estimates import difference_of, histogram
from backend.core.evaluation.items import Question
from backend.core.evaluation.matching import match
from backend.core.evaluation.rows import Answer, PairVerdict

EXACT = Measure("em", (0.0, 1.0), 1.0, (), 1)


def answers(model: str, scores: Sequence[float | None]) -> list[Answer]:
    return [
        Answer(model=model, prediction="x", status="scored" if score is not None else "unscored", score=score)
        for score in scores
    ]


def questions(count: int, **more: str) -> list[Question]:
    return [Question(f"q{n}", n, f"question {n}", "x", **more) for n in range(count)]


def test_only_items_that_both_have_a_score_for_are_compared() -> None:
    before, after = [0, 0, None, 1, 0, 1, 0, 0], [1, None, 1, 1, 1, 1, 1, 0]
    found = comparison_of(answers("a", before), answers("b", after), questions(8), EXACT)
    assert (found.n_unpaired, found.difference.n, found.difference.mean) == (2, 6, 0.5)
    assert (found.mean_a, found.mean_b) == (2 / 6, 5 / 6)
    assert found.mcnemar is not None
    assert (found.mcnemar.only_a, found.mcnemar.only_b) == (0, 3)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([0.0] * 20, [1.0] * 20, "better"),
        ([1.0] * 20, [0.0] * 20, "worse"),
        ([1.0, 0.0] * 10, [0.0, 1.0] * 10, "no_difference_shown"),
        ([0.0] * 4, [1.0] * 4, "too_few"),
        ([], [], "too_few"),
    ],
)
def test_the_verdict_is_the_intervals(before: list[float], after: list[float], verdict: str) -> None:
    found = comparison_of(answers("a", before), answers("b", after), questions(len(before)), EXACT)
    assert found.verdict == verdict
    assert found.sentence


def test_twenty_equal_differences_are_not_certainty() -> None:
    """Student's t would say +100 to +100 points; Wilson's interval leaves room for 3 of 20 to be otherwise."""
    found = difference_of([1.0] * 20, 1.0)
    assert found.ci95 is not None
    assert (found.method, found.ci95.high) == ("wilson", 1.0)
    assert 0.6 < found.ci95.low < 0.8
    nothing = difference_of([0.0] * 20, 1.0)
    assert nothing.ci95 is not None
    assert nothing.ci95.low < 0 < nothing.ci95.high


def test_categories_are_corrected_for_their_number() -> None:
    asked = questions(10, category="a") + questions(10, category="b")
    found = comparison_of(answers("a", [0.0] * 20), answers("b", [1.0] * 10 + [0.0, 1.0] * 5), asked, EXACT)
    one, two = found.categories
    assert one.p_value is not None
    assert one.p_holm == pytest.approx(2 * one.p_value)
    assert two.p_holm == two.p_value


def verdicts(words: str) -> list[PairVerdict]:
    named = {"w": "win", "t": "tie", "l": "loss"}
    return [
        PairVerdict.model_validate(
            {"baseline": "a", "candidate": "b", "status": "scored" if word in named else "unscored",
             "verdict": named.get(word), "consistent": True if word in named else None}
        )
        for word in words
    ]  # fmt: skip


def test_ties_are_half_a_win_and_what_has_no_verdict_is_counted() -> None:
    found = preference_of("a", "b", verdicts("wwtl??"), [("x", "y")] * 6, seed=1)
    assert (found.wins, found.ties, found.losses, found.n, found.n_total) == (2, 1, 1, 4, 6)
    assert found.win_rate.value == 2.5 / 4
    assert (found.win_rate.ci95, found.verdict, found.errors) == (None, "too_few", {"unknown": 2})


def test_nothing_but_wins_is_not_certainty() -> None:
    found = preference_of("a", "b", verdicts("w" * 20), [("x", "y")] * 20, seed=1)
    assert found.win_rate.ci95 is not None
    assert (found.win_rate.method, found.win_rate.ci95.high) == ("wilson", 1.0)
    assert 0.8 < found.win_rate.ci95.low < 0.9


def test_items_of_one_source_are_not_counted_as_many() -> None:
    alike = [Question(f"q{n}", n, "", "x", source=f"s{n // 5}") for n in range(60)]
    scores = [float((n // 5) % 2) for n in range(60)]
    plain = figures_of("m", answers("m", scores), questions(60), EXACT).score
    clustered = figures_of("m", answers("m", scores), alike, EXACT).score
    assert (plain.method, clustered.method) == ("wilson", "clustered_t")
    assert plain.se is not None
    assert clustered.se is not None
    assert clustered.se > 2 * plain.se


def test_an_interval_ends_where_the_scale_does() -> None:
    """19 wins and a tie: Student's t would say 92 % to 103 %."""
    score = figures_of("m", answers("m", [1.0] * 19 + [0.5]), questions(20), EXACT).score
    assert score.ci95 is not None
    assert (score.method, score.ci95.high) == ("student_t", 1.0)
    assert 0.9 < score.ci95.low < 0.95


def test_a_histogram_has_a_bin_for_each_grade_and_loses_nobody() -> None:
    bins = histogram([1, 1, 10, 5.5], 1, 10)
    assert (len(bins), sum(one.count for one in bins)) == (10, 4)
    assert (bins[0].low, bins[0].high, bins[0].count, bins[-1].count) == (0.5, 1.5, 2, 1)
    shares = histogram([0.0, 0.3, 0.9999, 1.0], 0, 1)
    assert [one.count for one in shares] == [1, 0, 0, 1, 0, 0, 0, 0, 0, 2]


def test_questions_are_matched_by_id_only_where_they_agree() -> None:
    ours = [Question("0", 0, "a?"), Question("1", 1, "b?")]
    turned = [Question("0", 0, "b?"), Question("1", 1, "a?")]
    assert (match(ours, ours).by, match(ours, ours).positions) == ("id", (0, 1))
    assert (match(ours, turned).by, match(ours, turned).positions) == ("input", (1, 0))
    spaced = [Question("x", 0, " a? "), Question("y", 1, "B?")]
    assert match(ours, spaced).positions == (0, None)
    doubtful = [Question("x", 0, "a?", "1"), Question("y", 1, "a?", "2")]
    assert match(ours, doubtful).positions == (None, None)
