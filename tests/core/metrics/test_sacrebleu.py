"""E17: chrF and BLEU are sacrebleu's, of single texts and of a corpus, to nine digits and with its signature."""

from __future__ import annotations

import pytest
from sacrebleu.metrics import BLEU, CHRF

from backend.core.metrics import CHRF_SIGNATURE, Corpus, bleu, bleu_signature, chrf, tokenizer_for
from tests.core.metrics.pairs import MULTILINGUAL, real_pairs

NON_EMPTY = [pair for pair in MULTILINGUAL if pair[0].strip() or pair[1].strip()]


def test_chrf_of_each_pair_is_sacrebleus() -> None:
    theirs = CHRF()
    for prediction, reference in [*NON_EMPTY, *real_pairs()]:
        assert chrf(prediction, reference) == pytest.approx(
            theirs.sentence_score(prediction, [reference]).score, abs=1e-9
        ), (prediction, reference)


@pytest.mark.parametrize("tokenizer", ["13a", "char"])
def test_bleu_of_each_pair_is_sacrebleus(tokenizer: str) -> None:
    theirs = BLEU(tokenize=tokenizer, effective_order=True)
    for prediction, reference in [*NON_EMPTY, *real_pairs(1_000 if tokenizer == "13a" else 100)]:
        assert bleu(prediction, reference, tokenizer) == pytest.approx(  # type: ignore[arg-type]
            theirs.sentence_score(prediction, [reference]).score, abs=1e-9
        ), (prediction, reference)


@pytest.mark.parametrize("tokenizer", ["13a", "char"])
def test_figures_of_a_corpus_are_sacrebleus(tokenizer: str) -> None:
    pairs = [*MULTILINGUAL, *real_pairs(250)]
    corpus = Corpus(tokenizer)  # type: ignore[arg-type]
    for prediction, reference in pairs:
        corpus.add(prediction, reference)
    figures = corpus.figures()
    predictions, references = [pair[0] for pair in pairs], [[pair[1] for pair in pairs]]
    their_bleu, their_chrf = BLEU(tokenize=tokenizer), CHRF()
    assert figures["bleu"].score == pytest.approx(their_bleu.corpus_score(predictions, references).score, abs=1e-9)
    assert figures["chrf"].score == pytest.approx(their_chrf.corpus_score(predictions, references).score, abs=1e-9)
    # The same settings in the same words; the version is the one whose figures these are.
    assert figures["bleu"].signature.split("|version")[0] == str(their_bleu.get_signature()).split("|version")[0]
    assert figures["chrf"].signature.split("|version")[0] == str(their_chrf.get_signature()).split("|version")[0]
    assert figures["bleu"].low is not None
    assert figures["bleu"].low < figures["bleu"].score < (figures["bleu"].high or 0)


def test_signatures() -> None:
    assert bleu_signature("13a") == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
    assert CHRF_SIGNATURE == "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"


def test_two_equal_texts_of_two_words_are_equal() -> None:
    assert bleu("two words", "two words") == pytest.approx(100)
    assert bleu("", "") == chrf("", "") == 100.0


def test_the_tokenizer_follows_the_script() -> None:
    assert tokenizer_for(["我喜欢机器学习", "GPT"]) == "char"
    assert tokenizer_for(["The word 重力 means gravity."]) == "13a"
    assert tokenizer_for(["", "42"]) == "13a"


def test_a_corpus_of_any_size_is_kept_in_as_many_groups_and_its_sums_stay_exact() -> None:
    corpus = Corpus()
    predictions, references = [], []
    for place in range(1_300):
        predictions.append(f"the answer to question {place} is {place % 7}")
        references.append(f"the answer to question {place} is {place % 5}")
        corpus.add(predictions[-1], references[-1])
    assert corpus.n == 1_300
    wanted = BLEU().corpus_score(predictions, [references]).score
    assert corpus.figures()["bleu"].score == pytest.approx(wanted, abs=1e-9)
    assert Corpus().figures() == {}
