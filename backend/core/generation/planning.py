"""From what was asked for to a plan: the leaves from documents or from the model, then every slot dealt out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from pydantic import BaseModel

from backend.core.data.shingles import normalised
from backend.core.generation import prompts, sample_answers, tree
from backend.core.generation.documents import Piece, leaves_of
from backend.core.generation.plan import Attributes, Leaf, Origin, Plan, deal
from backend.core.generation.prompts import HARDER, PROMPT_VERSION, Brief
from backend.core.generation.tree import LEAVES_PER_CALL, Branch, Labels, Tree, completed, grid, size_for
from backend.core.llm import Ask, Reply, key_of
from backend.core.params import GenerationParams

logger = logging.getLogger(__name__)

SAMPLED = 3
"""Records of a sample."""

FEWEST_LABELS, MOST_LABELS = 2, 12
TOKENS_PER_NAME = 16
FIXED_TOKENS = 400

PERSONAS = (
    "a curious ten-year-old", "a school pupil before an exam", "a university student", "a teacher preparing a lesson",
    "an expert from another field", "a practitioner at work", "a journalist", "a sceptic", "a parent",
    "a retired person", "somebody who is new to the language", "somebody in a hurry",
)  # fmt: skip
"""Built-in personas, for `various`."""

AskAll = Callable[[Sequence[Ask]], list[Reply]]


@dataclass(frozen=True)
class Planner:
    """Makes the plan of a run.

    Args:
        examples: questions of the given examples, in place of a topic or beside it.
        pieces: of the documents; empty = the leaves are asked of the model.
    """

    params: GenerationParams
    brief: Brief
    model: str
    examples: Sequence[str] = ()
    pieces: Sequence[Piece] = ()

    def preview(self) -> Plan:
        """The plan without a single request: subtopics are the built-in aspects, which the model's will replace."""
        leaves, origin, note = self._given_leaves()
        if not leaves:
            leaves, origin = grid(self.count), "grid"
            note = "A preview with built-in aspects: a run asks the model for subtopics of the topic first."
        labels = self.params.labels or (["label 1", "label 2", "label 3"] if self._needs_labels else [])
        return self._dealt(leaves, origin, note, labels)

    def plan(self, ask_all: AskAll) -> Plan:
        """The plan, with the requests that it needs."""
        leaves, origin, note = self._given_leaves()
        if not leaves:
            branches = self._branches(ask_all)
            leaves, origin, note = completed(tree.leaves_of(branches, self.count), self.count)
        if note:
            logger.info("%s", note)
        return self._dealt(leaves, origin, note, self._labels(ask_all, leaves))

    @property
    def count(self) -> int:
        """Records wanted."""
        return self.params.num_examples

    @property
    def _needs_labels(self) -> bool:
        return self.params.format_type == "classification" and not self.params.labels

    def _given_leaves(self) -> tuple[list[Leaf], Origin, str]:
        return (leaves_of(self.pieces), "documents", "") if self.pieces else ([], "model", "")

    def _dealt(self, leaves: Sequence[Leaf], origin: Origin, note: str, labels: Sequence[str]) -> Plan:
        form = self.brief.form
        personas = list(PERSONAS) if self.params.personas == ["various"] else self.params.personas
        attributes = Attributes(
            difficulty=self.params.difficulty,
            forms=form.forms,
            personas=personas,
            labels=labels if form.name == "classification" else (),
            evolve=self.params.evolve if form.evolvable else 0.0,
            operators=tuple(HARDER),
        )
        if self.params.sample:  # three records to look at are most telling from three different places
            leaves = [leaves[place * len(leaves) // SAMPLED] for place in range(min(SAMPLED, len(leaves)))]
        slots = deal(leaves, SAMPLED if self.params.sample else self.count, attributes, self.params.seed)
        return Plan(self.brief.topic, origin, self.params.seed, tuple(leaves), slots, note)

    def _branches(self, ask_all: AskAll) -> list[Branch]:
        count, each = size_for(self.count)
        if count * each <= LEAVES_PER_CALL:
            return self._trees(ask_all, [self._tree_ask(count, each)])
        names = self._trees(ask_all, [self._tree_ask(count, 1)])
        others = {branch.name: [other.name for other in names if other is not branch] for branch in names}
        asks = [self._branch_ask(name, each, rest) for name, rest in others.items()]
        return self._trees(ask_all, asks)

    def _trees(self, ask_all: AskAll, asks: Sequence[Ask]) -> list[Branch]:
        replies = ask_all(asks)
        return [branch for reply in replies if isinstance(reply.value, Tree) for branch in reply.value.branches]

    def _labels(self, ask_all: AskAll, leaves: Sequence[Leaf]) -> list[str]:
        """The closed set: as given, as the model names it, else the branches of the tree."""
        if not self._needs_labels:
            return list(self.params.labels)
        messages = prompts.labels_messages(self.brief, self.examples[:5])
        ask = self._ask("labels", messages, Labels, 200, lambda random: sample_answers.labels())
        reply = ask_all([ask])[0]
        given = reply.value.labels if isinstance(reply.value, Labels) else []
        named = _distinct(given)
        if FEWEST_LABELS <= len(named) <= MOST_LABELS:
            return named
        logger.info("The model named no usable labels: the main subtopics are used.")
        branches = _distinct([leaf.branch for leaf in leaves])[:MOST_LABELS]
        return branches if len(branches) >= FEWEST_LABELS else ["basic", "advanced"]

    def _tree_ask(self, count: int, each: int) -> Ask:
        messages = prompts.tree_messages(self.brief, count, each, self.examples[:5])
        tokens = FIXED_TOKENS + TOKENS_PER_NAME * count * (each + 1)

        def answer(random: Random) -> dict[str, Any]:
            return sample_answers.branches(count, each)

        return self._ask("tree", messages, Tree, tokens, answer, size=[count, each])

    def _branch_ask(self, name: str, each: int, others: Sequence[str]) -> Ask:
        messages = prompts.branch_messages(self.brief, name, each, others)
        tokens = FIXED_TOKENS + TOKENS_PER_NAME * (each + 1)

        def answer(random: Random) -> dict[str, Any]:
            return {"branches": [{"name": name, "leaves": [f"{name}, part {part + 1}" for part in range(each)]}]}

        return self._ask("branch", messages, Tree, tokens, answer, name=name)

    def _ask(
        self,
        kind: str,
        messages: prompts.Messages,
        schema: type[BaseModel],
        tokens: int,
        answer: Callable[[Random], dict[str, Any]],
        **content: Any,
    ) -> Ask:
        key = key_of(
            f"data:{kind}", topic=self.brief.topic, language=self.brief.language, form=self.brief.form.name,
            examples=list(self.examples[:5]), seed=self.params.seed, model=self.model, prompts=PROMPT_VERSION,
            **content,
        )  # fmt: skip
        return Ask(
            key=key,
            item_id=f"plan: {kind}",
            messages=messages,
            schema=schema,
            max_tokens=2 * tokens,
            temperature=0.3,
            seed=int(key[:8], 16) % 2**31,
            model=self.model,
            mock=answer,
        )


def _distinct(names: Sequence[str]) -> list[str]:
    """Names without repetitions or blanks."""
    found = {normalised(name): name.strip() for name in reversed(names) if normalised(name) and len(name) <= 60}
    return list(reversed(found.values()))
