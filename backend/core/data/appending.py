"""A conversation put at the end of a dataset file, in the form the file already has.

The file's text is kept as it stands and the new record is inserted into it: numbers, unknown fields, key order and
indentation of the other records survive, which reading and writing everything anew would not promise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from backend.core.data.datasets import common_form
from backend.core.data.layout import LINES, as_line, laid_out, list_span
from backend.core.data.prompts import Turn
from backend.core.data.records import recognise
from backend.core.data.rows import json_rows, read_text
from backend.core.errors import Conflict, InvalidInput
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, write_atomically

APPENDABLE = (".json", ".jsonl", ".ndjson")
LOCK_FILE = ".datasets.lock"
"""One for a folder, so that one stays behind and not one for each dataset; taking it away would not be safe."""
LOCK_SECONDS = 10.0
"""How long a writer waits for another one."""

MAY_FOLLOW: Mapping[str | None, tuple[str, ...]] = {
    None: ("system", "user"),
    "system": ("user",),
    "user": ("assistant",),
    "assistant": ("user", "tool"),
    "tool": ("tool", "assistant"),
}
"""Who may speak after whom; None is the beginning."""

SHAREGPT_NAMES = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}


def append_exchange(path: Path, messages: Sequence[Turn]) -> int:
    """Add a conversation to a dataset file, which is made when absent.

    A new file holds `{"input", "output"}`, or `{"messages"}` when there are several exchanges or a system turn. An
    existing file keeps its form (fields, roles, list or `{"data": [...]}` or JSON Lines); a conversation that
    question and answer cannot hold goes in as `{"messages"}`, which is read record by record.

    Args:
        path: a .json, .jsonl or .ndjson file.
        messages: the conversation, ending with the assistant's answer.

    Returns:
        how many records the file holds now.

    Raises:
        InvalidInput: no such conversation, or a file of another kind (CSV, Parquet).
        BadDataset: the file there is no dataset; it is left as it is.
        Conflict: another program has been writing the file for too long.
        DiskFull: no room; the file is left as it is.
    """
    turns = checked_conversation(messages)
    if path.suffix.lower() not in APPENDABLE:
        raise InvalidInput(
            f"{path.name}: conversations are added to {', '.join(APPENDABLE)} files only. Choose such a name, or "
            "convert the file with prepare_dataset.py --output_path.",
            "name",
        )
    path = path.resolve()
    with explained_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path):
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            text, count = _new_file(path, turns), 1
        else:
            text, count = _added(path, read_text(path), turns)
        write_atomically(path, text)
    return count


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the lock of the file's folder, which the shell and the service share. Raises Conflict."""
    lock = FileLock(path.parent / LOCK_FILE)
    try:
        with explained_errors(path):
            lock.acquire(timeout=LOCK_SECONDS)
    except Timeout:
        raise Conflict(
            f"Another program has been writing in {shown(path.parent)} for {LOCK_SECONDS:.0f} seconds: try again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def checked_conversation(messages: Sequence[Turn]) -> list[dict[str, str]]:
    """The turns, if they make an example: in order, none empty, the assistant last. Raises InvalidInput."""
    before: str | None = None
    for position, turn in enumerate(messages):
        role, content = turn["role"], turn["content"]
        if role not in MAY_FOLLOW.get(before, ()):
            after = f"after a {before} turn" if before else "at the beginning"
            raise InvalidInput(f"Turn {position} is a {role} turn {after}: that is no conversation.", "messages")
        if not content.strip():
            raise InvalidInput(f"Turn {position} ({role}) is empty: there is nothing to learn from it.", "messages")
        if any("\ud800" <= letter <= "\udfff" for letter in content):
            raise InvalidInput(f"Turn {position} ({role}) holds half of a surrogate pair: it is no text.", "messages")
        before = role
    if before != "assistant":
        raise InvalidInput("The conversation does not end with an answer: there is nothing to learn.", "messages")
    return [{"role": turn["role"], "content": turn["content"]} for turn in messages]


def _new_file(path: Path, turns: list[dict[str, str]]) -> str:
    plain = [turn["role"] for turn in turns] == ["user", "assistant"]
    record = _record(turns, ("input/output", "input", "output") if plain else ("messages", "", ""), [])
    if path.suffix.lower() in LINES:
        return as_line(record) + "\n"
    return json.dumps([record], indent=2, ensure_ascii=False) + "\n"


def _added(path: Path, text: str, turns: list[dict[str, str]]) -> tuple[str, int]:
    """The file's text with the record in it, and the number of records. Raises BadDataset."""
    rows = json_rows(path, text)
    form = common_form(path, rows, need_answer=True) if rows else ("input/output", "input", "output")
    record = _record(turns, form, rows)
    span = list_span(text)
    if span:
        return _into_list(text, *span, record), len(rows) + 1
    if len(rows) == 1 and path.suffix.lower() not in LINES:  # one record without a list around it
        return _into_list(f"[\n{text.strip()}\n]\n", 1, len(text.strip()) + 3, record), 2
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + newline + as_line(record) + newline, len(rows) + 1


def _record(turns: list[dict[str, str]], form: tuple[str, str, str], rows: Sequence[Any]) -> dict[str, Any]:
    """The conversation as a record of this form."""
    kind, question, answer = form
    if kind in ("messages", "sharegpt"):
        name = "messages" if kind == "messages" else "conversations"
        role_key, content_key = _turn_keys(rows, form)
        names = SHAREGPT_NAMES if role_key == "from" else {}
        return {
            name: [{role_key: names.get(t["role"], t["role"]), content_key: t["content"]} for t in turns],
        }
    spoken = [turn for turn in turns if turn["role"] != "system"]
    if [turn["role"] for turn in spoken] != ["user", "assistant"]:
        return {"messages": turns}
    middle = {"input": ""} if kind == "alpaca" else {}
    system = {"system": turns[0]["content"]} if turns[0]["role"] == "system" else {}
    return {question: spoken[0]["content"], **middle, answer: spoken[1]["content"], **system}


def _turn_keys(rows: Sequence[Any], form: tuple[str, str, str]) -> tuple[str, str]:
    """How the file's turns name their parts: either pair is met under either field."""
    for row in rows:
        turns = row.get(form[1]) if isinstance(row, dict) and recognise(row) == form else None
        if isinstance(turns, list) and turns and isinstance(turns[0], dict):
            return ("from", "value") if "from" in turns[0] else ("role", "content")
    return ("from", "value") if form[0] == "sharegpt" else ("role", "content")


def _into_list(text: str, start: int, end: int, record: Mapping[str, Any]) -> str:
    """The text with the record before the bracket at `end`, laid out like the list's first item."""
    body = text[start:end]
    kept = body.rstrip()
    if not kept:
        item = json.dumps(record, indent=2, ensure_ascii=False).replace("\n", "\n  ")
        return f"{text[:start]}\n  {item}\n{text[end:]}"
    gap = body[: len(body) - len(body.lstrip())]
    margin = gap.rpartition("\n")[2]
    item = laid_out(record, body[len(gap) :], margin)
    return f"{text[:start]}{kept},{gap or ' '}{item}{body[len(kept) :]}{text[end:]}"
