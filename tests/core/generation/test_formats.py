"""What a draft must be to become a record, and what its text must not hold."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.generation.checking import Checks
from backend.core.generation.formats import FORMATS, BadDraft
from backend.core.generation.language import code_of, is_foreign
from backend.core.generation.plan import Slot
from backend.core.generation.refusal import refuses

SLOT = Slot(0, "l000", labels=("red", "blue"), label="red")
PLAIN = Slot(0, "l000")
ENGLISH = "The answer is that the light of the star is bent by the mass of the sun, which is what was seen."

GERMAN = "Das ist die Antwort auf die Frage, die der Lehrer mit dem Buch in der Hand und mit Freude stellt."


def problems(
    draft: Any, form: str = "instruction", slot: Slot = PLAIN, language: str = "English", source: str = ""
) -> str:
    """What is wrong with a draft, in one line."""
    checks = Checks(FORMATS[form], "English", "Write tasks that a person could give to an assistant with an answer.")
    try:
        record = FORMATS[form].read(draft, slot)
    except BadDraft as bad:
        return "; ".join(bad.problems)
    return "; ".join(checks.problems(record, slot, source))


GOOD: dict[str, dict[str, Any]] = {
    "instruction": {"input": "Name a colour of light.", "output": "Red."},
    "qa": {"input": "What is red?", "output": "A colour.", "evidence": None},
    "chat": {"messages": [{"role": "user", "content": "What is red?"}, {"role": "assistant", "content": "A colour."}]},
    "classification": {"input": "A rose in the morning.", "output": "Red"},
    "cot": {"input": "What is 2 + 2?", "reasoning": "Two and two are four.", "answer": "4"},
    "preference": {"input": "What is red?", "chosen": "A colour.", "rejected": "A number."},
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_good_draft_has_no_problems_and_becomes_a_record(form: str) -> None:
    slot = SLOT if form == "classification" else PLAIN
    assert problems(GOOD[form], form, slot) == ""
    record = FORMATS[form].read(GOOD[form], slot)
    assert set(record) <= {"input", "output", *FORMATS[form].extras}


@pytest.mark.parametrize(
    ("form", "draft", "words"),
    [
        ("instruction", "text", "the record is text, not an object"),
        ("instruction", {"input": "a task"}, "output is missing"),
        ("instruction", {"input": "a task", "output": 7}, "output is a number, not text"),
        ("instruction", {"input": "a task", "output": "  "}, "output is empty"),
        ("instruction", {"input": "Say red!", "output": "say RED"}, "output repeats input"),
        ("instruction", {"input": "?!", "output": "yes"}, "says too little"),
        ("instruction", {"input": "a task", "output": "x" * 20_001}, "20,000 are allowed"),
        ("instruction", {"input": "a task", "output": "```python\nx = 1"}, "does not close"),
        ("instruction", {"input": "a task", "output": "Dear [insert name], hello."}, "placeholder"),
        ("instruction", {"input": "a task", "output": "TODO"}, "placeholder"),
        ("instruction", {"input": "a task", "output": "..."}, "placeholder"),
        ("instruction", {"input": "a task", "output": "lone \ud800 half"}, "no text"),
        (
            "instruction",
            {"input": "Write tasks that a person could give to an assistant", "output": "ok"},
            "instructions",
        ),
        ("cot", {"input": "2 + 2 = ?", "reasoning": "It is four.", "answer": "4\n5"}, "single line"),
        ("classification", {"input": "A rose.", "output": "green"}, "must be one of red, blue"),
        ("classification", {"input": "A rose.", "output": "blue"}, "'red' was asked for"),
        ("preference", {"input": "Why?", "chosen": "So.", "rejected": "so!"}, "say the same"),
        ("chat", {"messages": "hello"}, "messages is text, not a list"),
        ("chat", {}, "messages is missing"),
        ("chat", {"messages": [{"role": "user", "content": "hi"}]}, "1 turns"),
        ("chat", {"messages": [{"role": "assistant", "content": "a"}] * 2}, "role must be user"),
        ("chat", {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}, "is empty"),
        ("chat", {"messages": [{"role": "user", "content": "a"}, {"role": "assistant"}]}, "no turn"),
        (
            "chat",
            {"messages": [{"role": r, "content": "a"} for r in ("user", "assistant", "user")]},
            "must be the assistant's",
        ),
    ],
)
def test_what_is_wrong_with_a_draft_is_said(form: str, draft: Any, words: str) -> None:
    assert words in problems(draft, form, SLOT if form == "classification" else PLAIN)


def test_text_is_trimmed_and_composed_and_otherwise_left_as_it_is() -> None:
    code = "```python\ndef f(x):\n\tif x:\n\t\treturn  x\n\n\n    # two  spaces\n```"
    record = FORMATS["instruction"].read({"input": " Explain cafe\u0301. \n", "output": f"\n{code}\n"}, PLAIN)
    assert record == {"input": "Explain café.", "output": code}


def test_an_answer_on_its_last_line_already_is_not_said_twice() -> None:
    draft = {"input": "2 + 2 = ?", "reasoning": "Two and two are four.\n4", "answer": "4"}
    assert FORMATS["cot"].read(draft, PLAIN)["output"] == "Two and two are four.\n4"


def test_evidence_must_stand_in_the_source() -> None:
    source = "Light is a wave. It needs no\nmedium to travel in, as was shown long ago."
    draft = {"input": "What does light need?", "output": "Nothing.", "evidence": "It needs no medium to travel in"}
    assert problems(draft, "qa", source=source) == ""
    assert "word for word" in problems({**draft, "evidence": "It needs a medium"}, "qa", source=source)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.", "I’m sorry, I cannot assist with this request.",
        "As an AI language model, I cannot do this.", "I cannot provide that.", "I am unable to answer.",
        "Es tut mir leid, aber dabei kann ich nicht helfen.", "Je suis désolé, mais je ne peux pas répondre.",
        "Lo siento, pero no puedo ayudar con eso.", "Mi dispiace, ma non posso aiutarti.",
        "Desculpe, mas não posso ajudar.", "Извините, но я не могу ответить.", "很抱歉，我无法回答。",
        "申し訳ありませんが、お答えできません。", "죄송하지만 도와드릴 수 없습니다.", "عذرًا، لا أستطيع المساعدة",
        "Przykro mi, ale nie mogę pomóc.", "Üzgünüm, bu konuda yardım edemem.",
    ],
)  # fmt: skip
def test_refusals_are_recognised_in_many_languages(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "The letter begins: I'm sorry, but I can't come.", "A model cannot provide energy from nothing.",
        "Sorry is a word of regret.", "I can help with that.", "No puedo means I cannot.", "Sorrow and joy.",
    ],
)  # fmt: skip
def test_what_only_speaks_of_refusing_is_none(text: str) -> None:
    assert not refuses(text)


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        (ENGLISH, "English", False),
        (ENGLISH, "German", True),
        (ENGLISH, "Chinese", True),
        (
            GERMAN,
            "English",
            True,
        ),
        (
            GERMAN,
            "de",
            False,
        ),
        ("光是一种电磁波，它携带能量和动量，并且不需要任何介质就可以传播。", "Chinese", False),
        ("光是一种电磁波，它携带能量和动量，并且不需要任何介质就可以传播。", "English", True),
        ("光は電磁波であり、エネルギーと運動量を運び、媒質を必要としません。", "Japanese", False),
        ("E = mc² → p = mv", "English", False),
        ("```python\nprint('for x in y: is the and')\n```", "German", False),
        (ENGLISH, "Klingon", False),
    ],
)
def test_a_text_is_foreign_only_when_it_clearly_is(text: str, language: str, foreign: bool) -> None:
    assert is_foreign(text, language) is foreign


def test_an_answer_may_be_in_another_language_when_the_question_is_about_one() -> None:
    assert "output is not in English" in problems({"input": "What does the teacher ask?", "output": GERMAN})
    assert problems({"input": "Translate this into German, please.", "output": GERMAN}) == ""
    assert problems({"input": "What does len return for None?", "output": "None"}) == ""


def test_languages_are_known_by_name_and_code() -> None:
    assert code_of("German (formal)") == "de"
    assert code_of("pt-BR") == "pt"
    assert code_of("Klingon") is None
