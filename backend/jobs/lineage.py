"""What came of what: datasets and bases, the runs they went into, adapters, and the models merged of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from backend.core.errors import InvalidInput
from backend.core.paths import normalise_path
from backend.core.registry import Adapter
from backend.jobs.adapters import former_names
from backend.jobs.merged_models import MergedModel, merged_models
from backend.jobs.models import Job, JobStatus
from backend.jobs.service import Service

Noun = Literal["dataset", "base", "run", "adapter", "model"]
"""`model` = a whole one that was merged here."""

SAME_RUN = timedelta(minutes=10)
"""A run says when it was finished moments before its job ends; another run of the same name ended at another time."""


class LineageNode(BaseModel):
    """Something that came of others, or others came of."""

    id: str
    noun: Noun
    name: str
    """Of a run, the id of its job; empty for one that was started from a terminal"""
    is_here: bool
    """Whether its files are there"""
    detail: str | None = None
    """How it was made, in a word or two"""


class LineageEdge(BaseModel):
    """`target` came of `source`."""

    source: str
    target: str
    weight: float | None = None
    """Of a parent in a merge"""


class Lineage(BaseModel):
    """The graph of everything."""

    nodes: list[LineageNode]
    edges: list[LineageEdge]


def lineage(service: Service) -> Lineage:
    """All adapters and merged models of this machine with what they came of."""
    adapters = service.registry.read().adapters
    graph = _Graph(service, adapters)
    for adapter in adapters:
        graph.add_adapter(adapter)
    for model in merged_models(service.settings.model_output_dir):
        graph.add_model(model)
    return Lineage(nodes=list(graph.nodes.values()), edges=graph.edges)


def job_of(service: Service, adapter: Adapter) -> Job | None:
    """The job that made an adapter, as long as it is remembered."""
    try:
        finished = datetime.fromisoformat(adapter.training_date)
        folder = normalise_path(adapter.path)
    except (ValueError, InvalidInput):
        return None
    targets = {str(folder.with_name(name)) for name in (folder.name, *former_names(adapter))}
    found = [
        (abs(job.finished_at - finished), job)
        for job in list(service.store.values())
        if job.target in targets and job.status is JobStatus.succeeded and job.finished_at and finished.tzinfo
    ]
    apart, job = min(found, key=lambda pair: pair[0], default=(SAME_RUN, None))
    return job if apart < SAME_RUN else None


class _Graph:
    """The graph while it is put together."""

    def __init__(self, service: Service, adapters: Iterable[Adapter]) -> None:
        self._service = service
        self._adapters = {adapter.name: adapter for adapter in adapters}
        self._renamed = {former: adapter.name for adapter in adapters for former in former_names(adapter)}
        self.nodes: dict[str, LineageNode] = {}
        self.edges: list[LineageEdge] = []

    def add_adapter(self, adapter: Adapter) -> None:
        """An adapter, below the run and the dataset or the parents it came of."""
        known = adapter.model_extra or {}
        own = self._node("adapter", adapter.name, _exists(adapter.path), _told(known.get("merge_method")))
        parents = _parents(known.get("merged_from"))
        if parents:
            self._join_parents(own, parents)
            return
        if adapter.base_model:
            self._join(self._base(adapter.base_model), own)
        dataset = _told(known.get("dataset"))
        if dataset is None:
            return
        job = job_of(self._service, adapter)
        run = self._node("run", job.id if job else "", job is not None, key=adapter.name)
        self._join(self._node("dataset", dataset, (self._service.settings.data_dir / dataset).is_file()), run)
        self._join(run, own)

    def add_model(self, model: MergedModel) -> None:
        """A whole model, below its base and the adapters that were merged into it."""
        own = self._node("model", model.name, True, model.method)
        if model.base_model:
            self._join(self._base(model.base_model), own)
        self._join_parents(own, [(parent.name, parent.weight) for parent in model.merged_from])

    def _join_parents(self, own: str, parents: Iterable[tuple[str, float | None]]) -> None:
        for given, weight in parents:
            name = given if given in self._adapters else self._renamed.get(given, given)
            parent = self._adapters.get(name)
            self._join(self._node("adapter", name, parent is not None and _exists(parent.path)), own, weight)

    def _base(self, name: str) -> str:
        return self._node("base", Path(name).name if Path(name).is_absolute() else name, True)

    def _node(self, noun: Noun, name: str, is_here: bool, detail: str | None = None, key: str | None = None) -> str:
        own = f"{noun}:{name if key is None else key}"
        known = self.nodes.get(own)
        if known is None or (known.detail is None and detail):
            self.nodes[own] = LineageNode(id=own, noun=noun, name=name, is_here=is_here, detail=detail)
        return own

    def _join(self, source: str, target: str, weight: float | None = None) -> None:
        self.edges.append(LineageEdge(source=source, target=target, weight=weight))


def _exists(path: str) -> bool:
    try:
        return normalise_path(path).is_dir()
    except (InvalidInput, OSError):
        return False


def _told(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _parents(value: Any) -> list[tuple[str, float | None]]:
    """What an entry says it was merged from; a person may have written it."""
    found = []
    for parent in value if isinstance(value, list) else ():
        if isinstance(parent, dict) and isinstance(parent.get("name"), str):
            weight = parent.get("weight")
            found.append((parent["name"], float(weight) if isinstance(weight, (int, float)) else None))
    return found
