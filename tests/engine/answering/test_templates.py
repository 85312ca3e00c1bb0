"""A question is asked in the form the adapter was trained with, and a mismatch is said."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from backend.engine.answering.templates import AdapterTemplates
from tests.conftest import CHATML


@pytest.fixture(scope="module")
def tokenizer(small_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(small_model)


def adapter(folder: Path, source: str | None) -> Path:
    folder.mkdir()
    if source is not None:
        (folder / "run.json").write_text(json.dumps({"template": {"name": "mine", "source": source}}))
    return folder


MINE = "{% for message in messages %}<<{{ message.content }}{% endfor %}<|im_end|>"


def test_an_adapter_is_asked_as_it_was_trained(tokenizer: Any, tmp_path: Path) -> None:
    form = AdapterTemplates(tokenizer, "auto", "base").of(adapter(tmp_path / "a", MINE))
    assert form.template.source == MINE
    assert form.stops == set(tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"]))


def test_the_models_own_ends_count_too(tokenizer: Any) -> None:
    assert 77 in AdapterTemplates(tokenizer, "auto", "base", [77]).of(None).stops


def test_the_template_saved_beside_an_adapter_from_elsewhere_counts(tokenizer: Any, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", None)
    (folder / "chat_template.jinja").write_text(MINE)
    assert AdapterTemplates(tokenizer, "auto", "base").of(folder).template.source == MINE


def test_another_template_than_the_trained_one_is_warned_of_once(
    tokenizer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    forms = AdapterTemplates(tokenizer, "alpaca", "base")
    folder = adapter(tmp_path / "a", MINE)
    for _ in range(2):
        assert forms.of(folder).template.name == "alpaca"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "was trained with the mine template and is asked with alpaca" in warnings[0]


def test_an_adapter_that_does_not_say_is_asked_as_the_base_and_warned_of(
    tokenizer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    form = AdapterTemplates(tokenizer, "auto", "base").of(adapter(tmp_path / "a", None))
    assert form.template.source == CHATML
    assert "does not say which template it was trained with" in caplog.text


def test_the_bare_base_is_asked_in_its_own_form_without_a_word(
    tokenizer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert AdapterTemplates(tokenizer, "auto", "base").of(None).template.source == CHATML
    assert not caplog.records


def test_a_conversation_without_a_system_prompt_gets_the_one_of_the_training(tokenizer: Any, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", MINE)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "params": {"system_prompt": "Be brief."}}))
    form = AdapterTemplates(tokenizer, "auto", "base").of(folder)
    asked = {"role": "user", "content": "Why?"}
    assert form.messages("Why?") == [{"role": "system", "content": "Be brief."}, asked]
    assert form.messages("Why?", "Be kind.") == [{"role": "system", "content": "Be kind."}, asked]
    own = [{"role": "system", "content": "Be long."}, asked]
    assert form.messages(own) == own
    assert AdapterTemplates(tokenizer, "auto", "base").of(None).messages("Why?") == [asked]


def test_a_merged_model_is_asked_as_its_adapters_were_trained(
    tokenizer: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = adapter(tmp_path / "merged", MINE)
    forms = AdapterTemplates(tokenizer, "auto", str(folder))
    assert forms.of(None).template.source == MINE
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
