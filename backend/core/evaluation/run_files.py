"""The folder of a run: what it was given, frozen, and what came of it, each file whole or not there.

    config.json      how it was scored, and hashes of what it was given
    items.jsonl      questions, references and answers, as they were at the start
    journal.jsonl, attempts.jsonl, state.json        the judge's answers as they came (`backend.core.llm`)
    results.jsonl, unscored.jsonl, summary.json      the end
    report.html, report.md, results.csv, plots/      the same for people (`backend.core.evaluation.reporting`)

A run without `summary.json` has not ended: it can be resumed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from backend.core.errors import InvalidInput, NotFound
from backend.core.evaluation.items import Answers, Material, Question
from backend.core.evaluation.rows import Likelihood, ResultRow
from backend.core.evaluation.summary import Summary
from backend.core.paths import normalise_path, shown
from backend.core.storage.files import explained_errors, require_replaceable, sha256_of, write_atomically, write_json

CONFIG, ITEMS, RESULTS, SUMMARY = "config.json", "items.jsonl", "results.jsonl", "summary.json"
UNSCORED = "unscored.jsonl"
PREFIX = "run_"


def new_run(output_dir: Path, tag: str | None) -> Path:
    """Make the folder `run_<UTC yyyymmdd_hhmmss>[_tag]`; a second one within the second gets a number.

    Raises:
        InvalidInput: it cannot be made there.
    """
    require_replaceable(output_dir / PREFIX)
    with explained_errors(output_dir):
        output_dir.mkdir(parents=True, exist_ok=True)
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d_%H%M%S")
        number = 1
        while True:
            name = "_".join([f"{PREFIX}{stamp}", *([str(number)] if number > 1 else []), *([tag] if tag else [])])
            try:
                (output_dir / name).mkdir()
                return output_dir / name
            except FileExistsError:
                number += 1


def find_run(given: str, output_dir: Path) -> Path:
    """The folder of a run, by its path or by its name in the output folder. Raises NotFound."""
    for folder in (normalise_path(given, Path.cwd()), output_dir / given):
        if (folder / CONFIG).is_file():
            return folder
    if (normalise_path(given, Path.cwd()) / SUMMARY).is_file() or (output_dir / given / SUMMARY).is_file():
        raise NotFound(
            f"{given} was made by an earlier version, which kept too little to be used again: score it anew."
        )
    raise NotFound(f"There is no run {given!r}: give its folder, or its name in {shown(output_dir)}/.")


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """How the run scores."""
    write_json(folder / CONFIG, dict(config))


def read_config(folder: Path) -> dict[str, Any]:
    """What `write_config` wrote. Raises NotFound."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise NotFound(f"{shown(folder)} holds no run: its config.json cannot be read.") from None
    if not isinstance(config, dict):
        raise NotFound(f"{shown(folder)} holds no run: its config.json is none.")
    return config


def write_items(folder: Path, material: Material) -> str:
    """Freeze what is scored; returns the file's SHA-256."""
    lines = []
    for at, question in enumerate(material.questions):
        answers = [
            {
                "model": given.model,
                "prediction": given.predictions[at],
                "likelihood": found.model_dump() if (found := given.likelihoods[at]) else None,
            }
            for given in material.answers
        ]
        lines.append(json.dumps({**vars(question), "answers": answers}) + "\n")
    write_atomically(folder / ITEMS, "".join(lines))
    return sha256_of(folder / ITEMS)


def read_items(folder: Path, config: Mapping[str, Any]) -> Material:
    """What `write_items` froze.

    Raises:
        InvalidInput: it was changed since.
    """
    path = folder / ITEMS
    if not path.is_file() or sha256_of(path) != config.get("items_sha256"):
        raise InvalidInput(
            f"{shown(path)} was changed since the run began, so its judgements belong to something else: start a new "
            "run.",
            "resume",
        )
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    questions = tuple(Question(**{name: row[name] for name in Question.__dataclass_fields__}) for row in rows)
    answers = tuple(
        Answers(
            given["model"],
            tuple(row["answers"][place]["prediction"] for row in rows),
            tuple(
                Likelihood.model_validate(found) if (found := row["answers"][place]["likelihood"]) else None
                for row in rows
            ),
        )
        for place, given in enumerate(rows[0]["answers"])
    )
    return Material(questions, answers, str(config.get("dataset")), tuple(config.get("notes", ())))


def write_results(folder: Path, rows: Iterable[ResultRow], summary: Summary) -> None:
    """The end of a run: the rows, those without a score apart, and last the summary, which says that all is there."""
    rows = list(rows)
    write_atomically(folder / RESULTS, "".join(_line(row) for row in rows))
    unscored = [
        {
            "item_id": row.item_id,
            "model": answer.model,
            "error_class": answer.error_class or answer.status,
            "last_error": answer.error_detail,
            "attempts": answer.attempts,
        }
        for row in rows
        for answer in (*row.others, row)
        if answer.score is None
    ]
    write_atomically(folder / UNSCORED, "".join(json.dumps(entry) + "\n" for entry in unscored))
    write_json(folder / SUMMARY, summary.model_dump(mode="json"))


def unfinished_again(folder: Path) -> None:
    """Take the summary away, without which a run has not ended: its reports could not be written."""
    (folder / SUMMARY).unlink(missing_ok=True)


def _line(row: BaseModel) -> str:
    # As ASCII: half a surrogate pair, which a model's broken output may hold, has no UTF-8.
    return json.dumps(row.model_dump(mode="json")) + "\n"


def read_results(folder: Path) -> tuple[list[ResultRow], Summary]:
    """The end of a run. Raises NotFound when it has not ended, or is not one of ours."""
    try:
        lines = (folder / RESULTS).read_text(encoding="utf-8").split("\n")
        rows = [ResultRow.model_validate_json(line) for line in lines if line]
        return rows, Summary.model_validate_json((folder / SUMMARY).read_bytes())
    except FileNotFoundError:
        raise NotFound(f"{shown(folder)} has no results yet: continue it with --resume {folder.name}.") from None
    except ValidationError as error:
        told = f"{error.errors()[0]['msg']} at {'.'.join(map(str, error.errors()[0]['loc']))}"
        raise NotFound(f"The results in {shown(folder)} cannot be read ({told}): score it anew.") from None
