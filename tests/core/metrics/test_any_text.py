"""E17: whatever two texts are, each metric is on its scale, symmetric where it should be, and sacrebleu's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from backend.core.metrics import SCALES, all_of, bleu, chrf, exact_match, rouge_l, token_f1, words
from tests.core.metrics.pairs import MULTILINGUAL

SCRIPTS = "ab AB.,-1½ é的我学ไทย يةلِ हिन्दीか゚ー👍🏽\n\t\u200d&<"
TEXTS = (
    st.text()
    | st.text(alphabet=SCRIPTS, max_size=40)
    | st.sampled_from([text for pair in MULTILINGUAL for text in pair])
)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_every_metric_is_on_its_scale(prediction: str, reference: str) -> None:
    for name, value in all_of(prediction, reference).items():
        low, high = SCALES[name]
        assert low <= value <= high
    assert token_f1(prediction, reference) == token_f1(reference, prediction)
    assert rouge_l(prediction, reference) == pytest.approx(rouge_l(reference, prediction))
    assert exact_match(prediction, reference) <= token_f1(prediction, reference)


@settings(deadline=None)
@given(TEXTS)
def test_a_text_is_itself(text: str) -> None:
    assert exact_match(text, text) == token_f1(text, text) == rouge_l(text, text) == 1.0
    assert chrf(text, text) == pytest.approx(100.0)
    assert bool(words(text)) == bool(text.strip())


@settings(deadline=None, max_examples=80)
@given(TEXTS.filter(str.strip), TEXTS)
def test_figures_of_any_two_texts_are_sacrebleus(prediction: str, reference: str) -> None:
    assert chrf(prediction, reference) == pytest.approx(CHRF().sentence_score(prediction, [reference]).score, abs=1e-9)
    for tokenizer in ("13a", "char"):
        theirs = BLEU(tokenize=tokenizer, effective_order=True).sentence_score(prediction, [reference]).score
        assert bleu(prediction, reference, tokenizer) == pytest.approx(theirs, abs=1e-9)  # type: ignore[arg-type]
