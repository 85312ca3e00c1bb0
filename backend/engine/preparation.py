"""The data of a run, as the model will see it, before any weight is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from backend.core.data.datasets import Record, split_positions
from backend.core.data.prompts import Template
from backend.core.data.survey import Survey, stream_records, survey
from backend.core.environment.settings import Settings
from backend.core.errors import BadDataset
from backend.core.params import TrainParams
from backend.core.paths import normalise_path, shown
from backend.core.runs.events import RunReporter
from backend.core.storage.files import sha256_of
from backend.engine import loading
from backend.engine.tokenising import Tokenised, choice_of, with_system, write_examples
from backend.engine.tokens.cache import Entry, TokenCache
from backend.engine.tokens.flat import FlatWriter
from backend.engine.tokens.key import data_key, tokenizer_key, tokens_key

CACHE = Path("cache", "tokens")
"""Within the folder of the service's state."""
NOTED = ("form", "total", "usable")
"""What is remembered of a file that was looked through."""


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
        took: a sentence on how long tokenising took.
        base_seconds: that fetching or making the base model took.
    """

    base: str
    tokenizer: Any
    dataset: Survey
    sha256: str
    eval_sha256: str | None
    train: Tokenised
    evaluation: Tokenised | None
    took: str
    base_seconds: float

    def sentences(self) -> list[str]:
        """What a person should know of the data before it is learnt."""
        empty = self.dataset.total - self.dataset.usable
        left_out = (
            [f"Left out: {empty} of {self.dataset.total} examples, for their answers are empty."] if empty else []
        )
        return [self.dataset.recognised, *left_out, self.train.sentence, self.took, self._size()]

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
    """Read, check, split and tokenise the data; what was tokenised before is taken from the cache.

    Raises:
        BadDataset: the data cannot be used.
        BadModel: the base model's tokenizer cannot be loaded.
    """
    reporter.progress("reading the data")
    cache = TokenCache(settings.state_dir / CACHE, writes=not params.dry_run)
    dataset = _File.surveyed(params.dataset_path, params, cache, params.max_train_samples)
    positions = split_positions(dataset.count, params.validation_split, params.seed)
    held_out = _File.surveyed(params.eval_dataset_path, params, cache) if params.eval_dataset_path else None
    reporter.progress("preparing the tokenizer")
    start = perf_counter()
    base = loading.locate_base(params.base_model_name, settings, reporter, params.model_revision)
    base_seconds = perf_counter() - start
    tokenizer = loading.load_tokenizer(base)
    reporter.progress("tokenising the data")
    start = perf_counter()
    entry = dataset.tokens(base, tokenizer, cache)
    train = _choice(entry, positions[0], params)
    evaluation = _choice(entry, positions[1], params) if positions[1] else None
    if held_out:
        entry = held_out.tokens(base, tokenizer, cache)
        evaluation = _choice(entry, range(held_out.count), params)
    seconds = f"{perf_counter() - start:.1f} s"
    return Prepared(
        base=base,
        tokenizer=tokenizer,
        dataset=dataset.survey,
        sha256=dataset.sha256,
        eval_sha256=held_out.sha256 if held_out else None,
        train=train,
        evaluation=evaluation,
        took=f"Tokenised: from the cache ({seconds})." if entry.is_found else f"Tokenised: in {seconds}.",
        base_seconds=base_seconds,
    )


@dataclass(frozen=True)
class _File:
    """A file of examples that can be trained on.

    Args:
        version: its size and time of change when it was hashed.
        key: the hash of its content and of how it is read.
        limit: how many of its first usable examples are taken; None = all.
    """

    path: Path
    version: tuple[int, int]
    sha256: str
    key: str
    survey: Survey
    params: TrainParams
    limit: int | None

    @classmethod
    def surveyed(cls, path: str, params: TrainParams, cache: TokenCache, limit: int | None = None) -> _File:
        """Look through the file, unless it has been before. Raises BadDataset."""
        file = normalise_path(path, Path.cwd())
        if not file.is_file():
            survey(file, params.column_mapping)  # says what is wrong with it
        version, sha256 = _version(file), sha256_of(file)
        key = data_key(sha256, file, params.column_mapping)
        found = cache.note(key, NOTED, lambda: _noted(survey(file, params.column_mapping)))
        whole = Survey(file, found["form"], found["total"], found["usable"])
        return cls(file, version, sha256, key, whole, params, limit)

    @property
    def count(self) -> int:
        """Examples that are taken."""
        return min(self.survey.usable, self.limit or self.survey.usable)

    def tokens(self, base: str, tokenizer: Any, cache: TokenCache) -> Entry:
        """Its examples as token ids, and the template they were rendered with. Raises BadDataset."""
        params = self.params
        key = tokens_key(self.key, tokenizer_key(Path(base)), params.prompt_template, params.system_prompt, self.limit)
        return cache.entry(key, lambda writer: self._write(tokenizer, writer))

    def _write(self, tokenizer: Any, writer: FlatWriter) -> Mapping[str, Any]:
        template, sentence = write_examples(self._records, self.params.prompt_template, tokenizer, writer)
        if _version(self.path) != self.version:
            raise BadDataset(f"{shown(self.path)} was changed while it was read: start again.", "dataset_path")
        return {"template": asdict(template), "sentence": sentence}

    def _records(self) -> Iterator[Record]:
        for record in islice(stream_records(self.path, self.params.column_mapping), self.count):
            yield with_system(record, self.params.system_prompt)


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _noted(found: Survey) -> Mapping[str, Any]:
    return {name: getattr(found, name) for name in NOTED}


def _choice(entry: Entry, chosen: Sequence[int], params: TrainParams) -> Tokenised:
    return choice_of(
        entry.flat,
        chosen,
        params.max_length,
        Template(**entry.about["template"]),
        entry.about["sentence"],
        completion_only_loss=params.completion_only_loss,
    )
