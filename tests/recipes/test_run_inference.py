"""`run_inference.py`: the answer alone on standard output, whatever kind of model is asked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tests.recipes.conftest import Run  # noqa: E402

GREEDY = ("--temperature", 0, "--max_new_tokens", 8, "--device", "cpu")


@pytest.fixture
def adapter(run: Run, small_model: Path, questions: Path) -> str:
    """A trained adapter, known to the registry as `forces`: it has learnt the sixteen answers' pattern."""
    flags = (
        "--dataset_path",
        questions,
        "--base_model_name",
        small_model,
        "--device",
        "cpu",
        "--adapter_name",
        "forces",
    )
    much = ("--num_train_epochs", 60, "--learning_rate", 1e-2, "--gradient_accumulation_steps", 1)
    assert run("train", *flags, *much).code == 0
    return "forces"


def test_an_adapter_answers_by_name_and_by_folder_and_the_base_does_not(
    run: Run, adapter: str, small_model: Path, tmp_path: Path
) -> None:
    ask = ("--prompt", "What is the unit of force 3?", *GREEDY)
    by_name = run("run_inference", *ask, "--model_path", adapter)
    assert by_name.out.startswith("It is newton"), by_name.err
    assert by_name.out.count("\n") == 1
    assert run("run_inference", *ask, "--model_path", tmp_path / "models" / adapter).out == by_name.out
    base = run("run_inference", *ask, "--model_path", small_model)
    assert base.code == 0
    assert base.out != by_name.out


def test_a_file_of_questions_is_answered_with_ids_and_references(
    run: Run, adapter: str, questions: Path, tmp_path: Path
) -> None:
    outcome = run("run_inference", "--input_file", questions, "--model_path", adapter, "--batch_size", 5, *GREEDY)
    assert outcome.code == 0, outcome.err
    rows = json.loads((tmp_path / "predictions" / "predictions.json").read_text())
    assert [row["id"] for row in rows] == [str(index) for index in range(16)]
    assert rows[3]["reference"] == "It is newton 3."
    assert rows[3]["model"] == adapter
    assert all(row["prediction"].startswith("It is newton") for row in rows)


def test_batches_and_single_questions_get_the_same_greedy_answers(run: Run, adapter: str) -> None:
    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    given = {"model_path": adapter, "temperature": 0, "max_new_tokens": 8, "dtype": "float32", "device": "cpu"}
    model = ModelInference(InferenceParams.model_validate(given))
    asked = ["What is force?", "What is the unit of force 11?", "light"]
    assert model.generate_batch(asked) == [model.generate(question) for question in asked]


def test_one_base_answers_with_and_without_its_adapter(run: Run, adapter: str, tmp_path: Path) -> None:
    from backend.core.params import InferenceParams
    from backend.engine.inference import ModelInference

    given = {"model_path": adapter, "temperature": 0, "max_new_tokens": 8, "device": "cpu"}
    model = ModelInference(InferenceParams.model_validate(given))
    with_adapter = model.generate("What is the unit of force 3?").text
    bare = model.generate("What is the unit of force 3?", adapter=None).text
    assert with_adapter.startswith("It is newton")
    assert bare != with_adapter
    assert model.generate("What is the unit of force 3?").text == with_adapter


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--prompt", "?", "--model_path", "nobody"], "There is no model 'nobody'"),
        (["--prompt", "?", "--model_path", "."], "neither an adapter nor a model"),
        (["--prompt", "?", "--input_file", "x.json"], "choose one"),
        (["--input_file", "nothing.json"], "There is no file"),
        ([], "There is no question"),
        (["--prompt", "?", "--temperature", "-1"], "greater than or equal to 0"),
    ],
)
def test_bad_questions_are_refused(flags: list[str], told: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    outcome = run("run_inference", *flags)
    assert (outcome.code, told in outcome.err, outcome.out) == (2, True, ""), outcome.err
