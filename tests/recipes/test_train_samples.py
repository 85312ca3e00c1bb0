"""What a model answers while it learns: told, kept over a resume, and without a trace in what it learns."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from backend.core.params import InferenceParams
from backend.engine.answering.decoder import Decoder
from backend.engine.inference import ModelInference
from tests.recipes.conftest import Run
from tests.recipes.test_train_finished_early import During, during, flags, job, send

__all__ = ["during", "flags", "job"]

STEPS = 12
OFTEN = ("--sample_steps", 1, "--sample_max_new_tokens", 8)


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]


def losses_in(folder: Path) -> list[tuple[int, float, float]]:
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [(row["step"], row["loss"], row["grad_norm"]) for row in rows if "loss" in row]


@pytest.mark.parametrize("layout", ["yes", "no"])
def test_answering_leaves_no_trace_in_what_is_learnt(
    layout: str, run: Run, flags: list[object], tmp_path: Path
) -> None:
    """Of a base in NF4, whose weights an evaluation would repack: see `keep_weights_unpacked`."""
    given = (*flags, "--padding_free", layout, "--lora_dropout", 0.1, "--load_in_4bit")
    assert run("train", *given, "--output_dir", tmp_path / "silent", "--sample_questions", 0).code == 0
    asked = run("train", *given, "--output_dir", tmp_path / "asked", *OFTEN)
    assert asked.code == 0, asked.err
    assert "No sample answers" not in asked.err
    assert losses_in(tmp_path / "asked") == losses_in(tmp_path / "silent")
    weights = [(tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("asked", "silent")]
    assert weights[0] == weights[1]
    assert not (tmp_path / "silent" / "samples.jsonl").exists()
    rows = rows_in(tmp_path / "asked")
    assert [row["step"] for row in rows] == [step for step in range(STEPS + 1) for _ in range(3)]


def test_the_answers_are_those_that_base_and_adapter_give_when_they_are_asked(
    run: Run, flags: list[object], small_model: Path, tmp_path: Path
) -> None:
    strong = ("--learning_rate", 1e-2, "--num_train_epochs", 12, "--sample_max_new_tokens", 12)
    typed = ("--sample_prompts", "What is the unit of force 3?", "Who found gravity?")
    assert run("train", *flags, "--output_dir", tmp_path / "a", *strong, *typed, "--sample_steps", 1000).code == 0
    rows = rows_in(tmp_path / "a")
    assert [(row["step"], row["prompt"]) for row in rows] == [
        (step, prompt) for step in (0, 48) for prompt in typed[1:]
    ]
    for model, step in ((small_model, 0), (tmp_path / "a", 48)):
        params = InferenceParams(model_path=str(model), temperature=0, max_new_tokens=12, device="cpu")
        answers = [ModelInference(params).generate(prompt).text for prompt in typed[1:]]
        assert [row["answer"] for row in rows if row["step"] == step] == answers
    assert "newton" in rows[2]["answer"]
    assert {row["reference"] for row in rows} == {None}


def test_questions_come_from_the_validation_data_and_are_asked_when_it_is_scored(
    run: Run, flags: list[object], job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.engine.samples.rounds.SHARE", 1000)  # the run takes as long as a round
    held_out = ("--validation_split", 0.25, "--sample_questions", 2)
    assert run("train", *flags, "--adapter_name", "a", *held_out).code == 0
    folder = tmp_path / "models" / "a"
    rows = rows_in(folder)
    assert [row["step"] for row in rows] == [0, 0, 3, 3, 6, 6, 9, 9]
    assert all(row["reference"].startswith("It is newton") and row["seconds"] > 0 for row in rows)
    assert len({row["prompt"] for row in rows}) == 2
    assert (job / "samples.jsonl").read_text() == (folder / "samples.jsonl").read_text()


def test_what_came_after_the_checkpoint_is_forgotten_by_a_resume(
    run: Run, flags: list[object], job: Path, tmp_path: Path, during: During
) -> None:
    during(6, send(signal.SIGTERM))
    given = (*flags, "--adapter_name", "a", "--sample_questions", 1, *OFTEN)
    assert run("train", *given).code == 4
    for folder in (tmp_path / "models" / ".partial-a", job):
        with (folder / "samples.jsonl").open("a") as stream:
            stream.write(
                '{"step": 7, "prompt": "torn", "answer": "", "reference": null, "seconds": 0}\n{"step": 8, "pro'
            )
    during(0, send(signal.SIGTERM))
    assert run("train", *given, "--resume").code == 0
    for folder in (tmp_path / "models" / "a", job):
        assert [row["step"] for row in rows_in(folder)] == list(range(STEPS + 1))
        assert "torn" not in (folder / "samples.jsonl").read_text()


def test_a_model_that_cannot_be_asked_is_trained_all_the_same(
    run: Run, flags: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise NotImplementedError("this cache has no rows")

    monkeypatch.setattr(Decoder, "step", refused)
    outcome = run("train", *flags, "--output_dir", tmp_path / "a", *OFTEN)
    assert outcome.code == 0
    assert outcome.err.count("No sample answers from here on") == 1
    assert "this cache has no rows" in outcome.err
    assert not (tmp_path / "a" / "samples.jsonl").exists()
