"""What may change between a run and its resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import ResumeRefused
from backend.core.params import TrainParams
from backend.core.runs.fingerprint import PIECE, READ_WHOLE, fingerprint
from backend.core.runs.identity import DECIDING_PACKAGES, FIXED, FREE, differences, identity_of, require_same

DEFAULTS = TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a"})


def identity(**changes: Any) -> dict[str, Any]:
    made = identity_of(DEFAULTS, dataset="d", eval_dataset=None, base="b", computes_on="cpu float32")
    return {**made, "versions": {**dict.fromkeys(DECIDING_PACKAGES, "1.0"), "torch": "2.9"}, **changes}


def changed(now: dict[str, Any], *, with_changes: bool = False) -> str:
    return require_same(identity(), now, Path("models/a"), with_changes=with_changes)


def test_the_same_run_is_the_same() -> None:
    assert changed(identity()) == ""


@pytest.mark.parametrize("name", sorted(FREE - {"resume_with_changes"}))
def test_what_decides_nothing_may_change(name: str) -> None:
    assert name in TrainParams.model_fields
    assert changed(identity(**{name: "another"})) == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"num_train_epochs": 9.0}, "num_train_epochs was 3.0 and is 9.0"),
        ({"dataset": "other"}, "dataset has other content"),
        ({"eval_dataset": "other"}, "eval_dataset has other content"),
        ({"computes_on": "cuda bfloat16"}, "computes_on was cpu float32 and is cuda bfloat16"),
        ({"versions": identity()["versions"] | {"torch": "3.0"}}, "torch was 2.9 and is 3.0"),
        ({"versions": identity()["versions"] | {"peft": None}}, "peft was 1.0 and is not set"),
        ({"seed": 1}, "seed was 42 and is 1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_change_is_refused_unless_it_is_wanted(changes: dict[str, Any], told: str) -> None:
    now = identity(**changes)
    with pytest.raises(ResumeRefused, match="or continue nevertheless with --resume_with_changes") as refused:
        changed(now)
    assert told in str(refused.value)
    assert "delete models/.partial-a" in str(refused.value)
    assert changed(now, with_changes=True) == told


@pytest.mark.parametrize("name", sorted(FIXED))
def test_what_the_checkpoint_is_made_of_cannot_change(name: str) -> None:
    with pytest.raises(ResumeRefused, match="--resume_with_changes does not help.*" + name):
        changed(identity(**{name: "another", "seed": 1}), with_changes=True)


def test_how_often_to_save_matters_only_where_a_save_is_a_look() -> None:
    assert not differences(identity(), identity(save_steps=7))
    looking = {"early_stopping_patience": 2}
    assert [each.name for each in differences(identity(**looking), identity(**looking, save_steps=7))] == [
        "save_steps"
    ]


def test_every_parameter_is_free_fixed_or_compared() -> None:
    """A new one is compared unless somebody decides otherwise: the safe side."""
    compared = {each.name for each in differences({}, identity())}
    assert set(TrainParams.model_fields) - FREE - {"save_steps"} <= compared | {
        name for name, value in identity().items() if value is None
    }
    assert not FREE & FIXED


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("about it")
    with (tmp_path / "model.safetensors").open("wb") as stream:
        stream.truncate(READ_WHOLE + 5 * PIECE)
    return tmp_path


@pytest.mark.parametrize("place", [0, PIECE - 1, READ_WHOLE + 5 * PIECE - 1])
def test_other_weights_of_the_same_size_are_another_base(model: Path, place: int) -> None:
    before = fingerprint(model)
    with (model / "model.safetensors").open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\1")
    assert fingerprint(model) != before


def test_a_base_is_what_decides_its_answers(model: Path) -> None:
    before = fingerprint(model)
    (model / "README.md").write_text("another text")
    assert fingerprint(model) == before
    (model / "config.json").write_text("{ }")
    assert fingerprint(model) != before
