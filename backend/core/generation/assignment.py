"""A run that may begin: everything that it names was read and checked, and nothing was sent or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from backend.core.environment.settings import Settings
from backend.core.generation.estimate import GenerationEstimate, estimate
from backend.core.generation.formats import FORMATS
from backend.core.generation.materials import Materials, earlier_datasets, read_materials
from backend.core.generation.plan import Plan
from backend.core.generation.planning import Planner
from backend.core.generation.prompts import Brief
from backend.core.generation.publishing import Target, free_moment, target_of
from backend.core.generation.run import Run, open_run, require_same_files
from backend.core.llm.access import OPENAI
from backend.core.params import GenerationParams


@dataclass(frozen=True)
class Assignment:
    """What is to be done.

    Args:
        target: where the dataset goes.
        earlier: names of datasets that must not be repeated.
        model: that writes; `judge` grades and compares.
        host: of the service; empty = none is asked.
        mock: whether answers are made up.
    """

    run: Run
    materials: Materials
    brief: Brief
    target: Target
    earlier: Sequence[str]
    model: str
    judge: str
    host: str
    mock: bool

    @property
    def params(self) -> GenerationParams:
        """What was asked for."""
        return self.run.params

    @property
    def planner(self) -> Planner:
        """What makes its plan."""
        examples = [str(example["input"]) for example in self.materials.examples]
        return Planner(self.params, self.brief, self.model, examples, self.materials.pieces)


def assign(params: GenerationParams, settings: Settings) -> Assignment:
    """Read and check everything; nothing is sent or written.

    Raises:
        InvalidInput: a file, path or name that cannot be used; its `field` says which.
        NotFound, ResumeRefused: the run to be resumed is not there, or another one.
        Conflict: the dataset's name is taken.
        MissingDependency: a PDF without pypdf.
    """
    run = open_run(params, settings.data_dir)
    mock = run.params.mock or settings.pipeline_test_mode
    if run.is_new:
        run = replace(run, created_at=free_moment(run.params, settings.data_dir, run.created_at, mock=mock))
    earlier = run.earlier
    if earlier is None:
        earlier = () if mock else tuple(path.name for path in earlier_datasets(run.params, settings.data_dir))
    there = [path for name in earlier if (path := settings.data_dir / name).is_file()]
    materials = read_materials(run.params, there)
    require_same_files(run, materials.hashes)
    target = target_of(run.params, settings.data_dir, run.created_at, mock=mock)
    if run.is_new and not run.params.sample:
        target.require_free()
    model = run.params.model_gen or settings.model_gen
    brief = Brief(FORMATS[run.params.format_type], run.params.topic.strip(), run.params.language)
    judge = run.params.judge_model or model
    host = "" if mock else _host(run.params.openai_api_base or settings.openai_api_base or OPENAI)
    return Assignment(run, materials, brief, target, earlier, model, judge, host, mock)


def preview(work: Assignment) -> tuple[Plan, GenerationEstimate]:
    """The plan and its estimate without a request; the plan of a run that was begun is its own."""
    plan = work.run.plan()
    planned = plan is not None
    plan = plan or work.planner.preview()
    return plan, estimate(work.params, plan, work.brief, work.model, planned=planned)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""  # the session refuses it, with a sentence
