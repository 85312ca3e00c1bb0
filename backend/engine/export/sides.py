"""The ways in which an exported model is asked: by the chat of this product, by its tokenizer, and by Ollama."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from backend.core.errors import InvalidInput
from backend.core.export.conversations import Conversation
from backend.core.export.go_template import GoTemplateError, render_for_ollama
from backend.core.export.modelfile import Modelfile
from backend.engine.answering.templates import ChatForm


@dataclass(frozen=True)
class Chat:
    """The playground, the command line's chat and `/v1`: one function for all three.

    Args:
        tokenizer: of the base.
        form: what the adapter is asked with.
        system_prompt: what the settings put before conversations without one.
    """

    tokenizer: Any
    form: ChatForm
    system_prompt: str | None = None
    name: str = "chat"
    takes_tools: bool = True

    def prompt(self, conversation: Conversation, place: int) -> list[int]:
        """As `ModelInference` asks."""
        messages = self.form.messages(conversation.messages[:place], self.system_prompt)
        return self.form.tokens(messages, self.tokenizer, conversation.tools)

    def ends(self, answer: Sequence[int]) -> bool:
        """By its last token."""
        return bool(answer) and answer[-1] in self.form.stops

    @property
    def end_words(self) -> str:
        """Its stop tokens."""
        return " ".join(self.tokenizer.convert_ids_to_tokens(sorted(self.form.stops)))


@dataclass(frozen=True)
class Exported:
    """transformers and vLLM, with the tokenizer as it was saved with the export.

    Args:
        tokenizer: loaded from the export.
        stops: tokens that end an answer, by the tokenizer and the export's generation config.
    """

    tokenizer: Any
    stops: frozenset[int]
    name: str = "tokenizer"
    takes_tools: bool = True

    def prompt(self, conversation: Conversation, place: int) -> list[int]:
        """By `apply_chat_template`."""
        try:
            text = self.tokenizer.apply_chat_template(
                [dict(message) for message in conversation.messages[:place]],
                tools=list(conversation.tools) if conversation.tools else None,
                add_generation_prompt=True,
                tokenize=False,
            )
        except (TemplateError, ValueError, TypeError) as error:
            raise InvalidInput(str(error)) from error
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def ends(self, answer: Sequence[int]) -> bool:
        """By its last token."""
        return bool(answer) and answer[-1] in self.stops

    @property
    def end_words(self) -> str:
        """Its stop tokens."""
        return " ".join(self.tokenizer.convert_ids_to_tokens(sorted(self.stops)))


@dataclass(frozen=True)
class Ollama:
    """Ollama, by the Modelfile as it was written and read again.

    The text becomes tokens by the exported tokenizer with its own special tokens in front, as llama.cpp adds them.

    Args:
        tokenizer: loaded from the export.
        modelfile: read back.
    """

    tokenizer: Any
    modelfile: Modelfile
    name: str = "Modelfile"
    takes_tools: bool = False

    def prompt(self, conversation: Conversation, place: int) -> list[int]:
        """By the Go template."""
        try:
            text = render_for_ollama(self.modelfile.template, conversation.messages[:place], self.modelfile.system)
        except GoTemplateError as error:
            raise InvalidInput(str(error)) from error
        return list(self.tokenizer(text)["input_ids"])

    def ends(self, answer: Sequence[int]) -> bool:
        """By the text that ends it."""
        text = self.tokenizer.decode(answer)
        return any(text.endswith(stop) for stop in self.modelfile.stops)

    @property
    def end_words(self) -> str:
        """Its stop texts."""
        return " ".join(self.modelfile.stops)
