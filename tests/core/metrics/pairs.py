"""Pairs of texts that metrics are checked on."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

from backend.core.paths import PROJECT_ROOT

REAL = Path(os.environ.get("REAL_PAIRS", PROJECT_ROOT / "data" / "physics_qa.json"))
"""Answers of people; REAL_PAIRS names any file of records with `output`."""

MULTILINGUAL = [
    ("The cat sat on the mat.", "The cat sat on the mat."),
    ("The cat sat on the mat.", "A dog lay on the rug, and the cat sat by it."),
    ("9.81 m/s², roughly", "It is 9.81 m/s²."),
    ("Newton", "the newton"),
    ("-5", "5"),
    ("重力加速度约为9.81米每二次方秒。", "重力加速度是9.81米每二次方秒。"),
    ("我喜欢机器学习", "我不喜欢机器学习"),
    ("機械学習は楽しいです。", "機械学習はとても楽しいです。"),
    ("ภาษาไทยไม่มีช่องว่างระหว่างคำ", "ภาษาไทยไม่เว้นวรรคระหว่างคำ"),
    ("العَرَبِيَّةُ لُغَةٌ جَمِيلَة", "العربية لغة جميلة جدا"),
    ("हिन्दी एक सुन्दर भाषा है", "हिन्दी बहुत सुन्दर भाषा है"),
    ("한국어는 띄어쓰기가 있다", "한국어에는 띄어쓰기가 있습니다"),
    ("Ελληνικά και ρωσικά", "русский и греческий"),
    ("Тёплый хлеб — лучший хлеб", "Тёплый хлеб лучше"),
    ("ﬁeld of ½ tesla", "field of 1⁄2 tesla"),
    ("👍🏽 yes", "👎 no"),
    ("def f(x):\n    return x-\n1", "def f(x):\n\treturn x - 1"),
    ("&quot;quoted&quot; &amp; <skipped>done", '"quoted" & done'),
    ("one", "one two three four five six seven"),
    ("  leading and trailing  ", "leading and trailing"),
    ("1,000.5 and 3-4", "1000.5 and 3 - 4"),
    ("", ""),
    ("", "something"),
    ("something", ""),
    (" \n", ""),
]


def real_pairs(count: int = 1_000) -> list[tuple[str, str]]:
    """Real answers as references, each with a damaged copy or a piece of the next one."""
    answers = [record["output"] for record in json.loads(REAL.read_text(encoding="utf-8"))]
    generator = random.Random(0)
    pairs = []
    for place in range(count):
        reference, following = answers[place % len(answers)], answers[(place + 1) % len(answers)]
        kept = [word for word in reference.split(" ") if generator.random() > 0.2]
        cut = following.split(" ")[: generator.randrange(12)]
        pairs.append((" ".join(kept + cut if place % 3 else cut), reference))
    return pairs
