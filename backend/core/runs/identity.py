"""What decides the result of a training run, and what may have changed when it is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.errors import ResumeRefused
from backend.core.params import TrainParams
from backend.core.params.groups import Lora, Processes, Quantisation, SampleAnswers, Tracking
from backend.core.paths import shown
from backend.core.storage.files import partial_of
from backend.core.versions import versions

FREE = frozenset({*SampleAnswers.model_fields, *Tracking.model_fields, *Processes.model_fields}) | frozenset(
    {
        "resume", "resume_with_changes", "dry_run", "measured_steps", "description", "register_adapter",
        "logging_steps", "save_total_limit", "adapter_name", "output_dir",
        # What these name is compared by its content.
        "dataset_path", "eval_dataset_path", "model_revision", "device", "dtype",
    }
)  # fmt: skip
"""Parameters that do not decide what is learnt; how many processes there are is told by `processes`, whoever has
started them."""
FIXED = (
    frozenset({"base_model_name", "base", "optim", "learning_rate", "weight_decay"})
    | frozenset(Quantisation.model_fields)
    | frozenset(Lora.model_fields) - {"lora_dropout"}
)
"""What no flag overrides: the checkpoint's tensors fit only this base and this shape of adapter, and its optimiser
and schedule carry their rate with them, so that a new one would be taken and not used."""
DECIDING_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was.

    Args:
        name: of the parameter, `dataset`, `eval_dataset`, `base`, `computes_on`, `processes`, or `versions.<package>`.
        before, now: its values.
    """

    name: str
    before: Any
    now: Any

    @property
    def sentence(self) -> str:
        """For people; the values where they can read them."""
        if self.name in ("dataset", "eval_dataset", "base"):
            return f"{self.name} has other content"
        return f"{self.name.removeprefix('versions.')} was {_told(self.before)} and is {_told(self.now)}"


def identity_of(
    params: TrainParams, *, dataset: str, eval_dataset: str | None, base: str, computes_on: str, processes: int = 1
) -> dict[str, Any]:
    """Everything that decides the result, for `params.json` and the manifests of the checkpoints.

    Args:
        params: of the run.
        dataset, eval_dataset: hashes of the files' content.
        base: the base model's fingerprint.
        computes_on: the device and the precision that were chosen.
        processes: that train together.
    """
    installed = versions()
    return {
        **params.model_dump(mode="json"),
        "dataset": dataset,
        "eval_dataset": eval_dataset,
        "base": base,
        "computes_on": computes_on,
        # Not told of one: so are the runs that were begun before there could be more.
        **({"processes": processes} if processes > 1 else {}),
        "versions": {name: installed.get(name) for name in DECIDING_PACKAGES},
    }


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """What of the identity changed, in the order of the names."""
    old, new = _flat(before), _flat(now)
    free = FREE if now.get("early_stopping_patience") else FREE | {"save_steps"}
    names = sorted((set(old) | set(new)) - free)
    return [Difference(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def require_same(before: Mapping[str, Any], now: Mapping[str, Any], target: Path, *, with_changes: bool) -> str:
    """Check that a run which is resumed is the one that was begun.

    Args:
        before, now: what decided its result, and what decides it now.
        target: the folder it is to make.
        with_changes: pass over what has a meaning when it changes.

    Returns:
        What was passed over, for people.

    Raises:
        ResumeRefused: something else changed.
    """
    changed = differences(before, now)
    told = ", ".join(difference.sentence for difference in changed)
    fixed = ", ".join(difference.name for difference in changed if difference.name in FIXED)
    if not changed or (with_changes and not fixed):
        return told
    way_on = (
        f"(--resume_with_changes does not help: what was saved fits only the {fixed} it was made with)"
        if fixed
        else "or continue nevertheless with --resume_with_changes"
    )
    raise ResumeRefused(
        f"The unfinished run of {shown(target)} was another one: {told}. Resume it as it was, or delete "
        f"{shown(partial_of(target))} to start afresh, {way_on}."
    )


def _flat(identity: Mapping[str, Any]) -> dict[str, Any]:
    packages = identity.get("versions") or {}
    rest = {name: value for name, value in identity.items() if name != "versions"}
    return {**rest, **{f"versions.{name}": version for name, version in packages.items()}}


def _told(value: Any) -> str:
    return "not set" if value is None else str(value)
