"""Check a dataset, see it as the model will, convert it and split it.

python prepare_dataset.py --dataset_path data/physics_qa.json --base_model_name tiny
python prepare_dataset.py --dataset_path raw.csv --output_path data/clean.json --validation_split 0.1
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from backend.core.cli import run_recipe
from backend.core.data.conversion import as_text, canonical
from backend.core.data.datasets import LoadedDataset, Record, listed, load_json_dataset, load_records, split
from backend.core.data.duplicates import exact_duplicates, near_duplicates, shared
from backend.core.data.lengths import spread_of
from backend.core.data.prompts import format_prompt
from backend.core.environment.settings import load_settings
from backend.core.errors import Conflict, InvalidInput
from backend.core.params import PreparationParams
from backend.core.paths import normalise_path, shown
from backend.core.storage.files import write_atomically

__all__ = ["format_prompt", "load_json_dataset", "main"]

logger = logging.getLogger("prepare_dataset")


def main(params: PreparationParams) -> int:
    """Report, then write what was asked for. Returns 0, or 3 when records had to be left out of the output."""
    outputs = _outputs(params)
    dataset = load_records(normalise_path(params.dataset_path, Path.cwd()), params.column_mapping)
    for line in report(dataset, params):
        print(line)
    if not outputs:
        dataset.require_usable()
        return 0
    train, validation = split(dataset.records, params.validation_split, params.seed)
    for path, records in zip(outputs, (train, validation), strict=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, as_text([canonical(record) for record in records], path.suffix))
        print(f"Wrote {len(records):,} records to {shown(path)}.")
    return 3 if any(problem.fatal for problem in dataset.problems) else 0


def report(dataset: LoadedDataset, params: PreparationParams) -> list[str]:
    """What a person should know before training on the data."""
    lines = [dataset.recognised]
    fatal = [problem for problem in dataset.problems if problem.fatal]
    empty = [problem for problem in dataset.problems if not problem.fatal]
    if fatal:
        lines += [f"Unreadable: {len(fatal)} records.", listed(fatal)]
    if empty:
        lines += [f"Empty answers: {len(empty)} records.", listed(empty)]
    if not dataset.records:
        return lines
    return [*lines, *_tokens(dataset.records, params), *_repetition(dataset.records, params)]


def _tokens(records: list[Record], params: PreparationParams) -> list[str]:
    """Lengths as the model counts them."""
    from backend.engine import loading
    from backend.engine.tokenising import tokenise

    loading.quiet_libraries()
    base = loading.locate_base(params.base_model_name, load_settings(), revision=params.model_revision)
    tokenizer = loading.load_tokenizer(base)
    data = tokenise(records, tokenizer, params)
    found = spread_of(data.lengths)
    spread = f"median {found.median:,.0f}, p90 {found.p90:,.0f}, p99 {found.p99:,.0f}"
    return [
        data.sentence,
        f"Tokens: {found.total:,} in all; per example: shortest {found.shortest:,}, {spread}, "
        f"longest {found.longest:,}.",
        f"Cut at max_length={params.max_length}: {data.truncated / len(records):.1%} of the examples.",
        f"Learnt (the assistant's): {data.supervised_tokens / max(1, data.tokens):.1%} of the tokens.",
    ]


def _repetition(records: list[Record], params: PreparationParams) -> list[str]:
    whole = [f"{record.question}\n{record.answer}" for record in records]
    doubled = exact_duplicates(whole)
    near = near_duplicates(whole)
    lines = [
        f"Duplicates: {sum(len(group) - 1 for group in doubled):,} exact, {len(near):,} near (word triples alike by "
        "80 % or more)."
    ]
    lines += [f"  records {', '.join(str(records[i].index) for i in group)} are the same" for group in doubled[:5]]
    lines += [
        f"  records {records[left].index} and {records[right].index} are {similarity:.0%} alike"
        for left, right, similarity in near[:5]
    ]
    if params.eval_dataset_path:
        held_out = load_records(normalise_path(params.eval_dataset_path, Path.cwd()), params.column_mapping).records
        leaked = shared([record.question for record in records], [record.question for record in held_out])
        lines.append(f"Leakage: {len(leaked):,} of {len(held_out):,} validation questions are in the training data.")
        lines += [f"  validation record {held_out[position].index}" for position in leaked[:5]]
    return lines


def _outputs(params: PreparationParams) -> list[Path]:
    """The files to write, checked before anything is read. Raises InvalidInput and Conflict."""
    if params.output_path is None:
        if params.validation_split > 0:
            raise InvalidInput("--validation_split needs --output_path: where should the parts go?", "output_path")
        return []
    path = normalise_path(params.output_path, Path.cwd())
    if path.suffix not in (".json", ".jsonl"):
        raise InvalidInput(f"--output_path {path.name}: end it in .json or .jsonl.", "output_path")
    parts = [path]
    if params.validation_split > 0:
        parts.append(path.with_name(f"{path.stem}_validation{path.suffix}"))
    taken = [part for part in parts if part.exists()]
    if taken and not params.overwrite:
        raise Conflict(f"{shown(taken[0])} exists already: choose another --output_path, or pass --overwrite.")
    return parts


if __name__ == "__main__":
    sys.exit(run_recipe(PreparationParams, main, __doc__))
