"""Prompts to prove a merge on: of each adapter's own data, those it has not learnt wherever there are any."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend.core.data.datasets import LoadedDataset, Record, load_records, split
from backend.core.data.prompts import Template
from backend.core.data.segments import segments_of
from backend.core.errors import PipelineError
from backend.core.params import TrainParams
from backend.core.paths import normalise_path
from backend.core.storage.files import sha256_of
from backend.engine.merge.parents import Parent
from backend.engine.tokenising import IGNORED, encode, template_for, with_system

MOST_TOKENS = 512
"""Tokens of a prompt and its answer that are looked at."""
RANDOM_TOKENS = 24
"""Length of a prompt of random tokens."""

Example = tuple[list[int], list[int]]
"""Token ids, and labels of the same length: -100 where nothing is predicted."""


@dataclass(frozen=True)
class HeldOut:
    """What one adapter is measured on.

    Args:
        adapter: its name.
        data: what the prompts are, in words, or why there are none.
        examples: the prompts with their answers.
        scored: whether the answers are known, so that perplexity means something.
    """

    adapter: str
    data: str
    examples: list[Example] = field(default_factory=list)
    scored: bool = True


def held_out(parent: Parent, tokenizer: Any, count: int) -> HeldOut:
    """An adapter's prompts: its validation data as its run names it, else examples it has learnt, which `data` says.

    Args:
        parent: the adapter, with its training record.
        tokenizer: the base model's.
        count: as many as there are at most, spread evenly over the data.
    """
    try:
        asked = _asked(parent.run)
        if asked is None:
            return HeldOut(parent.name, f"none: {_why_unknown(parent.run)}")
        records, told = _records(parent.run, asked)
        examples = _encoded(_spread(records, count), parent.run.get("template"), asked, tokenizer)
    except PipelineError as error:
        return HeldOut(parent.name, f"none: {str(error).splitlines()[0]}")
    return HeldOut(parent.name, told if examples else "none: its data holds no answer that could be used", examples)


def random_prompts(vocabulary: int, count: int, seed: int) -> HeldOut:
    """Seeded random tokens, each of which is to predict the next: for adapters whose data nobody has."""
    numbers = random.Random(seed)
    prompts = [[numbers.randrange(vocabulary) for _ in range(RANDOM_TOKENS)] for _ in range(count)]
    return HeldOut("", "random tokens", [(ids, ids) for ids in prompts], scored=False)


def _asked(run: Mapping[str, Any]) -> TrainParams | None:
    """The parameters of its training; None when there was none of ours."""
    params = run.get("params")
    if not isinstance(params, dict):
        return None
    try:
        return TrainParams.model_validate({name: params[name] for name in params if name in TrainParams.model_fields})
    except ValidationError:
        return None


def _why_unknown(run: Mapping[str, Any]) -> str:
    return "it is a merge itself" if run.get("kind") == "merge" else "it has no record of its training data"


def _records(run: Mapping[str, Any], asked: TrainParams) -> tuple[list[Record], str]:
    """The best there is, and what it is in words."""
    if asked.eval_dataset_path:
        dataset = _load(asked.eval_dataset_path, asked)
        return dataset.records, f"validation file {dataset.path.name}"
    noted = run.get("dataset")
    recorded = noted if isinstance(noted, dict) else {}
    # The parameter may be relative to the folder in which the training was started.
    dataset = _load(str(recorded.get("path") or asked.dataset_path), asked)
    changed = ", which has changed since" if sha256_of(dataset.path) != recorded.get("sha256") else ""
    where = f"{dataset.path.name}{changed}"
    limit = asked.max_train_samples
    learnt, unseen = dataset.records[:limit], dataset.records[limit:] if limit else []
    if asked.validation_split > 0:
        return split(learnt, asked.validation_split, asked.seed)[1], f"validation split of {where}"
    if unseen:
        return unseen, f"examples of {where} that it has not learnt"
    return learnt, f"examples of {where} that it has learnt, for it has no validation data"


def _load(path: str, asked: TrainParams) -> LoadedDataset:
    return load_records(normalise_path(path, Path.cwd()), asked.column_mapping)


def _spread(records: Sequence[Record], count: int) -> list[Record]:
    count = min(count, len(records))
    return [records[place * len(records) // count] for place in range(count)]


def _encoded(records: Sequence[Record], template: Any, asked: TrainParams, tokenizer: Any) -> list[Example]:
    """As training saw them, with the template it recorded."""
    prepared = [with_system(record, asked.system_prompt) for record in records]
    if isinstance(template, dict) and isinstance(template.get("source"), str):
        special: dict[str, Any] = {"bos_token": tokenizer.bos_token or "", "eos_token": tokenizer.eos_token or ""}
        form = Template(str(template.get("name")), template["source"], **special)
    else:
        form, _ = template_for("auto", tokenizer, prepared)
    most = min(asked.max_length, MOST_TOKENS)
    examples = []
    for record in prepared:
        segments = segments_of(record.messages, form, record.tools)
        ids, labels = encode(segments, tokenizer, asked.completion_only_loss)
        if any(label != IGNORED for label in labels[1:most]):
            examples.append((ids[:most], labels[:most]))
    return examples
