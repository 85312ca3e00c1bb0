"""A rendered conversation, cut where the assistant begins and ends to speak: what is learnt, and what is only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from backend.core.data.prompts import Asked, Template, Turn
from backend.core.errors import InvalidInput

Tools = Sequence[Mapping[str, Any]] | None

MARKS_KEPT = 64
_MARKS: dict[Template, str] = {}
"""What ends a turn, of the templates last used."""
_HEADERS: dict[Template, str] = {}
"""What stands between a question and its answer, of the templates last used."""
FEW = 2
"""Answers up to which each one's beginning is rendered: finding them by what stands before takes two renderings."""


@dataclass(frozen=True)
class Segment:
    """A piece of a rendered conversation and whether the model learns to write it."""

    text: str
    supervised: bool = False


def segments_of(messages: Sequence[Turn], template: Template, tools: Tools = None) -> list[Segment]:
    """The rendered conversation, cut where the assistant begins and ends to speak.

    An assistant's turn is its content and the end-of-turn mark right behind it. The segments put together are exactly
    `template.render(messages)` up to white space that follows the last end-of-turn mark.

    Raises:
        InvalidInput: the template rewrites earlier turns, so that the assistant's words cannot be told from the rest.
    """
    return all_segments([(messages, tools)], template)[0]


def all_segments(talks: Sequence[tuple[Sequence[Turn], Tools]], template: Template) -> list[list[Segment]]:
    """The segments of several conversations with their tools, rendered in one go. Raises as `segments_of`."""
    asked = [one for messages, tools in talks for one in _asked(messages, tools)]
    texts = iter(template.render_all(asked))
    return [_segments(messages, tools, template, texts) for messages, tools in talks]


def _asked(messages: Sequence[Turn], tools: Tools) -> list[Asked]:
    """The whole conversation, and what comes before the answers, or only before the last where there are many."""
    answers = _answers(messages)
    return [Asked(messages, tools), *_before(messages, tools, answers if len(answers) <= FEW else answers[-1:])]


def _before(messages: Sequence[Turn], tools: Tools, answers: Sequence[int]) -> list[Asked]:
    return [Asked(messages[:position], tools, add_generation_prompt=True) for position in answers if position]


def _answers(messages: Sequence[Turn]) -> list[int]:
    return [position for position, message in enumerate(messages) if message["role"] == "assistant"]


def _segments(messages: Sequence[Turn], tools: Tools, template: Template, texts: Iterator[str]) -> list[Segment]:
    text = next(texts)
    begins = _begins(messages, tools, template, text, texts)
    mark = _end_of_turn(messages, template, text, tools)
    segments: list[Segment] = []
    done = 0
    for position, begin in begins.items():
        start, end = _span(messages[position]["content"], text, begin if begin >= done else None, done)
        if start < 0:
            raise InvalidInput(
                f"The {template.name} template rewrites the assistant's turn {position + 1}, so it cannot be marked "
                "as the part to learn: choose another with --prompt_template.",
                "prompt_template",
            )
        if mark and text.startswith(mark, end):
            end += len(mark)
        segments += [Segment(text[done:start]), Segment(text[start:end], supervised=True)]
        done = end
    rest = text[done:]
    if rest.strip() or not segments:
        segments.append(Segment(rest))
    return [segment for segment in segments if segment.text]


def _span(content: str, text: str, begin: int | None, done: int) -> tuple[int, int]:
    """Where an answer begins and where its content ends, in characters; below 0 where it is not found.

    Args:
        begin: where it begins, if that is known.
        done: where the answer before it has ended.
    """
    words = content.strip()
    found = text.find(words, done if begin is None else begin)
    end = found + len(words)
    # White space at the end of the content belongs to the answer, if the template kept it.
    tail = content[len(content.rstrip()) :]
    kept = len(tail) if tail and text.startswith(tail, end) else 0
    return found if begin is None or found < 0 else begin, end + kept


def _begins(
    messages: Sequence[Turn], tools: Tools, template: Template, text: str, texts: Iterator[str]
) -> dict[int, int]:
    """Where each answer begins, by its turn's position; -1 where the text up to there cannot tell.

    Args:
        texts: of what `_asked` has asked behind the whole conversation.
    """
    answers = _answers(messages)
    if len(answers) <= FEW:
        before = [next(texts) if position else "" for position in answers]
    else:
        last = next(texts)
        if marked := _by_header(messages, template, text, last):
            return dict(zip(answers, marked, strict=True))
        earlier = template.render_all(_before(messages, tools, answers[:-1]))
        before = [*[""] * (answers[0] == 0), *earlier, last]
    found = [len(beginning) if text.startswith(beginning) else -1 for beginning in before]
    return dict(zip(answers, found, strict=True))


def _by_header(messages: Sequence[Turn], template: Template, text: str, last: str) -> list[int] | None:
    """Where each answer begins, by what the template writes before it; None where that proves nothing.

    To render a long conversation up to each of its answers takes time by the square of their number. It is spared
    where the same words stand before every answer and nowhere else, no turn says them itself, each answer follows
    before the next, and the last begins where the conversation rendered up to there ends.

    Args:
        last: the conversation up to its last answer.
    """
    header = _header(template)
    if not header or any(header in message["content"] for message in messages):
        return None
    first, *pieces = text.split(header)
    words = [messages[position]["content"].strip() for position in _answers(messages)]
    if len(pieces) != len(words) or any(said not in piece for said, piece in zip(words, pieces, strict=True)):
        return None
    begins = [
        end + len(header)
        for end in accumulate((len(piece) + len(header) for piece in pieces[:-1]), initial=len(first))
    ]
    return begins if text.startswith(last) and begins[-1] == len(last) else None


def _header(template: Template) -> str:
    """What the template writes between a question and where the assistant begins to speak."""
    if template not in _HEADERS:
        try:
            asked = template.render([{"role": "user", "content": "‖"}], add_generation_prompt=True)
        except InvalidInput:
            asked = ""
        _kept(_HEADERS)[template] = asked.rpartition("‖")[2] if "‖" in asked else ""
    return _HEADERS[template]


def _end_of_turn(messages: Sequence[Turn], template: Template, text: str, tools: Tools) -> str:
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
    _kept(_MARKS)[template] = mark
    return mark


def _kept(known: dict[Template, str]) -> dict[Template, str]:
    """What is known of templates, emptied where it is of too many."""
    if len(known) >= MARKS_KEPT:
        known.clear()
    return known
