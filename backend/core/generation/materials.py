"""The files a run works with, read and checked before anything is sent or written."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.data.datasets import load_records
from backend.core.errors import BadDataset, PipelineError
from backend.core.generation.contamination import Guarded, read_guarded
from backend.core.generation.documents import Piece, read_pieces
from backend.core.generation.naming import slug
from backend.core.params import GenerationParams
from backend.core.paths import normalise_path
from backend.core.storage.files import sha256_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Materials:
    """What was read.

    Args:
        examples: the seeds as `{"input", "output"}`.
        pieces: of the documents.
        guarded: rows the data must not repeat; None = no files were named.
        earlier: inputs of earlier datasets of the same topic and type.
        hashes: SHA-256 of every file by its path.
    """

    examples: Sequence[Mapping[str, Any]]
    pieces: Sequence[Piece]
    guarded: Guarded | None
    earlier: Sequence[str]
    hashes: Mapping[str, str]


def read_materials(params: GenerationParams, earlier: Sequence[Path]) -> Materials:
    """Read everything that the parameters name.

    Args:
        earlier: datasets of the same topic.

    Raises:
        InvalidInput: a file that is missing, empty, of the wrong kind, or not readable.
        MissingDependency: a PDF without pypdf.
    """
    seeds = normalise_path(params.seeds, Path.cwd()) if params.seeds else None
    documents = [normalise_path(path, Path.cwd()) for path in params.documents]
    against = [normalise_path(path, Path.cwd()) for path in params.against]
    pieces = read_pieces(documents)
    return Materials(
        examples=_examples(seeds) if seeds else [],
        pieces=pieces,
        guarded=read_guarded(against) if against else None,
        earlier=_inputs(earlier),
        hashes={str(path): sha256_of(path) for path in (*([seeds] if seeds else []), *documents, *against)},
    )


def earlier_datasets(params: GenerationParams, data_dir: Path) -> list[Path]:
    """Datasets that earlier runs wrote about the same topic in the same type, without test mode's."""
    if not params.avoid_earlier or not params.topic.strip():
        return []
    made = re.compile(
        rf"{re.escape(slug(params.topic))}_{params.format_type}_\d+_\d{{8}}_\d{{6}}(_train|_test)?\.json"
    )
    found = data_dir.iterdir() if data_dir.is_dir() else ()
    return sorted(path for path in found if made.fullmatch(path.name))


def _examples(path: Path) -> list[Mapping[str, Any]]:
    try:
        records = load_records(path).require_usable().records
    except BadDataset as error:
        raise BadDataset(str(error), "seeds") from None
    return [{"input": record.question, "output": record.answer} for record in records]


def _inputs(paths: Sequence[Path]) -> list[str]:
    """The inputs of datasets; one that cannot be read is left out, it was somebody's own doing."""
    found = []
    for path in paths:
        try:
            found += [str(record.raw.get("input", record.question)) for record in load_records(path).records]
        except PipelineError as error:
            logger.warning("%s is not looked at: %s", path.name, error)
    return found
