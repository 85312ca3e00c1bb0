"""The little of Go's templates that we write for Ollama, rendered as Ollama does; all else is refused, not guessed.

What there is: text, `range` over the messages with or without an index, `if`, `else if`, `else`, `end`, the values
`.Role`, `.Content`, `.System`, `$.System`, `.Messages` and the loop's variables, and the functions `eq`, `ne`, `not`,
`and`, `or`. Ollama's own rules (`template/template.go` in ollama/ollama): turns of one role that follow each other
become one, the system turns stand in `.System` too, and a Modelfile's SYSTEM counts where no conversation has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.core.data.prompts import Turn

_ACTION = re.compile(r"\{\{(- )?(.*?)( -)?\}\}", re.DOTALL)
_WORD = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()]|,|:=|[^\s()",]+)')
_RANGE = re.compile(r"range(?:\s+(\$\w+)\s*,\s*(\$\w+)\s*:=)?\s+(\$?\.Messages)$")
_SPACE = " \t\r\n"
"""What a trim mark takes away."""


class GoTemplateError(Exception):
    """The template asks for what is not among the little that is rendered here."""


@dataclass
class _Block:
    """A list of parts: text, expressions, and blocks with their branches."""

    parts: list[Any] = field(default_factory=list)


@dataclass
class _Value:
    words: list[str]


@dataclass
class _If:
    branches: list[tuple[list[str] | None, _Block]]


@dataclass
class _Range:
    index: str | None
    item: str | None
    body: _Block


def render_for_ollama(source: str, messages: Sequence[Turn], system: str | None = None) -> str:
    """A conversation as Ollama's server would lay it out.

    Args:
        source: of the template; it must use `.Messages`.
        messages: the conversation.
        system: SYSTEM of the Modelfile.

    Raises:
        GoTemplateError: it holds what is not rendered here.
    """
    if system and not (messages and messages[0]["role"] == "system"):
        messages = [{"role": "system", "content": system}, *messages]
    if ".Messages" not in source:
        raise GoTemplateError("it does not use .Messages")
    told = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    root = {"System": told, "Messages": [_named(message) for message in _collated(messages)]}
    return "".join(_write(_parsed(source), root, root, {}))


def _collated(messages: Sequence[Turn]) -> list[Turn]:
    found: list[dict[str, str]] = []
    for message in messages:
        if found and found[-1]["role"] == message["role"] != "tool":
            found[-1]["content"] += "\n\n" + message["content"]
        else:
            found.append(dict(message))
    return list(found)


def _named(message: Turn) -> dict[str, str]:
    return {"Role": message["role"], "Content": message["content"]}


def _parsed(source: str) -> _Block:
    tokens = list(_tokens(source))
    block, rest = _block(tokens, 0)
    if rest != len(tokens):
        raise GoTemplateError(f"there is a {tokens[rest][1]!r} too many")
    return block


def _tokens(source: str) -> Iterator[tuple[bool, str]]:
    """`(whether it is an action, its text)`, with what trim marks take away taken away."""
    position, trims = 0, False
    for found in _ACTION.finditer(source):
        text = source[position : found.start()]
        text = text.lstrip(_SPACE) if trims else text
        text = text.rstrip(_SPACE) if found[1] else text
        if text:
            yield False, text
        yield True, found[2].strip()
        position, trims = found.end(), bool(found[3])
    text = source[position:]
    if text := text.lstrip(_SPACE) if trims else text:
        yield False, text


def _block(tokens: Sequence[tuple[bool, str]], place: int) -> tuple[_Block, int]:
    """The parts up to the `else` or `end` that is not theirs, and its place."""
    block = _Block()
    while place < len(tokens):
        is_action, text = tokens[place]
        keyword = text.partition(" ")[0] if is_action else ""
        if keyword in ("else", "end"):
            break
        part: Any
        if keyword == "if":
            part, place = _if(tokens, place)
        elif keyword == "range":
            part, place = _range(tokens, place)
        else:
            part = _Value(_words(text)) if is_action else text
        block.parts.append(part)
        place += 1
    return block, place


def _if(tokens: Sequence[tuple[bool, str]], place: int) -> tuple[_If, int]:
    condition: list[str] | None = _words(tokens[place][1].removeprefix("if"))
    branches = []
    while True:
        body, place = _block(tokens, place + 1)
        branches.append((condition, body))
        closing = _closing(tokens, place)
        if closing == "end":
            return _If(branches), place
        if condition is None:
            raise GoTemplateError("an else follows an else")
        rest = closing.removeprefix("else").strip()
        condition = _words(rest.removeprefix("if")) if rest else None


def _range(tokens: Sequence[tuple[bool, str]], place: int) -> tuple[_Range, int]:
    found = _RANGE.match(tokens[place][1])
    if not found:
        raise GoTemplateError(f"{tokens[place][1]!r} is not rendered here")
    body, place = _block(tokens, place + 1)
    if _closing(tokens, place) != "end":
        raise GoTemplateError("a range has an else")
    return _Range(found[1], found[2], body), place


def _closing(tokens: Sequence[tuple[bool, str]], place: int) -> str:
    if place >= len(tokens):
        raise GoTemplateError("an end is missing")
    return tokens[place][1]


def _words(text: str) -> list[str]:
    words, position = [], 0
    text = text.strip()
    while position < len(text):
        found = _WORD.match(text, position)
        if not found:
            raise GoTemplateError(f"{text!r} cannot be read")
        words.append(found[1])
        position = found.end()
    return words


def _write(block: _Block, dot: Mapping[str, Any], root: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, _Value):
            yield str(_value(part.words, dot, root, names))
        elif isinstance(part, _If):
            chosen = next((body for words, body in part.branches if _holds(words, dot, root, names)), _Block())
            yield from _write(chosen, dot, root, names)
        else:
            for index, item in enumerate(root["Messages"]):
                inner = {**names, part.index: index, part.item: item} if part.index and part.item else names
                yield from _write(part.body, item, root, inner)


def _holds(words: list[str] | None, dot: Any, root: Any, names: Any) -> bool:
    return words is None or bool(_value(words, dot, root, names))


def _value(words: Sequence[str], dot: Any, root: Any, names: Any) -> Any:
    value, rest = _call(list(words), dot, root, names)
    if rest:
        raise GoTemplateError(f"{' '.join(words)!r} is not rendered here")
    return value


def _call(words: list[str], dot: Any, root: Any, names: Any) -> tuple[Any, list[str]]:
    """The value of a function with all its arguments, or of one word; and the words behind it."""
    if not words:
        raise GoTemplateError("an expression is empty")
    if words[0] not in ("eq", "ne", "not", "and", "or"):
        return _term(words, dot, root, names)
    name, rest, given = words[0], words[1:], []
    while rest and rest[0] != ")":
        value, rest = _term(rest, dot, root, names)
        given.append(value)
    if len(given) != (1 if name == "not" else 2):
        raise GoTemplateError(f"{name} with {len(given)} values is not rendered here")
    if name == "not":
        return not given[0], rest
    one, other = given
    return {"eq": one == other, "ne": one != other, "and": one and other, "or": one or other}[name], rest


def _term(words: list[str], dot: Any, root: Any, names: Any) -> tuple[Any, list[str]]:
    word, rest = words[0], words[1:]
    if word == "(":
        value, rest = _call(rest, dot, root, names)
        if not rest or rest[0] != ")":
            raise GoTemplateError("a bracket is not closed")
        return value, rest[1:]
    if word.startswith('"'):
        return word[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape"), rest
    if word.isdecimal():
        return int(word), rest
    first, _, key = word.partition(".")
    home = dot if not first else root if first == "$" else names.get(first)
    if home is None or (key and (not isinstance(home, Mapping) or key not in home)):
        raise GoTemplateError(f"{word!r} is not rendered here")
    return home[key] if key else home, rest
