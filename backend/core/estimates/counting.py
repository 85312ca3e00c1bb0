"""How many tokens a text has, told by its characters and the scripts they belong to, where there is no tokenizer."""

from __future__ import annotations

import re

WHOLE = re.compile(r"<\|\w+\|>|\n+")
"""What is one token each: a chat template's marks, the ends of lines."""
USUAL = 4.5
"""Characters of a token of English text (4.8) or code (4.6) with Qwen2's vocabulary of 152k; other recent ones are
within a tenth of it. The scripts below were measured in the same way."""
SCRIPTS = (
    (re.compile(r"[0-9]+"), 1.0),
    (re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]+"), 1.9),  # Chinese
    (re.compile(r"[\u3040-\u30ff\u0e00-\u0e7f]+"), 1.6),  # Japanese, Thai
    (re.compile(r"[\u1100-\u11ff\uac00-\ud7af]+"), 1.4),  # Korean
    (re.compile(r"[\u0370-\u052f]+"), 3.5),  # Greek, Russian
    (re.compile(r"[\u0590-\u06ff\u0750-\u077f]+"), 2.4),  # Hebrew, Arabic
    (re.compile(r"[\u0900-\u0dff]+"), 1.1),  # Hindi and its neighbours
)
IN_ASCII = SCRIPTS[:1]


def tokens_in(text: str) -> int:
    """Tokens of a text, at least one."""
    plain, whole = WHOLE.subn("", text)
    left, tokens = len(plain), float(whole)
    for script, characters in IN_ASCII if plain.isascii() else SCRIPTS:
        found = sum(map(len, script.findall(plain)))
        left -= found
        tokens += found / characters
    return max(1, round(tokens + left / USUAL))
