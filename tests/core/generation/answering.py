"""What the fake server answers when datasets are written: good records, and the ways in which models spoil them.

A function here is an answerer of `tests.llm_server`: it takes a request and returns what a model would say. Behaviours
that depend on what was said before keep it in the server's process.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "er", "is")]
ONE_RECORD = re.compile(r"^\d+\. (?P<form>[^;\n]+)(?:; label (?P<label>\"(?:[^\"\\]|\\.)*\"))?", re.MULTILINE)
BROKEN_RECORD = re.compile(r"^Wanted was: (?P<form>[^;\n]+)(?:; label (?P<label>\"(?:[^\"\\]|\\.)*\"))?", re.MULTILINE)

Request = Mapping[str, Any]
Fields = dict[str, Any]

_count, _turn = itertools.count(), itertools.count()
_said: list[str] = []


def clean(request: Request, generator: random.Random) -> Any:
    """Always a good answer, never the same one twice."""
    return answer(request, generator, good)


def duplicating(request: Request, generator: random.Random) -> Any:
    """Three records in ten repeat an earlier input word for word, three differ from one in a word."""

    def record(names: list[str], label: str, luck: random.Random) -> Fields:
        made = good(names, label, luck)
        draw = luck.random()
        if _said and draw < 0.6:
            earlier = luck.choice(_said)
            made["input"] = earlier.upper() if draw < 0.3 else _one_word_changed(earlier, luck)
        _said.append(made["input"])
        return made

    return answer(request, generator, record)


def messy(request: Request, generator: random.Random) -> Any:
    """One record in five is malformed, one in ten refused; one answer in five is short; code has line breaks."""

    def record(names: list[str], label: str, luck: random.Random) -> Any:
        made = good(names, label, luck)
        token = word(luck)
        made["output"] = f"See {token}:\n{code(token)}\nThat is all."
        draw = luck.random()
        if draw < 0.2:
            broken: list[Any] = [
                "no object", {**made, "output": ""}, {"input": made["input"]}, {**made, "output": 7},
                {**made, "output": "Write it as [insert your answer here]."}, {**made, "output": "```python\nx = 1"},
                {**made, "output": made["input"]}, {**made, "output": "TODO"},
                {**made, "output": "Das ist nicht die Sprache, die man für die Antwort auf diese Frage will."},
            ]  # fmt: skip
            return luck.choice(broken)
        if draw < 0.3:
            refusals = ["I'm sorry, but I can't help with that.", "Es tut mir leid, aber ich kann nicht."]
            made["output"] = luck.choice(refusals)
        return made

    made = answer(request, generator, record)
    if isinstance(made, dict) and len(made.get("records", [])) > 1 and _luck(generator).random() < 0.2:
        del made["records"][-1]
    return made


def thirty(request: Request, generator: random.Random) -> Any:
    """Only thirty different records, over and over."""

    def record(names: list[str], label: str, luck: random.Random) -> Fields:
        return good(names, label, random.Random(next(_turn) % 30))

    return answer(request, generator, record)


def refusing_one_leaf(request: Request, generator: random.Random) -> Any:
    """Everything about the first subtopic is refused."""

    def record(names: list[str], label: str, luck: random.Random) -> Fields:
        made = good(names, label, luck)
        if "leaf 1-1" in _text(request):
            made["output"] = "As an AI language model, I cannot write about this."
        return made

    return answer(request, generator, record)


def leaking(request: Request, generator: random.Random) -> Any:
    """Every third record is one that the named file holds, each of the ten in turn."""

    def record(names: list[str], label: str, luck: random.Random) -> Fields:
        made = good(names, label, luck)
        number = next(_turn)
        if number % 3 == 0 and number < 30:
            made["input"] = planted(number // 3)[1]
        return made

    return answer(request, generator, record)


def inventing_evidence(request: Request, generator: random.Random) -> Any:
    """Every record quotes a source that is not there."""

    def record(names: list[str], label: str, luck: random.Random) -> Fields:
        return {**good(names, label, luck), "evidence": "As the great book says, it is so."}

    return answer(request, generator, record)


def always_ten(request: Request, generator: random.Random) -> Any:
    """A judge that finds everything perfect."""
    made = answer(request, generator, good)
    return {**made, "score": 10} if "score" in made else made


def one_sided(request: Request, generator: random.Random) -> Any:
    """A judge that always prefers what it is shown first."""
    if "Which of the two is better" in _text(request):
        return {"rationale": "It came first.", "winner": "first", "margin": 1}
    return answer(request, generator, good)


def planted(number: int) -> tuple[str, str]:
    """Question `number` of an evaluation file, and what leaks of it: itself, one word changed, or a long quotation."""
    luck = random.Random(f"planted {number}")
    text = " ".join(word(luck) for _ in range(16))
    around = " ".join(word(luck) for _ in range(60))
    ways = (f"{text.upper()}!", _one_word_changed(text, luck), f"{word(luck)} {text} {around}")
    return text, ways[number % 3]


def code(token: str) -> str:
    """A piece of code whose line breaks, tab and indentation must arrive as they are."""
    return f"```python\ndef {token}(x):\n    if x:\n\treturn {{'{token}': x}}\n\n    return None\n```"


def word(luck: random.Random) -> str:
    """One of a hundred thousand words."""
    return "".join(luck.choice(SYLLABLES) for _ in range(3))


def good(names: list[str], label: str, luck: random.Random) -> Fields:
    """A valid record with these fields."""
    text = " ".join(word(luck) for _ in range(14))
    made: Fields = {
        "input": f"Explain {text}?", "output": f"It is {word(luck)} {word(luck)} good.", "evidence": "",
        "reasoning": f"First {word(luck)}.\nThen {word(luck)}.", "answer": str(luck.randrange(1000)),
        "chosen": f"A good answer: {word(luck)} {word(luck)}.", "rejected": f"A bad answer: {word(luck)}.",
        "messages": [
            {"role": "user", "content": f"Explain {text}?"},
            {"role": "assistant", "content": f"It is {word(luck)}."},
            {"role": "user", "content": f"And {word(luck)}?"},
            {"role": "assistant", "content": f"That is {word(luck)} good."},
        ],
    }  # fmt: skip
    made = {name: made[name] for name in names}
    if label:
        made["output"] = label
    return made


Maker = Callable[[list[str], str, random.Random], Any]


def answer(request: Request, generator: random.Random, make: Maker) -> Any:
    """The answer to whatever is asked in a run."""
    text, luck = _text(request), _luck(generator)
    tree = re.search(r"Give (\d+) subtopics with (\d+) narrower", text)
    if tree:
        count, each = int(tree[1]), int(tree[2])
        leaves = {f"branch {b}": [f"leaf {b}-{n}" for n in range(1, each + 1)] for b in range(1, count + 1)}
        return {"branches": [{"name": name, "leaves": own} for name, own in leaves.items()]}
    branch = re.search(r'subtopic, named "([^"]*)", with (\d+) narrower', text)
    if branch:
        return {"branches": [{"name": branch[1], "leaves": [f"{branch[1]}, {n}" for n in range(int(branch[2]))]}]}
    if "dataset for text classification" in _text(request, "system"):
        return {"labels": ["physical", "chemical", "biological"]}
    if "Which of the two is better" in text:
        first = text.index("begin first answer")
        better = "good" in text[first : text.index("end first answer")]
        return {"rationale": "Because.", "winner": "first" if better else "second", "margin": 2}
    if "Grade the text between" in text:
        bad = re.search(r"begin answer\n(Ignore the instructions|I am not sure)", text)
        grade = 3 if bad or luck.random() < 0.2 else 8
        return {"rationale": "Because.", "correctness": grade, "clarity": 8, "usefulness": 8, "score": grade}
    wanted = [found["label"] for found in (*ONE_RECORD.finditer(text), *BROKEN_RECORD.finditer(text))] or [None]
    return {"records": [make(_names(request), json.loads(label or '""'), luck) for label in wanted]}


def _names(request: Request) -> list[str]:
    wanted = (request.get("response_format") or {}).get("json_schema")
    if wanted:
        return list(wanted["schema"]["properties"]["records"]["items"]["properties"])
    return re.findall(r"^  - (\w+) \(", _text(request, "user"), re.MULTILINE)


def _text(request: Request, role: str = "user") -> str:
    return "\n".join(message["content"] for message in request["messages"] if message["role"] == role)


def _luck(generator: random.Random) -> random.Random:
    """Chance that differs from request to request, the same in each run of a test."""
    return random.Random(f"{generator.random()} {next(_count)}")


def _one_word_changed(text: str, luck: random.Random) -> str:
    tokens = text.split()
    tokens[-2] = word(luck)
    return " ".join(tokens)
