"""One record of a dataset as a conversation, whichever of the usual forms it was written in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.core.errors import BadDataset

Format = Literal["input/output", "alpaca", "messages", "sharegpt"]

QUESTION_NAMES = ("input", "question", "prompt", "query", "instruction")
ANSWER_NAMES = ("output", "answer", "response", "completion", "target")
PAIRS = tuple((question, answer) for question in QUESTION_NAMES for answer in ANSWER_NAMES)

SHAREGPT_ROLES = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "bard": "assistant", "system": "system", "function_call": "assistant",
    "observation": "tool", "tool": "tool", "function": "tool", "function_response": "tool",
}  # fmt: skip
MESSAGE_ROLES = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool",
    "function": "tool",
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What is wrong with a record.

    Args:
        index: position in the file, from 0; None for the file as a whole.
        field: the field at fault, e.g. `conversations[2].value`.
        message: what is wrong.
        fatal: the record cannot be read; otherwise it is only left out (an empty answer).
        raw: the record as it stands in the file.
    """

    index: int | None
    field: str
    message: str
    fatal: bool = True
    raw: Any = None


class BadRecord(Exception):
    """A record that cannot be read; carries its problem."""

    def __init__(self, field: str, message: str, *, fatal: bool = True) -> None:
        super().__init__(message)
        self.field, self.message, self.fatal = field, message, fatal


def recognise(record: Mapping[str, Any]) -> tuple[Format, str, str] | None:
    """The form a record is written in: `(format, question field, answer field)`, or None."""
    if "messages" in record:
        return "messages", "messages", "messages"
    if "conversations" in record:
        return "sharegpt", "conversations", "conversations"
    if "instruction" in record and "output" in record:
        return "alpaca", "instruction", "output"
    for question, answer in PAIRS:
        if question in record and answer in record:
            return "input/output", question, answer
    return None


def messages_of(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """The record as turns; answers may be missing or empty (a question without one is for inference).

    Raises:
        BadDataset: no form is recognised, or a field has the wrong type.
    """
    form = recognise(record)
    try:
        if form is None:
            question = next((record[name] for name in QUESTION_NAMES if isinstance(record.get(name), str)), None)
            if question is None:
                raise BadRecord("", f"no question field among {', '.join(sorted(map(str, record)))}")
            return [{"role": "user", "content": question}]
        return read_messages(record, form, need_answer=False)
    except BadRecord as problem:
        raise BadDataset(f"This record cannot be read: {problem.field} {problem.message}.") from None


def read_messages(
    record: Mapping[str, Any], form: tuple[Format, str, str], *, need_answer: bool = True
) -> list[dict[str, str]]:
    """The record as turns, read in a known form. Raises BadRecord."""
    kind, question, answer = form
    if kind == "messages":
        messages = _turns(record, "messages", ("role", "content"), MESSAGE_ROLES)
    elif kind == "sharegpt":
        messages = _turns(record, "conversations", ("from", "value"), SHAREGPT_ROLES)
    else:
        asked = _text(record, question)
        if kind == "alpaca" and str(record.get("input") or "").strip():
            asked = f"{asked}\n\n{_text(record, 'input')}"
        if not asked.strip():
            raise BadRecord(question, "is empty")
        answered = _text(record, answer) if need_answer else _whole(answer, str(record.get(answer) or ""))
        messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    if isinstance(record.get("system"), str) and record["system"].strip() and messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": record["system"]})
    if need_answer and not any(turn["role"] == "assistant" and turn["content"].strip() for turn in messages):
        raise BadRecord(answer, "is empty: there is no answer to learn", fatal=False)
    if not need_answer and messages[-1]["role"] == "assistant" and not messages[-1]["content"].strip():
        messages.pop()
    return messages


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        raise BadRecord(name, "is missing")
    if isinstance(value, bool | int | float):
        return str(value)
    if not isinstance(value, str):
        raise BadRecord(name, f"is a {_kind(value)}, not text")
    return _whole(name, value)


def _whole(name: str, text: str) -> str:
    """The text, which JSON's escapes may have left with half a letter that no tokenizer and no file takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadRecord(name, "holds half of a surrogate pair, which is no text") from None
    return text


def _turns(
    record: Mapping[str, Any], name: str, keys: tuple[str, str], roles: Mapping[str, str]
) -> list[dict[str, str]]:
    turns = record.get(name)
    if isinstance(turns, str):
        # Parquet and CSV exports often carry the list as JSON text.
        try:
            turns = json.loads(turns)
        except json.JSONDecodeError:
            raise BadRecord(name, "is text, not a list of turns") from None
    if not isinstance(turns, Sequence) or isinstance(turns, str) or not turns:
        raise BadRecord(name, "is empty" if not turns else f"is a {_kind(turns)}, not a list of turns")
    return [_turn(turn, f"{name}[{position}]", keys, roles) for position, turn in enumerate(turns)]


def _turn(turn: Any, where: str, keys: tuple[str, str], roles: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(turn, Mapping):
        raise BadRecord(where, f"is a {_kind(turn)}, not an object with {keys[0]!r} and {keys[1]!r}")
    role_key, content_key = keys if keys[0] in turn else _other_keys(turn, keys)
    given = turn.get(role_key)
    role = {**MESSAGE_ROLES, **roles}.get(str(given).lower())
    if role is None:
        raise BadRecord(f"{where}.{role_key}", f"is {given!r}: known are {', '.join(sorted(roles))}")
    content = turn.get(content_key)
    if not isinstance(content, str):
        raise BadRecord(f"{where}.{content_key}", "is missing" if content is None else f"is a {_kind(content)}")
    if given == "function_call":
        content = f"<tool_call>\n{content}\n</tool_call>"
    return {"role": role, "content": _whole(f"{where}.{content_key}", content)}


def _other_keys(turn: Mapping[str, Any], keys: tuple[str, str]) -> tuple[str, str]:
    """`messages` written with from/value, or `conversations` with role/content: both are met in the wild."""
    other = ("from", "value") if keys[0] == "role" else ("role", "content")
    return other if other[0] in turn else keys


def tools_of(record: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The function signatures a record carries, as a list of objects, or None. Raises BadRecord."""
    tools = record.get("tools")
    if not tools:
        return None
    if isinstance(tools, str):
        try:
            tools = json.loads(tools)
        except json.JSONDecodeError:
            raise BadRecord("tools", "is not JSON") from None
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise BadRecord("tools", "is not a list of objects")
    return tools or None


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", int: "number", float: "number", bool: "true/false"}
    return names.get(type(value), type(value).__name__)
