"""Whether a model is asked, wherever it goes, as it was trained: the same conversations as tokens, side by side.

The yardstick is what a run trains on (`backend.engine.tokenising`). Against it stand the chat of this product, the
tokenizer as it is exported (transformers and vLLM ask with its chat template), and the template in the Modelfile.
A newline less, another end of the turn or a system prompt that one side adds costs answers, and no error tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from backend.core.data.datasets import Record
from backend.core.data.prompts import Template, left_out
from backend.core.data.segments import segments_of
from backend.core.errors import FinishedBelow, InvalidInput, TemplateRejected
from backend.core.export.conversations import CONVERSATIONS, Conversation
from backend.engine.tokenising import with_system

AROUND = 12
"""Tokens shown on either side of the first difference."""
MOST_TOLD = 20


class Side(Protocol):
    """One way of asking.

    Args:
        name: for people.
        takes_tools: whether conversations with tools are its business.
    """

    @property
    def name(self) -> str: ...

    @property
    def takes_tools(self) -> bool: ...

    def prompt(self, conversation: Conversation, place: int) -> list[int]:
        """The tokens before the assistant's turn at this place. Raises InvalidInput."""
        ...

    def ends(self, answer: Sequence[int]) -> bool:
        """Whether this side would stop where a trained answer stops; `answer` is its tokens with the end mark."""
        ...

    @property
    def end_words(self) -> str:
        """What ends an answer here, for people."""
        ...


@dataclass(frozen=True)
class Trained:
    """How a run lays out what it learns.

    Args:
        tokenizer: of the base.
        template: the run's.
        system_prompt: put before conversations without one.
    """

    tokenizer: Any
    template: Template
    system_prompt: str | None = None

    def answers(self, conversation: Conversation) -> list[tuple[list[int], list[int]]]:
        """For each of the assistant's turns the tokens before it and its own. Raises InvalidInput."""
        tools = [dict(tool) for tool in conversation.tools] if conversation.tools else None
        record = Record(0, [dict(message) for message in conversation.messages], {}, tools)
        messages = with_system(record, self.system_prompt).messages
        read: list[int] = []
        found = []
        for segment in segments_of(messages, self.template, conversation.tools):
            ids = self.tokenizer.encode(segment.text, add_special_tokens=False)
            if segment.supervised:
                found.append((list(read), ids))
            read += ids
        return found

    def renders_tools(self) -> bool:
        """Whether the template says which tools there are."""
        with_tools = next(one for one in CONVERSATIONS if one.tools)
        return not left_out(self.template, with_tools.messages, with_tools.tools)


@dataclass(frozen=True)
class Difference:
    """The first place where a side asks otherwise than was trained.

    Args:
        side, conversation: where.
        turn: the assistant's, counted from 1.
        token: the first differing token, counted from 0; None = the end of the answer.
        trained, asked: the text around it, on both sides.
        finding: in a sentence.
    """

    side: str
    conversation: str
    turn: int
    token: int | None
    trained: str
    asked: str
    finding: str

    @property
    def sentence(self) -> str:
        """For a person."""
        return f"{self.side}, {self.conversation}, answer {self.turn}: {self.finding}"


@dataclass
class Parity:
    """What came of the check.

    Args:
        compared: prompts that were compared, for each side.
        differences: where they differ.
        passed_over: conversations that were not asked, with the reason.
    """

    compared: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether each side asks as was trained; one that was asked nothing has proved nothing."""
        return not self.differences and bool(self.compared) and all(self.compared.values())

    def as_json(self) -> dict[str, Any]:
        """For the job's result and `export.json`."""
        shown = [{**asdict(one), "sentence": one.sentence} for one in self.differences[:MOST_TOLD]]
        return {
            "passed": self.passed,
            "compared": self.compared,
            "different": len(self.differences),
            "differences": shown,
            "passed_over": self.passed_over,
        }

    def lines(self) -> list[str]:
        """For a person."""
        if self.passed:
            told = ", ".join(f"{side} {count}" for side, count in self.compared.items())
            return [f"Asked as trained: every prompt has the same tokens ({told})."]
        lines = [f"Asked otherwise than trained in {len(self.differences)} of {sum(self.compared.values())} places:"]
        for one in self.differences[:3]:
            lines += [f"  {one.sentence}", f"    trained: {one.trained!r}", f"    asked:   {one.asked!r}"]
        return lines


def check(trained: Trained, sides: Iterable[Side], conversations: Sequence[Conversation] = CONVERSATIONS) -> Parity:
    """Ask every side for every answer of every conversation.

    Raises:
        TemplateRejected: the run's template takes more than any honest one.
    """
    parity, sides = Parity(), list(sides)
    parity.compared = {side.name: 0 for side in sides}
    for conversation in conversations:
        if conversation.tools and not trained.renders_tools():
            parity.passed_over[conversation.name] = "the template says nothing of tools"
            continue
        try:
            answers = trained.answers(conversation)
        except TemplateRejected:
            raise
        except InvalidInput as error:
            parity.passed_over[conversation.name] = str(error)
            continue
        for side in sides:
            if conversation.tools and not side.takes_tools:
                parity.passed_over[f"{conversation.name}, {side.name}"] = "no tools are said there"
                continue
            _compare(side, conversation, answers, trained.tokenizer, parity)
    return parity


def require_parity(parity: Parity, *, allowed: bool) -> None:
    """Raises FinishedBelow where a side asks otherwise than was trained, unless that is allowed."""
    if parity.passed or allowed:
        return
    raise FinishedBelow(
        "The export would be asked otherwise than the model was trained, so nothing was written.\n"
        + "\n".join(parity.lines())
        + "\nCorrect the template, or write it nevertheless with --allow_mismatch."
    )


def _compare(
    side: Side,
    conversation: Conversation,
    answers: Sequence[tuple[Sequence[int], Sequence[int]]],
    tokenizer: Any,
    parity: Parity,
) -> None:
    for turn, (place, (before, said)) in enumerate(zip(conversation.answers, answers, strict=True), start=1):
        parity.compared[side.name] += 1
        try:
            asked = side.prompt(conversation, place)
        except InvalidInput as error:
            finding = f"it cannot lay out the conversation ({error})"
            parity.differences.append(Difference(side.name, conversation.name, turn, 0, "", "", finding))
            continue
        if (first := _first_difference(before, asked)) is not None:
            trained_text, asked_text = (_around(ids, first, tokenizer) for ids in (before, asked))
            same = tokenizer.decode(before) == tokenizer.decode(asked)
            finding = f"the same text, cut into other tokens from token {first}" if same else f"from token {first} on"
            parity.differences.append(
                Difference(side.name, conversation.name, turn, first, trained_text, asked_text, finding)
            )
        elif not side.ends(said):
            last = tokenizer.decode(said[-AROUND:])
            finding = "the model ends its answer, and this side does not stop there"
            parity.differences.append(
                Difference(side.name, conversation.name, turn, None, last, side.end_words, finding)
            )


def _first_difference(one: Sequence[int], other: Sequence[int]) -> int | None:
    if list(one) == list(other):
        return None
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _around(ids: Sequence[int], place: int, tokenizer: Any) -> str:
    return str(tokenizer.decode(list(ids[max(0, place - AROUND) : place + AROUND])))
