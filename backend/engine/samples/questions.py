"""The questions that a model is asked while it learns, as its tokens, each with the answer it ought to give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from backend.core.data.datasets import Record, split_positions
from backend.core.data.prompts import format_prompt
from backend.core.data.survey import stream_records
from backend.core.params import TrainParams
from backend.core.paths import normalise_path
from backend.engine.preparation import Prepared
from backend.engine.tokenising import with_system

LOOKED_AT = 200
"""Examples among which questions are looked for: one that does not fit is passed over, a file of such is not read."""


@dataclass(frozen=True)
class Question:
    """One of them.

    Args:
        text: the user's last words, for people.
        tokens: the whole conversation up to the answer, as the model reads it.
        reference: the answer of the dataset; None for a question that a person has typed.
    """

    text: str
    tokens: tuple[int, ...]
    reference: str | None


def questions_of(params: TrainParams, prepared: Prepared) -> list[Question]:
    """Those a person has typed, else some of the validation data, else of what is learnt; none if none fit."""
    if params.sample_questions == 0:
        return []
    typed = [
        Record(place, [{"role": "user", "content": text}], {}) for place, text in enumerate(params.sample_prompts)
    ]
    wanted = len(typed) or params.sample_questions
    records = typed or _apart(list(islice(_examples(params, prepared), LOOKED_AT)), wanted)
    asked = (_question(with_system(record, params.system_prompt), params, prepared) for record in records)
    return list(islice(filter(None, asked), wanted))


def _apart(records: list[Record], wanted: int) -> list[Record]:
    """The records, first of all as many as are wanted that lie far from each other: neighbours are often alike."""
    stride = max(1, len(records) // wanted)
    first = records[::stride][:wanted]
    chosen = {record.index for record in first}
    return [*first, *(record for record in records if record.index not in chosen)]


def _examples(params: TrainParams, prepared: Prepared) -> Iterator[Record]:
    if params.eval_dataset_path:
        yield from stream_records(normalise_path(params.eval_dataset_path, Path.cwd()), params.column_mapping)
        return
    usable = prepared.dataset.usable
    count = min(usable, params.max_train_samples or usable)
    learnt, held_out = split_positions(count, params.validation_split, params.seed)
    wanted = set((held_out or learnt)[:LOOKED_AT])
    for position, record in enumerate(stream_records(prepared.dataset.path, params.column_mapping)):
        if position in wanted:
            wanted.remove(position)
            yield record
        if not wanted:
            return


def _question(record: Record, params: TrainParams, prepared: Prepared) -> Question | None:
    """The record up to its first answer; None for one that is longer than what is learnt, or asks nothing."""
    turns = record.messages
    answered = next((place for place, turn in enumerate(turns) if turn["role"] == "assistant"), len(turns))
    asked = turns[:answered]
    if not asked or asked[-1]["role"] != "user":
        return None
    text = format_prompt(asked, prepared.train.template, add_generation_prompt=True, tools=record.tools)
    tokens = prepared.tokenizer(text, add_special_tokens=False)["input_ids"]
    if len(tokens) > params.max_length:
        return None
    reference = turns[answered]["content"] if answered < len(turns) else None
    return Question(asked[-1]["content"], tuple(tokens), reference)
