"""What is asked about a dataset in a process of its own, and what it answers: the tokens of rows, or a report."""

from __future__ import annotations

from pydantic import BaseModel, Field

from backend.core.data.lengths import Bar, Spread
from backend.core.params.groups import PromptTemplate


class Look(BaseModel):
    """A question.

    Args:
        path: the file.
        tokenizer: what `backend.engine.tokens.saved` has kept of the base's; None = count by characters.
        column_mapping: which column plays which part.
        indices: records whose tokens are shown; None = a report on all of them.
        against: a file whose questions should not be among these.
    """

    path: str
    tokenizer: str | None = None
    column_mapping: dict[str, str] = {}
    prompt_template: PromptTemplate = "auto"
    indices: list[int] | None = None
    against: str | None = None


class Token(BaseModel):
    """A token of the rendered text."""

    text: str
    """Empty for one that goes on with the letter before it"""
    supervised: bool
    """Whether the model learns to write it"""


class TokenRow(BaseModel):
    """An example as the model sees it."""

    index: int
    tokens: list[Token]


class TokenRows(BaseModel):
    """Some examples as the model sees them."""

    template: str
    """Which one was taken, and why"""
    rows: list[TokenRow]


class Cuts(BaseModel):
    """What a run with each `max_length` has, in columns; nothing changes from the last one on."""

    max_length: list[int]
    truncated: list[int]
    """Examples that are longer"""
    left_out: list[int]
    """Examples that keep no token to learn"""
    tokens: list[int]
    """Of one pass over the examples that are kept"""
    supervised: list[int]
    """Of them, those that are learnt"""


class NearPair(BaseModel):
    """Two examples that say nearly the same."""

    indices: tuple[int, int]
    similarity: float
    """Share of the word triples that both have: 1 = all"""


class Repetition(BaseModel):
    """Examples that say the same, by their indices in the file."""

    exact: list[list[int]]
    """Groups whose words are equal"""
    near: list[NearPair]
    near_groups: list[list[int]]
    """The pairs put together"""
    skipped: str | None = None
    """Why near ones were not looked for"""


class Leak(BaseModel):
    """A question that both files ask."""

    index: int
    """In this file"""
    other: int
    """In the other one"""


class Leakage(BaseModel):
    """Questions of another file that are in this one too."""

    questions: int
    """Of the other file"""
    leaks: list[Leak]


class Findings(BaseModel):
    """A report on the examples that can be used."""

    examples: int
    template: str
    """Which one was taken, and why"""
    lengths: Spread
    histogram: list[Bar]
    cuts: Cuts
    roles: dict[str, int]
    """Turns by who speaks"""
    turns: dict[int, int]
    """Examples by their number of turns"""
    with_tools: int
    repetition: Repetition
    leakage: Leakage | None = Field(None)
    """None = no other file was named"""
