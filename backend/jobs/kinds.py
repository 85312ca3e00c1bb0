"""THE list of what the service can run. A further kind is a params class, a program and one line in `JOB_KINDS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from backend.core.params import (
    DownloadParams,
    EvaluationParams,
    ExportParams,
    GenerationParams,
    MergeParams,
    Params,
    PublishParams,
    TrainParams,
)
from backend.core.paths import PROJECT_ROOT
from backend.jobs.machine import gpus


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    Args:
        name: as in requests and records.
        title: as people read it.
        params: the class that declares every parameter; its docstring describes the kind.
        program: what runs it, started as `python <program> --config <params.json>`.
        path: route that takes its submissions.
        needs_gpu: whether it waits in the GPU's queue, one job at a time, or in the other one.
        gpu_only_with: the switch without which it needs none; such a kind takes none on a machine without one either.
        required: fields that a request must give, though the command line can do without.
        elsewhere: fields that are no business of a job, each with the place to go instead.
        secrets: keys of the service that the program may see; the others are taken out of its environment.
        goes_online: whether it may ask the model hub; the others find their models on this machine, or not at all.
        base_only_with: the switches without which it does without a base model; none = it always needs one.
        makes: the field with the new folder that a run makes and nobody else may; None = it names its own.
        places: fields that are folders of the settings, each with the setting's name.
        one_of: fields of which a request must give at least one.
        can_finish: whether a run can be asked to end early and keep what it has made until then.
        travels: whether it may run on a cluster; such a kind needs no secret, and all it reads is named in its
            parameters.
    """

    name: str
    title: str
    params: type[Params]
    program: Path
    path: str
    needs_gpu: bool = True
    gpu_only_with: str | None = None
    required: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    goes_online: bool = False
    base_only_with: tuple[str, ...] = ()
    makes: str | None = "output_dir"
    places: Mapping[str, str] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    can_finish: bool = False
    travels: bool = False

    @property
    def description(self) -> str:
        """What the kind does, in a sentence."""
        return (self.params.__doc__ or "").strip().partition("\n")[0]

    @property
    def can_resume(self) -> bool:
        """Whether an unfinished run can go on from a checkpoint."""
        return "resume" in self.params.model_fields

    def waits_for_gpu(self, params: Mapping[str, Any]) -> bool:
        """Whether a job with these parameters waits in the GPU's queue; the same for as long as the service lives."""
        if not self.needs_gpu or self.gpu_only_with is None:
            return self.needs_gpu
        return bool(params.get(self.gpu_only_with)) and _has_gpu()


@cache
def _has_gpu() -> bool:
    # Asked once: a job that changed its queue while it waits could run twice, or never.
    return bool(gpus())


TRAIN = JobKind(
    "train", "Training", TrainParams, PROJECT_ROOT / "train.py", "/train",
    # The command line can take the name from the output folder; a request names the adapter, never a folder.
    required=("adapter_name",),
    secrets=frozenset({"WANDB_API_KEY", "MLFLOW_TRACKING_TOKEN"}),
    can_finish=True,
    travels=True,
)  # fmt: skip

# A merge computes from the adapters' files on the CPU, in seconds, beside whatever trains. Only its proof loads a
# model; on a GPU that would take the memory a training run counts on, so there it waits its turn.
MERGE = JobKind(
    "merge", "Merge", MergeParams, PROJECT_ROOT / "merge_multiple_loras.py", "/merge",
    gpu_only_with="prove",
    base_only_with=("prove", "into_base"),
    required=("adapters", "output_dir"),
    elsewhere={
        "report": "GET /adapters/compare compares adapters without writing anything: leave report out.",
        "verify": "verify checks a finished merge, on the command line: `python merge_multiple_loras.py --verify "
        "models/<name>`.",
    },
)  # fmt: skip

SERVICE_IS_A_SETTING = {
    "openai_api_base": "The language model service is a setting of this machine: OPENAI_API_BASE.",
    "api_key_env": "The key is a setting of this machine: OPENAI_API_KEY.",
    "prices_file": "prices_file may be given on the command line only; the service reads config/prices.yaml.",
}
"""Whoever may submit a job could otherwise have the key sent to an address of their own."""

# Judging is waiting for a server; only models that have to answer first need the GPU.
EVALUATE = JobKind(
    "evaluate", "Evaluation", EvaluationParams, PROJECT_ROOT / "eval.py", "/evaluate",
    gpu_only_with="models",
    elsewhere={
        **SERVICE_IS_A_SETTING,
        "compare": "GET /evaluations/compare?a=&b= compares two runs: leave compare out.",
        "rescore": "rescore computes figures anew, on the command line: `python eval.py rescore <run>`.",
        "resume": "POST /jobs/{job_id}/resume continues a stopped run: leave resume out.",
        "dry_run": "POST /evaluate/estimate tells what a run would take: leave dry_run out.",
        "output_dir": "Runs of the service go into EVALUATION_DIR: leave output_dir out.",
    },
    secrets=frozenset({"OPENAI_API_KEY"}),
    makes=None,
    places={"output_dir": "evaluation_dir"},
    one_of=("models", "predictions"),
)  # fmt: skip

# Writing waits for a server most of the time: it needs no GPU, and goes on from its rows after a restart.
GENERATE = JobKind(
    "generate", "Dataset generation", GenerationParams, PROJECT_ROOT / "dataset_generator.py", "/datasets/generate",
    needs_gpu=False,
    elsewhere={
        **SERVICE_IS_A_SETTING,
        "dry_run": "POST /datasets/generate/plan shows the plan and sends nothing: leave dry_run out.",
        "sample": "POST /datasets/generate/sample writes three records to look at: leave sample out.",
        "resume": "POST /jobs/{job_id}/resume goes on with a stopped job: leave resume out.",
        "output_path": "The dataset of a job goes to the data folder: give a name, or nothing.",
    },
    secrets=frozenset({"OPENAI_API_KEY"}),
    makes=None,
)  # fmt: skip

SAMPLE = replace(
    GENERATE,
    path="/datasets/generate/sample",
    elsewhere={name: place for name, place in GENERATE.elsewhere.items() if name != "sample"},
)
"""Three records of what `GENERATE` would write: jobs of that kind, on a route of their own."""

# Files are read and written, and no model is run: it needs no GPU, and nothing of the network.
EXPORT = JobKind(
    "export", "Export", ExportParams, PROJECT_ROOT / "backend" / "engine" / "export" / "__main__.py", "/export",
    needs_gpu=False,
    required=("output_dir",),
)  # fmt: skip

PUBLISH = JobKind(
    "publish", "Publish", PublishParams, PROJECT_ROOT / "backend" / "engine" / "publish.py", "/publish",
    needs_gpu=False,
    secrets=frozenset({"HF_TOKEN"}),
    goes_online=True,
    makes=None,
)  # fmt: skip

# Beside publishing the only kind that asks the hub and sees its token.
DOWNLOAD = JobKind(
    "download", "Model download", DownloadParams, PROJECT_ROOT / "backend" / "engine" / "download.py",
    "/models/download",
    needs_gpu=False,
    secrets=frozenset({"HF_TOKEN"}),
    goes_online=True,
    makes=None,
)  # fmt: skip

JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind for kind in (TRAIN, MERGE, EVALUATE, GENERATE, DOWNLOAD, EXPORT, PUBLISH)
}
