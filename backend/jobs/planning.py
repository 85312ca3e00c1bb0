"""The estimate of a run from what this service can see: the file's characters, the model's config, earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

from backend.core.data.datasets import LoadedDataset
from backend.core.data.prompts import named_template
from backend.core.data.segments import segments_of
from backend.core.environment.hardware import Hardware, hardware
from backend.core.estimates.counting import tokens_in
from backend.core.estimates.estimate import DataShape, Estimate, estimate
from backend.core.estimates.history import PastRun, past_runs, summary_of
from backend.core.estimates.memory import DeviceKind
from backend.core.estimates.speed import same_base, speed_of
from backend.core.models.shapes import ModelShape, shape_of
from backend.core.params import TrainParams
from backend.core.storage.files import sha256_of
from backend.jobs.confine import base_model, dataset_path
from backend.jobs.machine import Machine, machine
from backend.jobs.service import Service

COUNTING = ("prompt_template", "system_prompt", "column_mapping", "max_train_samples", "validation_split")
"""Parameters that change how many tokens a dataset has."""


@dataclass(frozen=True)
class Ground:
    """What estimates of one run rest on; also those of the same run with other parameters that leave its data alone.

    Args:
        data: the lengths of the examples.
        base: where the base model lies, or its id.
        processes: that train together.
        room: free bytes of the device's memory, for one of them.
        runs: earlier ones on such a device.
    """

    data: DataShape
    model: ModelShape
    base: str
    device: DeviceKind
    processes: int
    room: int
    disk: int
    runs: Sequence[PastRun]

    def estimate(self, params: TrainParams) -> Estimate:
        """Tokens, steps, memory and time."""
        ready = params.model_copy(update={"base_model_name": self.base})
        return estimate(
            params,
            self.data,
            self.model,
            device=self.device,
            processes=self.processes,
            available_bytes=self.room,
            free_disk_bytes=self.disk,
            speed=speed_of(self.runs, ready),
        )


def plan(service: Service, params: TrainParams) -> Estimate:
    """Tokens, steps, memory and time of a run that has not been started. Raises as `ground` does."""
    on = ground(service, params)
    return on.estimate(params).model_copy(update={"history": summary_of(on.runs)})


def ground(service: Service, params: TrainParams) -> Ground:
    """What an estimate of the run rests on.

    Raises:
        InvalidInput: the dataset or the base model is not one a run could be started with.
        BadDataset: the dataset cannot be read.
    """
    settings = service.settings
    path = dataset_path(params.dataset_path, settings)
    base = base_model(params.base_model_name, settings)
    folder = Path(base)
    here = machine(settings.model_output_dir)
    device = here.device if params.device == "auto" else params.device
    processes = params.num_processes
    past = past_runs(settings.model_output_dir, hardware_of(here, processes))
    runs = [run for run in past if run.hardware.device == device]
    ready = params.model_copy(update={"base_model_name": base})
    counted = replace(
        characters_as_tokens(service.datasets.load_path(path, params.column_mapping), params),
        evaluation_tokens=_scored(service, params),
    )
    return Ground(
        as_counted_before(counted, path, ready, runs),
        shape_of(params.base_model_name, folder if folder.is_absolute() else None),  # else a hub id, no place here
        base,
        device,
        processes,
        _free(here, device, processes),
        here.disk_free_bytes,
        runs,
    )


def _scored(service: Service, params: TrainParams) -> int:
    """Tokens of the validation file; 0 without one."""
    if params.eval_dataset_path is None:
        return 0
    path = dataset_path(params.eval_dataset_path, service.settings, "eval_dataset_path")
    lengths = characters_as_tokens(service.datasets.load_path(path, params.column_mapping), params).lengths
    return sum(min(length, params.max_length) for length in lengths)


def _free(here: Machine, device: str, processes: int) -> int:
    """Bytes for each process: of the fullest of the cards that are emptiest, or its part of the host's."""
    cards = sorted((gpu.memory_total_bytes - gpu.memory_used_bytes for gpu in here.gpus), reverse=True)
    if device != "cuda" or not cards:
        return here.memory_available_bytes // processes
    return cards[min(processes, len(cards)) - 1]


def history(service: Service) -> list[PastRun]:
    """The runs that ended on this machine with what was predicted of them, newest first."""
    folder = service.settings.model_output_dir
    return past_runs(folder, hardware_of(machine(folder)))


def hardware_of(here: Machine, processes: int = 1) -> list[Hardware]:
    """What a run of so many processes can compute on here."""
    cards = [hardware("cuda", gpu.name, processes) for gpu in here.gpus]
    others = ["mps", "cpu"] if here.device == "mps" else ["cpu"]
    return [*cards, *(hardware(kind, None, processes) for kind in others)]


def characters_as_tokens(data: LoadedDataset, params: TrainParams) -> DataShape:
    """The lengths of the examples, rendered as they will be, told from their characters."""
    template = named_template("qwen" if params.prompt_template == "auto" else params.prompt_template)
    lengths, supervised = [], 0
    for record in data.records:
        segments = segments_of(record.messages, template, record.tools)
        counts = [tokens_in(segment.text) for segment in segments]
        lengths.append(sum(counts))
        supervised += sum(
            count
            for count, segment in zip(counts, segments, strict=True)
            if segment.supervised or not params.completion_only_loss
        )
    return DataShape(
        lengths, supervised, "Told from the characters and their scripts; a run counts with its tokenizer."
    )


def as_counted_before(data: DataShape, path: Path, params: TrainParams, runs: Sequence[PastRun]) -> DataShape:
    """The lengths, scaled to what the tokenizer counted in an earlier run of the same data and base, if there is one.

    Args:
        path: of the dataset.
    """
    now = params.model_dump(mode="json", include=set(COUNTING))
    alike = [
        run
        for run in runs
        if same_base(run.base, params.base_model_name) and all(run.params.get(name) == now[name] for name in COUNTING)
    ]
    digest = sha256_of(path) if alike else ""
    run = next((run for run in alike if run.dataset.sha256 == digest), None)
    if run is None:
        return data
    tokens = round(run.dataset.whole_tokens / run.dataset.usable * len(data.lengths))
    return replace(
        data,
        lengths=_with_sum(data.lengths, tokens),
        supervised_tokens=round(data.supervised_tokens * tokens / sum(data.lengths)),
        basis=f"Counted with the model's own tokenizer when {run.name} was trained on the same data.",
    )


def _with_sum(lengths: Sequence[int], tokens: int) -> list[int]:
    """The lengths in proportion, rounded so that together they are exactly so many tokens."""
    scale = tokens / sum(lengths)
    ends = [round(end * scale) for end in accumulate(lengths)]
    return [end - begin for begin, end in pairwise([0, *ends])]
