"""Parameters of a training run that a cluster's launcher starts: those of the run, and what the launcher must know."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from backend.core.params.base import Name, Params
from backend.core.params.train import TrainParams

Word = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")]
"""A name that a cluster has given to something."""


class Cluster(Params):
    title: ClassVar[str] = "Cluster"

    gpus_per_machine: int = Field(8, ge=1, le=64)
    """GPUs of a machine, each with a process: num_processes follows from it and num_machines"""
    hours: int = Field(24, ge=1, le=8760)
    """After which the cluster ends the run, a checkpoint having been asked for"""
    needs_token: bool = False
    """Whether the base model can be had with HF_TOKEN alone; the file names where it is kept, and never holds it"""

    @model_validator(mode="before")
    @classmethod
    def _one_process_a_gpu(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        try:
            count = int(data.get("num_machines", 1)) * int(data.get("gpus_per_machine", 8))
            given = int(data.get("num_processes", count))
        except (TypeError, ValueError):
            return data  # told field by field
        if given != count:
            raise ValueError(
                f"num_processes={given} are not one for each of the {count} GPUs (num_machines times "
                "gpus_per_machine): leave num_processes out"
            )
        return {**data, "num_processes": count}


class SlurmLaunch(Cluster, TrainParams):
    """Write a batch script for Slurm that trains on every GPU of some nodes."""

    title: ClassVar[str] = "Slurm"
    never_from_environment: ClassVar[frozenset[str]] = TrainParams.never_from_environment | {"partition", "account"}

    partition: Word | None = None
    """Partition (queue) that the job waits in; empty = the cluster's own choice"""
    account: Word | None = None
    """Account that the hours are charged to; empty = yours"""


class KubernetesLaunch(Cluster, TrainParams):
    """Write a TrainJob for Kubeflow Trainer 2 that trains on every GPU of some pods."""

    title: ClassVar[str] = "Kubernetes"
    never_from_environment: ClassVar[frozenset[str]] = TrainParams.never_from_environment | {"image", "runtime"}

    image: Word
    """Container image whose working directory is the project"""
    volume_claim: Name
    """Persistent volume claim (ReadWriteMany) with data/ and models/ in it, seen by all pods"""
    runtime: Name = "torch-distributed"
    """Cluster training runtime that the job is made from"""
    token_secret: Name = "huggingface"
    """Secret whose key `token` is HF_TOKEN, where needs_token is set"""


class SkyPilotLaunch(Cluster, TrainParams):
    """Write a task for SkyPilot that trains on every GPU of some rented machines."""

    title: ClassVar[str] = "SkyPilot"

    accelerator: Word
    """Kind of GPU, as `sky show-gpus` names it, e.g. H100"""
    volume: Name | None = None
    """Volume with data/ and models/ in it, seen by all machines; empty = a single machine's own disk"""

    @model_validator(mode="after")
    def _one_folder(self) -> SkyPilotLaunch:
        if self.num_machines > 1 and self.volume is None:
            raise ValueError(
                "num_machines: several machines write one run's folder: give volume, which all of them see"
            )
        return self
