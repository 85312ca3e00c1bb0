"""The estimate of a run from what this service can see: the file's characters, the model's config, earlier runs."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from backend.core.data.datasets import LoadedDataset
from backend.core.data.prompts import named_template
from backend.core.data.segments import segments_of
from backend.core.estimates.estimate import DataShape, Estimate, Speed, estimate
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams
from backend.jobs.confine import base_model, dataset_path
from backend.jobs.machine import machine
from backend.jobs.models import JobStatus
from backend.jobs.service import Service

CHARACTERS_PER_TOKEN = 4.0
"""English text and code with the vocabularies of today's models: 3.5 to 4.5."""

RUNS_COUNTED = 5


def plan(service: Service, params: TrainParams) -> Estimate:
    """Tokens, steps, memory and time of a run that has not been started.

    Raises:
        InvalidInput: the dataset or the base model is not one a run could be started with.
        BadDataset: the dataset cannot be read.
    """
    settings = service.settings
    path = dataset_path(params.dataset_path, settings)
    base = base_model(params.base_model_name, settings)
    folder = Path(base)
    here = machine(settings.model_output_dir)
    free = max((gpu.memory_total_bytes - gpu.memory_used_bytes for gpu in here.gpus), default=None)
    return estimate(
        params,
        characters_as_tokens(service.datasets.load_path(path), params),
        shape_of(params.base_model_name, folder if folder.is_absolute() else None),  # else a hub id, no place here
        device=here.device if params.device == "auto" else params.device,
        available_bytes=free if free is not None else here.memory_available_bytes,
        speed=speed_of(service, base),
    )


def characters_as_tokens(data: LoadedDataset, params: TrainParams) -> DataShape:
    """The lengths of the examples, rendered as they will be, at four characters a token."""
    template = named_template("qwen" if params.prompt_template == "auto" else params.prompt_template)
    lengths, supervised = [], 0
    for record in data.records:
        segments = segments_of(record.messages, template, record.tools)
        lengths.append(_tokens(sum(len(segment.text) for segment in segments)))
        learnt = (segment for segment in segments if segment.supervised or not params.completion_only_loss)
        supervised += _tokens(sum(len(segment.text) for segment in learnt))
    return DataShape(lengths, supervised, "Counted in characters, four to a token; a run counts with its tokenizer.")


def _tokens(characters: int) -> int:
    return max(1, round(characters / CHARACTERS_PER_TOKEN))


def speed_of(service: Service, base: str) -> Speed | None:
    """How fast the last runs of this base model were here, by what their results tell.

    Args:
        base: the base model as job records have it: `tiny`, a hub id or an absolute folder.
    """
    speeds = []
    for job in reversed(list(service.store.values())):
        if job.status is not JobStatus.succeeded or job.params.get("base_model_name") != base:
            continue
        speed = (service.folder(job.id).result() or {}).get("tokens_per_second")
        if isinstance(speed, int | float) and speed > 0:
            speeds.append(float(speed))
        if len(speeds) == RUNS_COUNTED:
            break
    if not speeds:
        return None
    count = "the last run" if len(speeds) == 1 else f"the last {len(speeds)} runs"
    return Speed(
        median(speeds), f"Measured: {median(speeds):,.0f} tokens a second in {count} of this base model here."
    )
