"""What the form is told of the methods is what the methods do."""

from __future__ import annotations

from typing import get_args

from backend.core.params.merge import DRAWING, ELECTING, METHODS_IN_WORDS, PRUNING, RANKED, MergeMethod
from backend.engine.merge.methods import METHODS


def test_every_method_has_its_sentence() -> None:
    assert set(METHODS_IN_WORDS) == set(get_args(MergeMethod)) == set(METHODS)


def test_a_field_is_shown_for_the_methods_that_read_it() -> None:
    assert {name for name, method in METHODS.items() if method.draws} == set(PRUNING)
    assert {name for name, method in METHODS.items() if method.rule.elect} == set(ELECTING)
    assert {name for name, method in METHODS.items() if method.rule.prune == "random"} == set(DRAWING)
    assert {name for name, method in METHODS.items() if method.truncates} == set(RANKED)
