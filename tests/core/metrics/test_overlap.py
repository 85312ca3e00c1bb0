"""E17: exact match, F1 and ROUGE-L, by hand and against the textbook's table."""

from __future__ import annotations

from collections import Counter

import pytest

from backend.core.metrics import all_of, exact_match, rouge_l, token_f1, words
from backend.core.metrics.overlap import common_length
from backend.core.metrics.words import answer_words
from tests.core.metrics.pairs import MULTILINGUAL, real_pairs


@pytest.mark.parametrize(
    ("prediction", "reference", "score"),
    [
        ("The newton.", "the Newton", 1.0),
        ("The newton.", "Newton", 1.0),
        ("9.81 m/s", "9.81 m/s", 1.0),
        ("9.81", "9.8", 0.0),
        ("newton metre", "metre newton", 0.0),
        ("ﬁeld", "field", 1.0),
        ("-5", "5", 0.0),
        ("−5", "-5", 1.0),
        ("x=-5", "x = -5", 1.0),
        (".5", "5", 0.0),
        ("+", "-", 0.0),
        ("+", " + ", 1.0),
        ("A", "B", 0.0),
        ("Answer A", "answer", 0.0),
        ("", "x", 0.0),
        ("x", "", 0.0),
        ("!", "", 0.0),
        ("", "  ", 1.0),
        ("की", "का", 0.0),
        ("Straße", "STRASSE", 1.0),
    ],
)
def test_exact_match_ignores_case_punctuation_and_articles_only(prediction: str, reference: str, score: float) -> None:
    assert exact_match(prediction, reference) == score


@pytest.mark.parametrize(
    "text", ["我喜欢机器学习", "ภาษาไทยไม่มีช่องว่าง", "اللغة العربية جميلة", "हिन्दी सुन्दर है", "日本語です"]
)
def test_identical_texts_of_any_script_are_identical(text: str) -> None:
    assert all_of(text, text) == pytest.approx({"em": 1, "f1": 1, "rouge_l": 1, "chrf": 100, "bleu": 100})


def test_a_different_text_without_spaces_is_only_partly_right() -> None:
    # Six of seven characters, in order.
    assert rouge_l("我喜欢机器学", "我喜欢机器学习") == pytest.approx(12 / 13)
    assert 0 < token_f1("ภาษาไทย", "ภาษาจีน") < 1


def test_words_of_any_script() -> None:
    assert words("我喜欢GPT模型。9.81米") == ["我", "喜", "欢", "gpt", "模", "型", "9.81", "米"]
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert words("ดี") == ["ดี"]
    assert words("don't, m/s²; 3-4") == ["don", "t", "m/s2", "3-4"]


def test_token_f1_is_the_harmonic_mean() -> None:
    assert token_f1("unit is newton", "newton") == pytest.approx(2 * (1 / 3) * 1 / (1 / 3 + 1))
    assert token_f1("the unit is newton", "newton") == token_f1("unit is newton", "newton")
    assert token_f1("", "") == 1.0
    assert token_f1("a", "") == 0.0


def test_one_empty_text_has_nothing_in_common_and_two_are_equal() -> None:
    assert set(all_of("", "").values()) == {1.0, 100.0}
    for pair in (("", "text"), ("text", ""), (" \n", "text")):
        assert set(all_of(*pair).values()) == {0.0}


def _table(first: list[str], second: list[str]) -> int:
    lengths = [0] * (len(second) + 1)
    for word in first:
        above = 0
        for place, other in enumerate(second, 1):
            above, lengths[place] = (
                lengths[place],
                above + 1 if word == other else max(lengths[place], lengths[place - 1]),
            )
    return lengths[-1]


def test_metrics_are_those_of_an_independent_computation() -> None:
    for prediction, reference in [*MULTILINGUAL, *real_pairs()]:
        given, wanted = words(prediction)[:120], words(reference)[:120]
        assert common_length(given, wanted) == _table(given, wanted)
        if len(words(prediction)) <= 120 and len(words(reference)) <= 120:
            total = len(given) + len(wanted)
            assert rouge_l(prediction, reference) == pytest.approx(2 * _table(given, wanted) / total if total else 1.0)
        given, wanted = answer_words(prediction), answer_words(reference)
        common = sum(min(count, Counter(wanted)[word]) for word, count in Counter(given).items())
        if common:
            precision, recall = common / len(given), common / len(wanted)
            wanted_f1 = 2 * precision * recall / (precision + recall)
        else:
            wanted_f1 = float(given == wanted)
        assert token_f1(prediction, reference) == pytest.approx(wanted_f1, abs=1e-12)
        assert exact_match(prediction, reference) == float(given == wanted)
