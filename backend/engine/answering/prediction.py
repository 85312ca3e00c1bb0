"""Several models answer the same questions, each base loaded once, every answer kept as it comes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.core.data.datasets import LoadedDataset, Record
from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput
from backend.core.evaluation.items import Answers, read_predictions
from backend.core.evaluation.rows import Likelihood
from backend.core.params import InferenceParams
from backend.core.paths import normalise_path, shown
from backend.core.processes.stopping import stop_raises
from backend.core.runs.events import RunReporter
from backend.core.runs.journal import Journal, dependencies
from backend.engine import loading
from backend.engine.answering.answer_progress import AnswerProgress
from backend.engine.answering.likelihood import likelihoods
from backend.engine.inference import ModelInference
from backend.engine.models import ModelReference, resolve_model

logger = logging.getLogger(__name__)

TOLD_EVERY = 5
"""Answers between two signs of progress to the service."""


@dataclass(frozen=True)
class Contestant:
    """A model that answers.

    Args:
        name: as reports call it.
        params: how it is loaded and asked.
        reference: its base and adapter.
    """

    name: str
    params: InferenceParams
    reference: ModelReference


def contestants(models: Sequence[str], params: InferenceParams, settings: Settings) -> list[Contestant]:
    """The models by their names, in the order given; nothing is loaded.

    Raises:
        BadModel: one of them cannot be found.
        InvalidInput: two of them have the same name, so a report could not tell them apart.
    """
    found = []
    for given in models:
        own = params.model_copy(update={"model_path": given})
        found.append(Contestant(called(given), own, resolve_model(own, settings)))
    names = [contestant.name for contestant in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(f"models: two of them are called {twice}: give one of them another folder name.", "models")
    return found


def called(given: str) -> str:
    """What a person would call the model: the name as given, or the last part of a folder."""
    folder = normalise_path(given, Path.cwd())
    return Path(os.path.abspath(folder)).name if folder.is_dir() else given


def answer(
    models: Sequence[Contestant],
    dataset: LoadedDataset,
    records: Sequence[Record],
    folder: Path,
    settings: Settings,
    *,
    perplexity: bool,
) -> list[Answers]:
    """Every model's answers to these records, with the likelihoods of the references.

    Answers are kept in `folder` as they come; called again it goes on where it was stopped.

    Args:
        records: those of the dataset to ask.

    Raises:
        Stopped: on TERM or Ctrl-C; it can be continued.
        BadModel: a model cannot be loaded.
    """
    folder.mkdir(exist_ok=True)
    reporter = RunReporter()
    done: dict[str, Answers] = {}
    loaded: tuple[str, ModelInference] | None = None
    for place, contestant in enumerate(models):
        path = folder / f"{place + 1}_{re.sub(r'[^A-Za-z0-9._-]', '_', contestant.name)}.json"
        if not path.exists():
            base = contestant.reference.base
            if loaded is None or loaded[0] != base:
                loaded = None  # the one before leaves memory before the next one is loaded
                reporter.progress(f"loading {base}", place * len(records), len(models) * len(records))
                loaded = (base, ModelInference(contestant.params, settings))
            begun = (place * len(records), len(models) * len(records))
            _answer(loaded[1], contestant, dataset, records, path, begun, perplexity=perplexity)
        answers = read_predictions(path).answers
        done[contestant.name] = Answers(contestant.name, answers.predictions, answers.likelihoods)
    return list(done.values())


def _answer(
    model: ModelInference,
    contestant: Contestant,
    dataset: LoadedDataset,
    records: Sequence[Record],
    path: Path,
    begun: tuple[int, int],
    *,
    perplexity: bool,
) -> None:
    """One model's file of predictions."""
    adapter, reporter = contestant.reference.adapter, RunReporter()
    base = loading.locate_base(contestant.reference.base, model.settings, revision=contestant.params.model_revision)
    template = model.templates.of(adapter).template.source
    rests_on = dependencies(
        contestant.params, dataset.path, Path(base) if Path(base).is_dir() else base, adapter, template
    )
    with Journal(path, rests_on, dataset.total) as journal:
        left = [record for record in records if record.index not in journal.answers]
        progress = AnswerProgress(journal)
        logger.info("%s answers %s questions.", contestant.name, f"{len(left):,}")
        with progress, stop_raises(lambda: _stopped(contestant.name, journal)) as check:
            answered = model.answer_all(
                [record.prompt for record in left],
                adapter=adapter,
                seeds=[contestant.params.seed + record.index for record in left],
                tools=[record.tools for record in left],
            )
            for count, (position, text) in enumerate(answered):
                journal.add(left[position].index, text.text)
                progress.show()
                check()
                if count % TOLD_EVERY == 0:
                    reporter.progress(f"{contestant.name} answers", begun[0] + len(journal.answers), begun[1])
            known: dict[int, Likelihood | None] = {}
            if perplexity:
                for position, likelihood in likelihoods(model, records, adapter):
                    known[position] = likelihood
                    check()
        journal.publish([
            {**journal.row(record, contestant.name), **_likelihood_of(known.get(position))}
            for position, record in enumerate(records)
        ])  # fmt: skip


def _stopped(name: str, journal: Journal) -> str:
    run = shown(journal.output.parent.parent)
    return f"Stopped while {name} answered; {len(journal.answers):,} answers are kept: --resume {run} continues."


def _likelihood_of(found: Likelihood | None) -> dict[str, object]:
    return {"likelihood": found.model_dump()} if found else {}
