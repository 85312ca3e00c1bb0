"""THE list of what the service can run. A further kind is a params class, a program and one line in `JOB_KINDS`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.cli import read_config
from backend.core.params import Params, TrainParams
from backend.core.paths import PROJECT_ROOT

CONFIG_DIR = PROJECT_ROOT / "config"


@dataclass(frozen=True)
class Preset:
    """A ready-made starting point of a form: a file of `config/`."""

    id: str
    title: str
    description: str
    file: str


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
        secrets: keys of the service that the program may see; the others are taken out of its environment.
        presets: starting points with a title of their own; every other `config/<name>_*.yaml` is one too.
    """

    name: str
    title: str
    params: type[Params]
    program: Path
    path: str
    needs_gpu: bool = True
    secrets: frozenset[str] = frozenset()
    presets: tuple[Preset, ...] = ()

    @property
    def description(self) -> str:
        """What the kind does, in a sentence."""
        return (self.params.__doc__ or "").strip().partition("\n")[0]

    @property
    def can_resume(self) -> bool:
        """Whether an unfinished run can go on from a checkpoint."""
        return "resume" in self.params.model_fields

    def all_presets(self, folder: Path = CONFIG_DIR) -> list[tuple[Preset, dict[str, Any]]]:
        """The presets whose file exists, with their values.

        Raises:
            InvalidInput: a file is not YAML.
        """
        titled = {preset.file: preset for preset in self.presets}
        found = {path.name: path for path in sorted(folder.glob(f"{self.name}_*.yaml"))}
        ordered = [*(name for name in titled if name in found), *(name for name in found if name not in titled)]
        return [(titled.get(name) or _untitled(self.name, name), read_config(found[name])) for name in ordered]


def _untitled(kind: str, file: str) -> Preset:
    words = file.removeprefix(f"{kind}_").removesuffix(".yaml").replace("_", " ")
    return Preset(words.replace(" ", "-"), words.capitalize(), f"The values of config/{file}.", file)


SAMPLE_RUN = Preset(
    "tiny-sample",
    "Sample run",
    "Two minutes on any laptop: the built-in model learns physics",
    "train_tiny_physics.yaml",
)

JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind("train", "Training", TrainParams, PROJECT_ROOT / "train.py", "/train", presets=(SAMPLE_RUN,)),
    )
}
