"""Which chat template a question is asked with: the one the adapter was trained with, above all."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.prompts import Template, Turn, as_messages, choose_template, format_prompt, named_template
from backend.engine.models import read_run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChatForm:
    """How a model is asked.

    Args:
        template: what lays the conversation out.
        stops: the tokens that end a turn in it.
        system: what the model was trained to be told where a conversation has no system prompt; None = nothing.
    """

    template: Template
    stops: frozenset[int]
    system: str | None = None

    def messages(self, prompt: str | Sequence[Turn], system_prompt: str | None = None) -> list[Turn]:
        """The conversation, under a system prompt: its own, else the given one, else the one of the training."""
        return as_messages(prompt, system_prompt or self.system)

    def tokens(
        self, messages: Sequence[Turn], tokenizer: Any, tools: Sequence[Mapping[str, Any]] | None = None
    ) -> list[int]:
        """What the model reads of a conversation before it answers. Raises InvalidInput."""
        text = format_prompt(messages, self.template, tools=tools)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])


class AdapterTemplates:
    """The template of each adapter on a base, found once.

    Args:
        tokenizer: the base's.
        asked: a name of `prompts/`, or `auto`.
        base: the base's name, for messages; a folder that says how it was trained (a merged model) is asked so.
        ends: further tokens that end a text, as the model's own generation config names them.
    """

    def __init__(self, tokenizer: Any, asked: str, base: str, ends: Collection[int] = ()) -> None:
        self._tokenizer = tokenizer
        self._asked = asked
        self._base = base
        self._merged = Path(base) if (Path(base) / "run.json").is_file() else None
        self._ends = ends
        self._special: dict[str, Any] = {
            "bos_token": tokenizer.bos_token or "",
            "eos_token": tokenizer.eos_token or "",
        }
        self._known: dict[Path | None, ChatForm] = {}

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end any text: the tokenizer's end, the model's, and padding, which is no text either."""
        return _ends_of_text(self._tokenizer, self._ends)

    @property
    def first_token(self) -> int:
        """What an empty text begins with."""
        first = self._tokenizer.bos_token_id
        return int(self._tokenizer.eos_token_id if first is None else first)

    def of(self, adapter: Path | None) -> ChatForm:
        """The form for an adapter, or for the bare base. A mismatch is logged where it is first met."""
        if adapter not in self._known:
            trained = adapter or self._merged
            template = self._choose(trained)
            stops = stops_of(template, self._tokenizer, self._ends)
            self._known[adapter] = ChatForm(template, stops, trained_system(trained) if trained else None)
        return self._known[adapter]

    def _choose(self, adapter: Path | None) -> Template:
        """As asked; else what the adapter was trained with; else the tokenizer's own."""
        trained = self._trained_with(adapter) if adapter else None
        if self._asked != "auto":
            asked = named_template(self._asked, **self._special)
            if trained and trained.source != asked.source:
                logger.warning(
                    "%s was trained with the %s template and is asked with %s: its answers will suffer; "
                    "--prompt_template auto takes the right one.", adapter, trained.name, asked.name,
                )  # fmt: skip
            return asked
        own = self._tokenizer.chat_template if isinstance(self._tokenizer.chat_template, str) else None
        plain, _ = choose_template("auto", own, [], **self._special)
        if trained is None:
            if adapter and adapter != self._merged:
                logger.warning(
                    "%s does not say which template it was trained with; asking with %s's (%s).",
                    adapter, self._base, plain.name,
                )  # fmt: skip
            return plain
        if trained.source != plain.source:
            logger.info("%s is asked with the template it was trained with (%s).", adapter, trained.name)
        return trained

    def _trained_with(self, adapter: Path) -> Template | None:
        """As the adapter's run recorded it, or as the tokenizer saved beside it has it."""
        recorded = read_run(adapter).get("template")
        if isinstance(recorded, dict) and isinstance(recorded.get("source"), str):
            return Template(str(recorded.get("name")), recorded["source"], **self._special)
        try:
            source = (adapter / "chat_template.jinja").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return Template("tokenizer", source, **self._special)


def trained_system(adapter: Path) -> str | None:
    """The system prompt that an adapter's training put before every conversation without one."""
    params = read_run(adapter).get("params")
    given = params.get("system_prompt") if isinstance(params, dict) else None
    return given if isinstance(given, str) and given else None


def stops_of(template: Template, tokenizer: Any, ends: Collection[int]) -> frozenset[int]:
    """The tokens that end an answer: those that end any text, and the one that ends the assistant's turn.

    Args:
        ends: further tokens that end a text, as the model's own generation config names them.
    """
    return _ends_of_text(tokenizer, ends) | _ends_of_turn(template, tokenizer)


def _ends_of_text(tokenizer: Any, ends: Collection[int]) -> frozenset[int]:
    own = {tokenizer.eos_token_id, tokenizer.pad_token_id, *ends}
    return frozenset(token for token in own if token is not None)


def _ends_of_turn(template: Template, tokenizer: Any) -> frozenset[int]:
    """The token the template writes after the assistant's words, where it is one token."""
    probe = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "‖"}]
    mark = template.render(probe).rpartition("‖")[2].strip()
    ids = tokenizer.encode(mark, add_special_tokens=False) if mark else []
    return frozenset(ids) if len(ids) == 1 else frozenset()
