"""Tokens told by characters, within a fifth of what Qwen2's tokenizer counts."""

from __future__ import annotations

import pytest

from backend.core.estimates.counting import tokens_in

COUNTED = {
    # text: tokens with Qwen2's vocabulary
    "The quick brown fox jumps over the lazy dog while the sun sets behind the distant mountains.": 18,
    "3.14159265": 10,
    "<|im_start|>user\nHi<|im_end|>\n": 6,
}


@pytest.mark.parametrize(("text", "tokens"), COUNTED.items())
def test_english_digits_and_marks(text: str, tokens: int) -> None:
    assert tokens_in(text) == pytest.approx(tokens, rel=0.2)


@pytest.mark.parametrize(
    ("text", "characters"),
    [("力" * 190, 1.9), ("か" * 160, 1.6), ("한" * 140, 1.4), ("ж" * 350, 3.5), ("م" * 240, 2.4), ("क" * 110, 1.1)],
    ids=["chinese", "japanese", "korean", "russian", "arabic", "hindi"],
)
def test_each_script_has_its_own_measure(text: str, characters: float) -> None:
    assert tokens_in(text) == 100
    assert tokens_in(text + "a" * 45) == 110
    assert tokens_in(text[:1]) >= 1
