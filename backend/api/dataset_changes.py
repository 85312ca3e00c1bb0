"""Datasets changed: records, columns, duplicates, names; each change asks for the version that was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, JsonValue
from starlette.concurrency import run_in_threadpool

from backend.api.dataset_queries import FILE_NAME
from backend.api.deps import ServiceDep
from backend.api.inquiring import while_wanted
from backend.core.data.changes import Changed, split_file
from backend.core.data.columns import PARTS
from backend.core.data.folder import DatasetInfo
from backend.core.errors import InvalidInput
from backend.core.params import Params
from backend.jobs.datasets import delete_dataset, rename_dataset
from backend.jobs.service import Service

router = APIRouter(prefix="/datasets", tags=["datasets"])

MOST_DELETED = 200
"""Records named in one address."""

Version = Annotated[str, Field(max_length=80, description="Of the file, as it was shown")]
Name = Annotated[str, Field(max_length=128, pattern=FILE_NAME)]


class OfVersion(Params):
    """A change of the file that was seen."""

    version: Version
    """Of the file, as it was shown; another one by now is not changed"""


class NewContent(OfVersion):
    """What should stand in a record's place."""

    record: dict[str, JsonValue]
    """The whole record, in the form that the file has"""


class Renamed(OfVersion):
    """A dataset's other name."""

    name: Name
    """With the same ending"""


class NamedColumns(OfVersion):
    """Which column plays which part."""

    column_mapping: dict[str, Annotated[str, Field(max_length=300)]] = Field(min_length=1, max_length=20)
    """By part, e.g. `input=question`"""


class Deduplication(OfVersion):
    """Which records to take out."""

    near: bool = False
    """Those too that say nearly the same"""


class Division(Params):
    """How to part a dataset."""

    share: float = Field(gt=0, lt=1)
    """Of the examples that go to the validation file"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """A run with `validation_split` and this seed parts them the same"""
    training_name: Name | None = None
    """Empty = made of the dataset's"""
    validation_name: Name | None = None
    """Empty = made of the dataset's"""


class Undoing(Params):
    """A change to be taken back."""

    undo: str = Field(max_length=64)
    """What the change has answered"""


class ChangedDataset(DatasetInfo):
    """A dataset after a change."""

    undo: str
    """Takes the change back, for ten minutes"""
    removed: int = 0
    """Records that were taken out"""


class Deleted(BaseModel):
    """A dataset that was taken away."""

    name: str
    undo: str
    """Brings it back, for ten minutes"""


class Divided(BaseModel):
    """The two new datasets."""

    training: DatasetInfo
    validation: DatasetInfo
    left_out: int
    """Records that cannot be used"""


@router.put("/{name}/records/{index}")
def replace_record(name: str, index: int, content: NewContent, service: ServiceDep) -> ChangedDataset:
    """Put another record in a place of the file; all others stay as they are, to the letter."""
    path = service.datasets.find(name)
    return _shown(service, service.datasets.changes.replace(path, content.version, index, content.record))


@router.delete("/{name}/records")
def delete_records(
    name: str,
    service: ServiceDep,
    version: Annotated[str, Query(max_length=80, description="Of the file, as it was shown")],
    index: Annotated[list[Annotated[int, Query(ge=0, le=2**53)]], Query(min_length=1, max_length=MOST_DELETED)],
) -> ChangedDataset:
    """Take records out of the file."""
    path = service.datasets.find(name)
    return _shown(service, service.datasets.changes.delete(path, version, index), len(set(index)))


@router.post("/{name}/columns")
def name_columns(name: str, named: NamedColumns, service: ServiceDep) -> ChangedDataset:
    """Call the columns as the parts they play, in the file itself: every run, estimate and preview then knows them."""
    unknown = [part for part in named.column_mapping if part not in PARTS]
    if unknown:
        raise InvalidInput(f"A column can be {', '.join(PARTS)}.", "column_mapping")
    path = service.datasets.find(name)
    return _shown(service, service.datasets.changes.name_columns(path, named.version, named.column_mapping))


@router.post("/{name}/deduplicate")
async def deduplicate_dataset(
    request: Request, name: str, asked: Deduplication, service: ServiceDep
) -> ChangedDataset:
    """Keep the first of all records that say the same, and take the others out."""
    path = service.datasets.find(name)
    found = await while_wanted(request, lambda unwanted: service.looks.repetition(path, unwanted))
    groups = [*found.exact, *(found.near_groups if asked.near else [])]
    repeated = sorted({index for group in groups for index in group[1:]})
    if not repeated:
        raise InvalidInput(f"No record of {name} repeats another one.", "name")
    changed = await run_in_threadpool(service.datasets.changes.delete, path, asked.version, repeated)
    return await run_in_threadpool(_shown, service, changed, len(repeated))


@router.post("/{name}/split", status_code=201)
def split_dataset(name: str, division: Division, service: ServiceDep) -> Divided:
    """Part a dataset into two new ones, for training and for validation; it stays as it is."""
    path = service.datasets.find(name)
    targets = _targets(service, path, division)
    left_out = split_file(path, targets, division.share, division.seed)
    training, validation = (service.datasets.info(target) for target in targets)
    return Divided(training=training, validation=validation, left_out=left_out)


@router.patch("/{name}")
def rename_dataset_file(name: str, renamed: Renamed, service: ServiceDep) -> DatasetInfo:
    """Give a dataset another name; one that an unfinished job reads keeps its own."""
    return service.datasets.info(rename_dataset(service, name, renamed.version, renamed.name))


@router.delete("/{name}")
def delete_dataset_file(
    name: str,
    service: ServiceDep,
    version: Annotated[str, Query(max_length=80, description="Of the file, as it was shown")],
) -> Deleted:
    """Delete a dataset that no unfinished job reads; it can be brought back for ten minutes."""
    return Deleted(name=name, undo=delete_dataset(service, name, version).undo)


@router.post("/undo")
def undo_change(undoing: Undoing, service: ServiceDep) -> DatasetInfo:
    """Take the last change of a dataset back, its deletion too."""
    return service.datasets.info(service.datasets.changes.aside.restore(undoing.undo))


def _shown(service: Service, changed: Changed, removed: int = 0) -> ChangedDataset:
    info: dict[str, Any] = service.datasets.info(changed.path).model_dump()
    return ChangedDataset(**info, undo=changed.undo, removed=removed)


def _targets(service: Service, path: Path, division: Division) -> tuple[Path, Path]:
    """Where the parts go: in the dataset's own form, or as JSON Lines where that is not written here."""
    suffix = path.suffix if path.suffix.lower() != ".parquet" else ".jsonl"
    given = (division.training_name, division.validation_name)
    made = (f"{path.stem}_train{suffix}", f"{path.stem}_validation{suffix}")
    training, validation = (service.datasets.target(name or own) for name, own in zip(given, made, strict=True))
    if training == validation:
        raise InvalidInput("Both parts have the same name: choose two.", "validation_name")
    return training, validation
