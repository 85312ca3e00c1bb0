"""A tokenizer and a template as they go through an export, without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.core.data.prompts import Template, choose_template
from backend.core.export.modelfile import Modelfile, read_modelfile
from backend.engine.answering.templates import ChatForm, stops_of
from backend.engine.export import template as templates
from backend.engine.export.parity import Parity, Trained, check
from backend.engine.export.sides import Chat, Exported, Ollama

SHIPPED = ("qwen", "llama3", "mistral", "phi", "alpaca", "plain")
ENDS = {"llama3": "<|eot_id|>", "phi": "<|end|>"}
"""What ends a turn in the templates that do not end it with the tokenizer's own end."""


def template_of(name: str, tokenizer: Any) -> Template:
    """A shipped template, or `auto` for the tokenizer's own."""
    special = {"bos_token": tokenizer.bos_token or "", "eos_token": tokenizer.eos_token or ""}
    return choose_template(name, tokenizer.chat_template, [], **special)[0]


def with_token(tokenizer: Any, name: str) -> Any:
    """The tokenizer with the special token that the template's own models have."""
    import copy

    known = copy.deepcopy(tokenizer)
    if name in ENDS:
        known.add_special_tokens({"additional_special_tokens": [ENDS[name]]}, replace_extra_special_tokens=False)
    return known


def exported(
    folder: Path,
    tokenizer: Any,
    template: Template,
    system: str | None = None,
    *,
    chat: Chat | None = None,
    spoil: Callable[[Path], None] = lambda _folder: None,
    trained_system: str | None = None,
) -> Parity:
    """What the check says of an export; `spoil` may change what lies in its folder before it is read again."""
    stops = stops_of(template, tokenizer, [])
    templates.save_tokenizer(tokenizer, template, system, folder)
    templates.save_generation(folder, stops, folder)
    file = templates.modelfile_of(template, system, tokenizer, stops, ".", None)
    (folder / "Modelfile").write_text(file.text, encoding="utf-8")
    spoil(folder)
    saved, ends = templates.reloaded(folder)
    written: Modelfile = read_modelfile((folder / "Modelfile").read_text(encoding="utf-8"))
    trained = Trained(tokenizer, template, system if trained_system is None else trained_system)
    asked = chat or Chat(tokenizer, ChatForm(template, stops, system))
    return check(trained, [asked, Exported(saved, ends), Ollama(saved, written)])
