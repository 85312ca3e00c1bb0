"""The tokenizer of an export: saved with the template that the model was trained with, and loaded again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backend.core.data.prompts import Template
from backend.core.export.modelfile import Modelfile, go_template
from backend.core.export.shape import shape_of
from backend.core.storage.files import write_json
from backend.engine import loading

GENERATION = "generation_config.json"


def save_tokenizer(tokenizer: Any, template: Template, system_prompt: str | None, folder: Path) -> None:
    """The tokenizer with the template as its own; a system prompt of the training is part of it."""
    saved = copy.deepcopy(tokenizer)
    saved.chat_template = under_system(template.source, system_prompt)
    saved.save_pretrained(str(folder))


def under_system(source: str, system_prompt: str | None) -> str:
    """The template, with a system prompt for conversations that have none."""
    if not system_prompt:
        return source
    words = json.dumps(system_prompt, ensure_ascii=False)
    first = f"[{{'role': 'system', 'content': {words}}}]"
    return (
        "{%- if not messages or messages[0]['role'] != 'system' %}{%- set messages = "
        f"{first} + messages %}}{{%- endif %}}{source}"
    )


def save_generation(base: Path, stops: Iterable[int], folder: Path) -> None:
    """The base's generation config with the tokens that end an answer; transformers and vLLM read it."""
    write_json(folder / GENERATION, {**generation_of(base), "eos_token_id": sorted(stops)})


def generation_of(folder: Path) -> dict[str, Any]:
    """A model's generation config; empty when it has none."""
    try:
        found = json.loads((folder / GENERATION).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def stops_in(folder: Path) -> list[int]:
    """The tokens that end a text by a model's generation config."""
    given = generation_of(folder).get("eos_token_id")
    return given if isinstance(given, list) else [] if given is None else [given]


def reloaded(folder: Path) -> tuple[Any, frozenset[int]]:
    """The tokenizer as another program loads it from the export, and the tokens that it would stop at."""
    tokenizer = loading.load_tokenizer(str(folder))
    own = {tokenizer.eos_token_id} - {None}
    return tokenizer, frozenset({*own, *stops_in(folder)})


def modelfile_of(
    template: Template,
    system_prompt: str | None,
    tokenizer: Any,
    stops: Iterable[int],
    source: str,
    adapter: str | None,
) -> Modelfile:
    """The Modelfile for a template.

    llama.cpp puts the first token of a text there itself where the tokenizer does, so it is left out then.

    Raises:
        NoShape: the template cannot be said in the little of Go's that is written here.
    """
    shape = shape_of(template)
    adds_first = tokenizer.bos_token_id is not None and tokenizer("")["input_ids"][:1] == [tokenizer.bos_token_id]
    if adds_first:
        shape = shape.without_first(tokenizer.bos_token)
    ends = {shape.answer_end.strip(), *(tokenizer.decode([token]).strip() for token in stops)} - {""}
    return Modelfile(source, go_template(shape), sorted(ends), system_prompt, adapter)
