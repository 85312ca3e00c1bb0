"""How fast training goes on this machine, told from the runs that ended here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from backend.core.errors import InvalidInput
from backend.core.estimates.history import Outcome, PastRun
from backend.core.estimates.work import Work
from backend.core.params import TrainParams
from backend.core.paths import normalise_path

RUNS_COUNTED = 5
SHORTEST_SECONDS = 1.0
"""Of training from which a speed can be told: the first step alone takes longer than the next ones."""
DECIDING = (
    "dtype", "load_in_4bit", "load_in_8bit", "gradient_checkpointing", "gradient_checkpointing_every",
    "activation_offload", "padding_free", "group_by_length", "use_dora", "lora_r", "lora_target_modules",
    "lora_dropout", "optim", "per_device_train_batch_size", "gradient_accumulation_steps", "max_length",
    "auto_find_batch_size",
)  # fmt: skip
"""Parameters that change how many operations a second are reached, beside the base model and the machine."""


@dataclass(frozen=True)
class Speed:
    """How fast runs of a kind go.

    Args:
        flops_per_second: operations a second (`backend.core.estimates.work`) while it learns.
        fixed_seconds: for loading, preparing and saving at the end.
        basis: a sentence on what this rests on.
        scoring_flops_per_second: the same while it is scored; None = as while it learns.
        beside_seconds: of training, that its operations do not tell: the slow first steps, checkpoints.
    """

    flops_per_second: float
    fixed_seconds: float
    basis: str
    scoring_flops_per_second: float | None = None
    beside_seconds: float = 0.0

    def seconds_for(self, work: Work) -> float:
        """Of training, evaluations included."""
        scoring = work.scoring / (self.scoring_flops_per_second or self.flops_per_second)
        return work.training / self.flops_per_second + scoring + self.beside_seconds


def speed_of(runs: Sequence[PastRun], params: TrainParams) -> Speed | None:
    """The speed that earlier runs of the same base model reached; None without any.

    Those with the same settings count alone; where there are none, those with the fewest others.

    Args:
        runs: on this machine, newest first.
    """
    usable = [
        run
        for run in runs
        if same_base(run.base, params.base_model_name) and run.result.train_seconds >= SHORTEST_SECONDS
    ]
    if not usable:
        return None
    apart = [_differing(run, params) for run in usable]
    nearest = min(map(len, apart))
    chosen = [(run, other) for run, other in zip(usable, apart, strict=True) if len(other) == nearest][:RUNS_COUNTED]
    rates = [run.result.flops / run.result.train_seconds for run, _ in chosen]
    fixed = median(_beside_training(run.result) for run, _ in chosen)
    return Speed(median(rates), fixed, _basis([run for run, _ in chosen], chosen[0][1]))


def _beside_training(result: Outcome) -> float:
    """Seconds for loading, preparing and saving. The base model was there the next time."""
    return max(0.0, result.seconds - result.train_seconds - result.base_seconds)


def same_base(one: str, other: str) -> bool:
    """Whether two runs name the same base model, be it by a relative or an absolute path."""
    return one == other or (_place(one) is not None and _place(one) == _place(other))


def _place(name: str) -> Path | None:
    try:
        folder = normalise_path(name, Path.cwd())
        return folder.resolve() if folder.is_dir() else None
    except (InvalidInput, OSError, ValueError):  # no name a file can have
        return None


def _differing(run: PastRun, params: TrainParams) -> list[str]:
    """Names of the deciding parameters that were others."""
    now = params.model_dump(mode="json", include=set(DECIDING))
    return [name for name in DECIDING if run.params.get(name) != now[name]]


def _basis(runs: Sequence[PastRun], others: Sequence[str]) -> str:
    count = "the last run" if len(runs) == 1 else f"the last {len(runs)} runs"
    speeds = [run.result.tokens_per_second for run in runs if run.result.tokens_per_second]
    told = f"{median(speeds):,.0f} tokens a second" if speeds else "the speed"
    if not others:
        return f"Measured: {told} in {count} of this base model with these settings here."
    return (
        f"Scaled by the operations of a step from {told} in {count} of this base model here, with other "
        f"{', '.join(others[:3])}{' and more' if len(others) > 3 else ''}."
    )
