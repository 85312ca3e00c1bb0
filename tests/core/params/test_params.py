"""Parameters are declared once, bounded, explained, and reach the Trainer by name."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from backend.core.params import (
    EvaluationParams,
    GenerateRequest,
    GenerationParams,
    InferenceParams,
    MergeParams,
    Params,
    PreparationParams,
    TrainParams,
    groups_of,
)

KINDS: list[type[Params]] = [
    TrainParams, InferenceParams, EvaluationParams, MergeParams, GenerationParams, PreparationParams, GenerateRequest,
]  # fmt: skip
FIELDS = [(kind, name) for kind in KINDS for name in kind.model_fields]


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=[f"{kind.__name__}.{name}" for kind, name in FIELDS])
def test_every_field_says_what_it_is_for(kind: type[Params], name: str) -> None:
    assert kind.model_fields[name].description


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_in_exactly_one_group(kind: type[Params]) -> None:
    grouped = [name for _, names in groups_of(kind) for name in names]
    assert sorted(grouped) == sorted(kind.model_fields)


def _leaves(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        own = [schema] if schema.get("type") in ("number", "integer", "string", "array") else []
        return own + [leaf for value in schema.values() for leaf in _leaves(value)]
    if isinstance(schema, list):
        return [leaf for value in schema for leaf in _leaves(value)]
    return []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_number_text_and_list_is_bounded(kind: type[Params]) -> None:
    for leaf in _leaves(kind.model_json_schema()["properties"]):
        if leaf["type"] in ("number", "integer"):
            assert {"minimum", "exclusiveMinimum"} & set(leaf), leaf
            assert {"maximum", "exclusiveMaximum"} & set(leaf), leaf
        elif leaf["type"] == "string":
            assert {"maxLength", "enum", "const", "pattern"} & set(leaf), leaf
        else:
            assert "maxItems" in leaf, leaf


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="learning_rat"):
        TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", "learning_rat": 1e-4})


@pytest.mark.parametrize("value", [0, -1, 1.5, float("nan"), float("inf"), "fast"])
def test_a_learning_rate_out_of_range_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", "learning_rate": value})


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "x" * 200, "a\nb", "nul\x00"])
def test_an_adapter_name_is_never_a_path(name: str) -> None:
    with pytest.raises(ValidationError):
        TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": name})


def test_text_refuses_control_characters_and_lone_surrogates() -> None:
    for bad in ("a\x00b", "a\x1bb", "\ud800"):
        with pytest.raises(ValidationError):
            InferenceParams.model_validate({"prompt": bad})


def test_eight_bit_replaces_four_bit_unless_both_are_asked_for() -> None:
    base = {"dataset_path": "x.json", "adapter_name": "a"}
    assert not TrainParams.model_validate({**base, "load_in_8bit": True}).load_in_4bit
    with pytest.raises(ValidationError, match="choose one"):
        TrainParams.model_validate({**base, "load_in_8bit": True, "load_in_4bit": True})


@pytest.mark.parametrize(
    "extra",
    [
        {"adapter_name": None, "output_dir": None},
        {"eval_dataset_path": "v.json", "validation_split": 0.1},
        {"early_stopping_patience": 2},
    ],
)
def test_contradictions_between_fields_are_refused(extra: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", **extra})


def test_generate_takes_a_prompt_or_messages_not_both() -> None:
    turns = [{"role": "user", "content": "?"}]
    assert GenerateRequest.model_validate({"messages": turns}).messages
    for both in ({}, {"prompt": "?", "messages": turns}):
        with pytest.raises(ValidationError, match="prompt or messages"):
            GenerateRequest.model_validate(both)
