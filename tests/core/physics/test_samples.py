"""The sample data is right: enough facts, one answer per question, and no test question ever trained on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.paths import PROJECT_ROOT
from backend.core.physics import samples


def test_there_are_enough_facts() -> None:
    assert len(samples.facts()) >= 80


def test_answers_are_short() -> None:
    assert max(len(fact.answer) for fact in samples.facts()) <= 24


@pytest.mark.parametrize("fact", samples.facts(), ids=lambda fact: fact.subject)
def test_every_fact_is_said_and_asked_in_several_ways(fact: samples.Fact) -> None:
    assert len(set(fact.statements())) >= 5
    assert all(fact.answer in statement for statement in fact.statements())
    assert len({record["input"] for record in fact.training_records()}) >= 5
    assert len({record["input"] for record in fact.test_records()}) >= 2


def test_no_question_has_two_answers() -> None:
    records = samples.training_records() + samples.test_records()
    answers: dict[str, set[str]] = {}
    for record in records:
        answers.setdefault(record["input"], set()).add(record["output"])
    assert {question: found for question, found in answers.items() if len(found) > 1} == {}


def test_no_question_is_there_twice() -> None:
    questions = [record["input"] for record in samples.training_records()]
    assert len(questions) == len(set(questions))


def test_no_test_question_is_trained_on() -> None:
    trained = {_bare(record["input"]) for record in samples.training_records()}
    assert [record for record in samples.test_records() if _bare(record["input"]) in trained] == []


def test_no_held_out_form_is_a_training_form_of_any_relation() -> None:
    forms = {fact.phrasings for fact in samples.facts()}
    trained = {_bare(form) for each in forms for form in each.training}
    assert trained.isdisjoint(_bare(form) for each in forms for form in each.held_out)


def test_no_statement_is_a_question() -> None:
    assert [statement for statement in samples.statements() if "?" in statement] == []


def test_the_files_are_what_the_script_makes(tmp_path: Path) -> None:
    script = PROJECT_ROOT / "scripts" / "make_physics_data.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    for name in ("physics_qa.json", "physics_test_qa.json"):
        assert (PROJECT_ROOT / "data" / name).read_bytes() == (tmp_path / name).read_bytes(), name


def _bare(text: str) -> str:
    """The words alone: neither case nor punctuation makes a question a new one."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
