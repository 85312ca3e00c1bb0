"""A conversation of several turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.core.generation.formats.base import BadDraft, Format, Record, clean, kind_of
from backend.core.generation.plan import Slot

ROLES = ("user", "assistant")
SHOWN = {"user": "User", "assistant": "Assistant"}
FEWEST, MOST = 2, 20


class Chat(Format):
    """`messages` is the conversation; `input` tells it, with roles, up to the last answer, which is `output`."""

    extras = ("messages",)

    def item_schema(self) -> dict[str, Any]:
        """A list of turns."""
        turn = {
            "type": "object",
            "properties": {
                "role": {"type": "string", "enum": list(ROLES)},
                "content": {"type": "string", "description": "what is said"},
            },
            "required": ["role", "content"],
            "additionalProperties": False,
        }
        return {
            "type": "object",
            "properties": {"messages": {"type": "array", "items": turn, "description": dict(self.fields)["messages"]}},
            "required": ["messages"],
            "additionalProperties": False,
        }

    def read(self, draft: Any, slot: Slot) -> Record:
        """The conversation, which alternates from the user's first turn to the assistant's last. Raises BadDraft."""
        if not isinstance(draft, Mapping):
            raise BadDraft([f"the record is {kind_of(draft)}, not an object"])
        turns = draft.get("messages")
        if not isinstance(turns, list):
            raise BadDraft(["messages is missing" if turns is None else f"messages is {kind_of(turns)}, not a list"])
        if not FEWEST <= len(turns) <= MOST:
            raise BadDraft([f"messages has {len(turns)} turns; {FEWEST} to {MOST} are wanted"])
        problems = [found for place, turn in enumerate(turns) if (found := _problem(turn, place))]
        if not problems and len(turns) % 2:
            problems.append("the last turn must be the assistant's")
        if problems:
            raise BadDraft(problems)
        messages = [{"role": turn["role"], "content": clean(turn["content"])} for turn in turns]
        return self.compose_messages(messages)

    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """A conversation has turns, not texts."""
        raise BadDraft(["messages is missing"])

    def compose_messages(self, messages: list[dict[str, str]]) -> Record:
        """The record of a conversation."""
        before = messages[:-1]
        told = "\n\n".join(f"{SHOWN[turn['role']]}: {turn['content']}" for turn in before)
        return {"input": told, "output": messages[-1]["content"], "messages": messages}

    def answers(self, record: Record) -> list[str]:
        """Everything the assistant says."""
        return [turn["content"] for turn in record["messages"] if turn["role"] == "assistant"]


def _problem(turn: Any, place: int) -> str | None:
    wanted = ROLES[place % 2]
    if not isinstance(turn, Mapping) or not isinstance(turn.get("content"), str):
        return f"messages[{place}] is no turn with role and content"
    if turn.get("role") != wanted:
        return f"messages[{place}].role must be {wanted}: turns alternate and the user begins"
    return None if turn["content"].strip() else f"messages[{place}].content is empty"


CHAT = Chat(
    name="chat",
    title="Conversation",
    purpose=(
        "Write natural conversations between a person and an assistant, of two to four exchanges. Later turns build "
        "on earlier ones, and the assistant has the last word."
    ),
    fields=(("messages", "the turns: role user or assistant, beginning with user and ending with assistant"),),
    forms=(
        "asking for help",
        "learning step by step",
        "planning something",
        "clearing up a misunderstanding",
        "advice",
    ),
    tokens=380,
)
