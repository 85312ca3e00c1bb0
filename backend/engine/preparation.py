"""The data of a run, as the model will see it, before any weight is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.datasets import LoadedDataset, Record, load_records, split
from backend.core.environment.settings import Settings
from backend.core.params import TrainParams
from backend.core.paths import normalise_path
from backend.core.runs.events import RunReporter
from backend.core.storage.files import sha256_of
from backend.engine import loading
from backend.engine.tokenising import Tokenised, tokenise


@dataclass(frozen=True)
class Prepared:
    """What a run trains on.

    Args:
        base: where the base model lies (a folder or a hub id).
        tokenizer: the base's own.
        dataset: the file, as it was recognised.
        sha256: the file's hash.
        eval_sha256: that of the validation file, if one is given.
        train, evaluation: the tokenised examples; `evaluation` is None without validation data.
    """

    base: str
    tokenizer: Any
    dataset: LoadedDataset
    sha256: str
    eval_sha256: str | None
    train: Tokenised
    evaluation: Tokenised | None

    def sentences(self) -> list[str]:
        """What a person should know of the data before it is learnt."""
        empty = len(self.dataset.problems)
        left_out = (
            [f"Left out: {empty} of {self.dataset.total} examples, for their answers are empty."] if empty else []
        )
        return [self.dataset.recognised, *left_out, self.train.sentence, self._size()]

    def _size(self) -> str:
        data = self.train
        share = data.supervised_tokens / data.tokens
        told = (
            f"Data: {len(data.features):,} examples, {data.tokens:,} tokens, {share:.0%} of them learnt, "
            f"{data.truncated:,} examples cut at max_length"
        )
        left_out = (
            f", {data.left_out:,} left out, for nothing to learn remained after the cut" if data.left_out else ""
        )
        return f"{told}{left_out}."


def prepare(params: TrainParams, settings: Settings, reporter: RunReporter) -> Prepared:
    """Read, check, split and tokenise the data.

    Raises:
        BadDataset: the data cannot be used.
        BadModel: the base model's tokenizer cannot be loaded.
    """
    reporter.progress("reading the data")
    dataset = _load(params.dataset_path, params)
    records = dataset.records[: params.max_train_samples]
    train_records, eval_records = split(records, params.validation_split, params.seed)
    eval_sha256 = None
    if params.eval_dataset_path:
        evaluation = _load(params.eval_dataset_path, params)
        eval_records, eval_sha256 = evaluation.records, sha256_of(evaluation.path)
    reporter.progress("preparing the tokenizer")
    base = loading.locate_base(params.base_model_name, settings, reporter, params.model_revision)
    tokenizer = loading.load_tokenizer(base)
    return Prepared(
        base=base,
        tokenizer=tokenizer,
        dataset=dataset,
        sha256=sha256_of(dataset.path),
        eval_sha256=eval_sha256,
        train=_tokenise(train_records, tokenizer, params),
        evaluation=_tokenise(eval_records, tokenizer, params) if eval_records else None,
    )


def _load(path: str, params: TrainParams) -> LoadedDataset:
    return load_records(normalise_path(path, Path.cwd()), params.column_mapping).require_usable()


def _tokenise(records: list[Record], tokenizer: Any, params: TrainParams) -> Tokenised:
    return tokenise(records, tokenizer, params, completion_only_loss=params.completion_only_loss)
