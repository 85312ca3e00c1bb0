"""The same conversations as training, chat and export lay them out: token by token, and every fault is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.core.data.prompts import Template
from backend.core.errors import FinishedBelow
from backend.core.export.conversations import CONVERSATIONS
from backend.engine.answering.templates import ChatForm, stops_of
from backend.engine.export.parity import Parity, require_parity
from backend.engine.export.sides import Chat
from tests.campaign import tell
from tests.engine.export.kit import SHIPPED, exported, template_of, with_token

ANSWERS = sum(len(one.answers) for one in CONVERSATIONS if not one.tools)
NAMES = ("auto", *SHIPPED)


def require_whole(parity: Parity, name: str) -> None:
    assert parity.differences == [], parity.lines()
    assert parity.passed
    has_tools = name in ("auto", "qwen")
    assert parity.compared == {
        "chat": ANSWERS + has_tools, "tokenizer": ANSWERS + has_tools, "Modelfile": ANSWERS,
    }  # fmt: skip


@pytest.mark.parametrize("system", [None, "You are a physicist.\nSay “newton”, not 'N' 🧲."], ids=["bare", "system"])
@pytest.mark.parametrize("name", NAMES)
def test_tiny_with_every_template_is_asked_as_trained(
    tiny_tokenizer: Any, tmp_path: Path, name: str, system: str | None
) -> None:
    tokenizer = with_token(tiny_tokenizer, name)
    require_whole(exported(tmp_path, tokenizer, template_of(name, tokenizer), system), name)


@pytest.mark.parametrize("system", [None, "Answer in one line."], ids=["bare", "system"])
@pytest.mark.parametrize("name", NAMES)
def test_qwen2_with_every_template_is_asked_as_trained(
    qwen_tokenizer: Any, tmp_path: Path, name: str, system: str | None
) -> None:
    tokenizer = with_token(qwen_tokenizer, name)
    parity = exported(tmp_path, tokenizer, template_of(name, tokenizer), system)
    tell("parity on Qwen2", template=name, compared=sum(parity.compared.values()), different=len(parity.differences))
    assert parity.passed, parity.lines()


def edited(name: str, old: str, new: str) -> Any:
    """A change to a file of the export that must be there to be made."""

    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def without_ends(folder: Path) -> None:
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [0]}))
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "eos_token": "<|endoftext|>"}))


FAULTS = {
    "a newline less in the chat template": (
        edited("chat_template.jinja", "<|im_start|>assistant\\n", "<|im_start|>assistant"), "tokenizer", 0,
    ),
    "a newline less in the Modelfile": (
        edited("Modelfile", "<|im_end|>\n{{ end }}", "<|im_end|>{{ end }}"), "Modelfile", 0,
    ),
    "a newline more in the Modelfile": (edited("Modelfile", "assistant\n", "assistant\n\n"), "Modelfile", 0),
    "another role's name": (edited("Modelfile", "<|im_start|>user", "<|im_start|>human"), "Modelfile", 0),
    "another end of the turn in the Modelfile": (
        edited("Modelfile", 'PARAMETER stop """<|im_end|>"""', 'PARAMETER stop """</s>"""'), "Modelfile", None,
    ),
    "another end of the turn in the generation config": (without_ends, "tokenizer", None),
    "a system prompt that the Modelfile adds": (
        edited("Modelfile", "PARAMETER stop", 'SYSTEM """Be kind."""\nPARAMETER stop'), "Modelfile", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_where_it_was_planted(tiny_tokenizer: Any, tmp_path: Path, fault: str) -> None:
    spoil, side, token = FAULTS[fault]
    parity = exported(tmp_path, tiny_tokenizer, template_of("qwen", tiny_tokenizer), spoil=spoil)
    assert not parity.passed
    assert {one.side for one in parity.differences} == {side}
    assert all((one.token is None) == (token is None) for one in parity.differences)
    assert all(one.trained != one.asked for one in parity.differences)
    with pytest.raises(FinishedBelow, match="nothing was written"):
        require_parity(parity, allowed=False)
    require_parity(parity, allowed=True)


def test_a_system_prompt_that_the_chat_adds_is_found_with_the_place(tiny_tokenizer: Any, tmp_path: Path) -> None:
    template = template_of("qwen", tiny_tokenizer)
    chat = Chat(tiny_tokenizer, ChatForm(template, stops_of(template, tiny_tokenizer, [])), "You are helpful.")
    parity = exported(tmp_path, tiny_tokenizer, template, chat=chat)
    first = parity.differences[0]
    assert (first.side, first.conversation, first.turn, first.token) == ("chat", "a question", 1, 1)
    assert first.trained.startswith("<|im_start|>user\nWhat is")
    assert first.asked.startswith("<|im_start|>system\nYou are helpful")
    assert {one.conversation for one in parity.differences}.isdisjoint(
        {one.name for one in CONVERSATIONS if one.messages[0]["role"] == "system"}
    )


def test_a_system_prompt_that_only_the_training_had_is_found_on_all_sides(tiny_tokenizer: Any, tmp_path: Path) -> None:
    template = template_of("qwen", tiny_tokenizer)
    parity = exported(tmp_path, tiny_tokenizer, template, trained_system="Be brief.")
    assert {one.side for one in parity.differences} == {"chat", "tokenizer", "Modelfile"}


def test_an_end_of_the_turn_that_is_no_token_is_found(tiny_tokenizer: Any, tmp_path: Path) -> None:
    # Without Llama's special token the model learns to write its letters, and nobody stops at those.
    parity = exported(tmp_path, tiny_tokenizer, template_of("llama3", tiny_tokenizer))
    assert {one.side for one in parity.differences} == {"chat", "tokenizer"}
    assert all(one.token is None and one.trained.endswith("<|eot_id|>") for one in parity.differences)


def test_a_template_that_the_chat_was_told_to_take_instead_is_found(tiny_tokenizer: Any, tmp_path: Path) -> None:
    other = template_of("alpaca", tiny_tokenizer)
    chat = Chat(tiny_tokenizer, ChatForm(other, stops_of(other, tiny_tokenizer, [])))
    parity = exported(tmp_path, tiny_tokenizer, template_of("qwen", tiny_tokenizer), chat=chat)
    assert {one.side for one in parity.differences} == {"chat"}


def test_what_the_template_cannot_say_is_passed_over_and_told(tiny_tokenizer: Any, tmp_path: Path) -> None:
    qwen = template_of("qwen", tiny_tokenizer)
    refusal = "{%- if messages[0].role == 'system' %}{{ raise_exception('no system') }}{%- endif %}"
    strict = replace(qwen, source=refusal + qwen.source)
    parity = exported(tmp_path, tiny_tokenizer, strict)
    assert parity.passed
    told = {name for name, why in parity.passed_over.items() if "no system" in why}
    assert told == {one.name for one in CONVERSATIONS if one.messages[0]["role"] == "system" and not one.tools}


def test_an_export_that_was_asked_nothing_has_proved_nothing(tiny_tokenizer: Any) -> None:
    template = Template("none", "{{ raise_exception('never') }}")
    from backend.engine.export.parity import Trained, check

    side = Chat(tiny_tokenizer, ChatForm(template, frozenset()))
    assert not check(Trained(tiny_tokenizer, template), [side]).passed
