"""An adapter that was really trained goes out by one command, and the whole model answers as the adapter did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from tests.recipes.conftest import Run, trained_environment  # noqa: E402

GREEDY = ("--temperature", 0, "--max_new_tokens", 8, "--device", "cpu", "--dtype", "float32")
ASK = ("--prompt", "What is the unit of force 3?", *GREEDY)
UNPACKED = ("--load_in_4bit", "false")
"""Merging adds to the weights as they are stored, so both answer from those."""


@pytest.fixture
def adapters(trained: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the trained adapters, which recipes find by name."""
    for name, value in trained_environment(trained).items():
        monkeypatch.setenv(name, value)
    return trained / "models"


def test_a_trained_adapter_goes_out_whole_and_answers_as_before(run: Run, adapters: Path, tmp_path: Path) -> None:
    outcome = run("backend.engine.export.__main__", "--model", "forces", "--form", "merged", "--output_dir", "whole")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith(
        "Asked as trained: every prompt has the same tokens (chat 13, tokenizer 13, Modelfile"
    )
    record = json.loads((tmp_path / "whole" / "export.json").read_text())
    assert record["dataset"]["examples"] == 16
    assert record["parity"]["passed"]
    before = run("run_inference", *ASK, *UNPACKED, "--model_path", "forces")
    after = run("run_inference", *ASK, *UNPACKED, "--model_path", tmp_path / "whole")
    assert (after.code, after.out) == (0, before.out)


def test_a_chat_that_asks_otherwise_ends_the_export_with_three(
    run: Run, adapters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPT_TEMPLATE", "alpaca")
    outcome = run("backend.engine.export.__main__", "--model", "forces", "--output_dir", "out")
    assert outcome.code == 3
    assert "chat, a question, answer 1: from token 0 on" in outcome.err
    assert not (tmp_path / "out").exists()
    assert run("backend.engine.export.__main__", "--model", "forces", "--check", "true").code == 3
    monkeypatch.delenv("PROMPT_TEMPLATE")
    checked = run("backend.engine.export.__main__", "--model", "forces", "--check", "true")
    assert (checked.code, sorted(path.name for path in tmp_path.iterdir() if path.name == "out")) == (0, [])
