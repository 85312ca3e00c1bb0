"""What a type of record must say about itself."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from backend.core.generation.plan import Slot

Draft = Mapping[str, Any]
"""A record as the model wrote it."""

Record = dict[str, Any]
"""A record as it is published."""

Field = tuple[str, str]
"""A field of a draft: its name, and what belongs into it, for the prompt and for the schema."""


class BadDraft(Exception):
    """A draft that is no record; `problems` says why, in words the model can mend it by."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Format(ABC):
    """A type of record.

    Args:
        name: as in requests.
        title: as people read it.
        purpose: what the model is told to write.
        fields: of a draft, all texts, in the order in which the model should write them.
        optional: those of them that may be empty.
        forms: kinds of task the plan distributes; every type has its own.
        tokens: length of a usual draft, for the estimate.
    """

    name: str
    title: str
    purpose: str
    fields: tuple[Field, ...]
    forms: tuple[str, ...]
    tokens: int
    optional: tuple[str, ...] = ()

    extras: ClassVar[tuple[str, ...]] = ()
    """Keys beside `input` and `output`."""

    evolvable: ClassVar[bool] = True
    """Whether a record may be made harder after it was written."""

    def item_schema(self) -> dict[str, Any]:
        """JSON Schema of a draft in the subset that every server takes: all fields required, no limits."""
        return {
            "type": "object",
            "properties": {name: {"type": "string", "description": help_text} for name, help_text in self.fields},
            "required": [name for name, _ in self.fields],
            "additionalProperties": False,
        }

    def read(self, draft: Any, slot: Slot) -> Record:
        """The record in a draft: texts trimmed and in Unicode's composed form (NFC), otherwise as they are.

        Raises:
            BadDraft: a field is missing or of the wrong kind, or a rule of the type is broken.
        """
        if not isinstance(draft, Mapping):
            raise BadDraft([f"the record is {kind_of(draft)}, not an object"])
        texts, problems = {}, []
        for name, _ in self.fields:
            value = draft.get(name)
            if value is None and name in self.optional:
                value = ""
            if not isinstance(value, str):
                problems.append(f"{name} is {'missing' if value is None else kind_of(value) + ', not text'}")
                continue
            texts[name] = clean(value)
            if not texts[name] and name not in self.optional:
                problems.append(f"{name} is empty")
        if problems:
            raise BadDraft(problems)
        return self.compose(texts, slot)

    @abstractmethod
    def compose(self, texts: dict[str, str], slot: Slot) -> Record:
        """The record of clean texts. Raises BadDraft."""

    def answers(self, record: Record) -> list[str]:
        """The texts of a record that a model would have to answer with: where a refusal shows."""
        return [record["output"]]


def clean(text: str) -> str:
    """The text without space around it, in NFC; nothing inside it changes."""
    return unicodedata.normalize("NFC", text).strip()


def kind_of(value: Any) -> str:
    """A JSON value's type for people."""
    names = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}
    return names.get(type(value), f"a {type(value).__name__}")
