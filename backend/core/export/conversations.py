"""Conversations that every way of rendering must lay out alike: each is here for a difference that was once met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.data.prompts import Turn


@dataclass(frozen=True)
class Conversation:
    """A conversation, with the assistant's answers in it.

    Args:
        name: for people.
        messages: the last one is the assistant's.
        tools: functions the assistant may call.
    """

    name: str
    messages: Sequence[Turn]
    tools: Sequence[Mapping[str, Any]] | None = None

    @property
    def answers(self) -> list[int]:
        """The places of the assistant's turns."""
        return [place for place, message in enumerate(self.messages) if message["role"] == "assistant"]


def _turns(*contents: str, system: str | None = None) -> list[Turn]:
    first: list[Turn] = [] if system is None else [{"role": "system", "content": system}]
    spoken: list[Turn] = [
        {"role": "assistant" if place % 2 else "user", "content": content} for place, content in enumerate(contents)
    ]
    return [*first, *spoken]


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather_of",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
    },
}

CONVERSATIONS = (
    Conversation("a question", _turns("What is the unit of force?", "The newton.")),
    Conversation(
        "a question under a system prompt",
        _turns("What is the unit of force?", "The newton.", system="Answer in one line."),
    ),
    Conversation(
        "several turns",
        _turns("Who found the law?", "Newton.", "When?", "In 1687.", "Where was it printed?", "In London."),
    ),
    Conversation(
        "several turns under a system prompt",
        _turns("Who found the law?", "Newton.", "When?", "In 1687.", system="You are a physicist.\nBe brief."),
    ),
    Conversation("no Latin letters", _turns("力的单位是什么？ Ένα ‖ две 🧲", "牛顿 (N) — «ньютон» 👩‍🔬")),
    Conversation(
        "spaces at the ends", _turns("  What is the unit of force?  ", "The newton. ", "And of work? ", "It.")
    ),
    Conversation(
        "lines and code", _turns("Explain:\n\n```c\nint x = 1;\n```\n", "One line:\n\tx is 1.", "Why?", "So.")
    ),
    Conversation(
        "words of templates", _turns("What do {{ .Content }} and {% if x %} say?", "Nothing <b>here</b> & now.")
    ),
    Conversation(
        "tools", _turns("How is the weather in Oslo?", "It rains.", system="Use what you have."), tools=[WEATHER]
    ),
)
"""The last one is only for templates that render tools."""
