"""A chat template's shape: what it writes before, between and behind the turns, found by asking it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.core.data.prompts import Asked, Template, Turn
from backend.core.errors import InvalidInput

SYSTEM, USER, ANSWER, AGAIN = "‖s‖", "‖u‖", "‖a‖", "‖v‖"
"""Words that no template writes."""


class NoShape(Exception):
    """The template lays turns out in a way that these pieces cannot say; the message tells which."""


@dataclass(frozen=True)
class Shape:
    """The pieces of a conversation that are not its words.

    Args:
        begin: before the first turn of a conversation without a system prompt.
        system_begin: before a system prompt.
        system_end: between a system prompt and the user's first words.
        user_begin: before the user's words, but for the first behind a system prompt.
        user_end: behind the user's words, up to where the assistant begins to speak.
        answer_begin: what the assistant's turn has before its words beyond that.
        answer_end: behind the assistant's words, the end of the turn and what parts it from the next.
        takes_system: whether a system prompt is said.
    """

    begin: str
    system_begin: str
    system_end: str
    user_begin: str
    user_end: str
    answer_begin: str
    answer_end: str
    takes_system: bool = True

    @property
    def pieces(self) -> tuple[str, ...]:
        """All of them."""
        return (
            self.begin, self.system_begin, self.system_end, self.user_begin, self.user_end, self.answer_begin,
            self.answer_end,
        )  # fmt: skip

    def without_first(self, token: str) -> Shape:
        """Without the token at the very beginning, for programs that put it there themselves."""
        return replace(self, begin=self.begin.removeprefix(token), system_begin=self.system_begin.removeprefix(token))

    @property
    def has_plain_system(self) -> bool:
        """Whether the user's turn behind a system prompt begins as every other does."""
        return self.system_end.endswith(self.user_begin)


def shape_of(template: Template) -> Shape:
    """The pieces of a template.

    Raises:
        NoShape: it has none, or refuses a plain conversation.
    """
    user: Turn = {"role": "user", "content": USER}
    answer: Turn = {"role": "assistant", "content": ANSWER}
    again: Turn = {"role": "user", "content": AGAIN}
    try:
        asked, said, further = template.render_all(
            [Asked([user], add_generation_prompt=True), Asked([user, answer]),
             Asked([user, answer, again], add_generation_prompt=True)]
        )  # fmt: skip
    except InvalidInput as error:
        raise NoShape(f"it cannot lay out two turns ({error})") from None
    before, user_end = _cut(asked, USER)
    _, between = _cut(said, USER)
    opened, closed = _cut(between, ANSWER)
    if not opened.startswith(user_end):
        raise NoShape("it asks for an answer in other words than stand before one")
    _, rest = _cut(further, ANSWER)
    parting, _ = _cut(rest, AGAIN)
    answer_end = _common(closed, parting)
    user_begin = parting[len(answer_end) :]
    if not before.endswith(user_begin):
        raise NoShape("it begins the first question as no other")
    begin = before[: len(before) - len(user_begin)]
    system = _system(template, user)
    return Shape(
        begin=begin,
        system_begin=system[0] if system else "",
        system_end=system[1] if system else "",
        user_begin=user_begin,
        user_end=user_end,
        answer_begin=opened[len(user_end) :],
        answer_end=answer_end,
        takes_system=system is not None,
    )


def _common(closed: str, parting: str) -> str:
    """The end of an answer: what stands behind the last one, as far as it stands behind the others too."""
    if parting.startswith(closed):
        return closed
    if closed.rstrip() and parting.startswith(closed.rstrip()):
        return closed.rstrip()
    raise NoShape("it ends the last answer as no other")


def _system(template: Template, user: Turn) -> tuple[str, str] | None:
    """What stands before and behind a system prompt; None where the template refuses or drops it."""
    try:
        text = template.render([{"role": "system", "content": SYSTEM}, user], add_generation_prompt=True)
    except InvalidInput:
        return None
    if SYSTEM not in text:
        return None
    before, rest = _cut(text, SYSTEM)
    return before, _cut(rest, USER)[0]


def _cut(text: str, words: str) -> tuple[str, str]:
    before, found, behind = text.partition(words)
    if not found or words in behind:
        raise NoShape("it leaves out what a turn says, or says it twice")
    return before, behind
