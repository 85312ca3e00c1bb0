"""A rendered conversation, cut where the assistant begins and ends to speak: what is learnt, and what is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.data.prompts import Template, Turn
from backend.core.errors import InvalidInput

MARKS_KEPT = 64
_MARKS: dict[Template, str] = {}
"""What ends a turn, of the templates last used."""


@dataclass(frozen=True)
class Segment:
    """A piece of a rendered conversation and whether the model learns to write it."""

    text: str
    supervised: bool = False


def segments_of(
    messages: Sequence[Turn], template: Template, tools: Sequence[Mapping[str, Any]] | None = None
) -> list[Segment]:
    """The rendered conversation, cut where the assistant begins and ends to speak.

    An assistant's turn is its content and the end-of-turn mark right behind it. The segments put together are exactly
    `template.render(messages)` up to white space that follows the last end-of-turn mark.

    Raises:
        InvalidInput: the template rewrites earlier turns, so that the assistant's words cannot be told from the rest.
    """
    text = template.render(messages, tools=tools)
    mark = _end_of_turn(messages, template, text, tools)
    segments: list[Segment] = []
    done = 0
    for position, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        start, end = _span(messages, position, template, text, done, tools)
        if mark and text.startswith(mark, end):
            end += len(mark)
        segments += [Segment(text[done:start]), Segment(text[start:end], supervised=True)]
        done = end
    rest = text[done:]
    if rest.strip() or not segments:
        segments.append(Segment(rest))
    return [segment for segment in segments if segment.text]


def _span(
    messages: Sequence[Turn],
    position: int,
    template: Template,
    text: str,
    done: int,
    tools: Sequence[Mapping[str, Any]] | None,
) -> tuple[int, int]:
    """Where the assistant's turn at `position` begins and where its content ends, in characters."""
    before = template.render(messages[:position], add_generation_prompt=True, tools=tools) if position else ""
    content = messages[position]["content"].strip()
    start = len(before) if text.startswith(before) and len(before) >= done else done
    found = text.find(content, start)
    if found < 0:
        raise InvalidInput(
            f"The {template.name} template rewrites the assistant's turn {position + 1}, so it cannot be marked as "
            "the part to learn: choose another with --prompt_template.",
            "prompt_template",
        )
    if start == done and start != len(before):
        start = found
    return start, found + len(content) + _trailing_space(messages[position]["content"], text, found + len(content))


def _trailing_space(content: str, text: str, end: int) -> int:
    """White space at the end of the content belongs to the answer, if the template kept it."""
    tail = content[len(content.rstrip()) :]
    return len(tail) if tail and text.startswith(tail, end) else 0


def _end_of_turn(
    messages: Sequence[Turn], template: Template, text: str, tools: Sequence[Mapping[str, Any]] | None
) -> str:
    """What the template writes right behind an assistant's words, e.g. `<|im_end|>`.

    Found out by rendering a conversation of the same beginning; not once more where the text ends in the last answer
    and the mark that was found before, which spares a rendering in three.
    """
    known = _MARKS.get(template)
    if known is not None and messages[-1]["role"] == "assistant":
        last = text.rstrip()
        if last.endswith(known) and last.removesuffix(known).rstrip().endswith(messages[-1]["content"].strip()):
            return known
    probe = [*[m for m in messages if m["role"] in ("system", "user")][:2], {"role": "assistant", "content": "‖"}]
    if not any(message["role"] == "user" for message in probe):
        probe.insert(0, {"role": "user", "content": "?"})
    mark = template.render(probe, tools=tools).rpartition("‖")[2].strip()
    if len(_MARKS) >= MARKS_KEPT:
        _MARKS.clear()
    _MARKS[template] = mark
    return mark
