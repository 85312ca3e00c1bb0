"""What this machine makes of choices that are meant for another: refused where they cannot work, told where they
gain nothing."""

from __future__ import annotations

import importlib.util

import torch
from transformers.training_args import OptimizerNames

from backend.core.errors import InvalidInput, MissingDependency
from backend.core.params import TrainParams
from backend.engine.device import Device

PACKAGES = {
    "galore_torch": ("galore",),
    "bitsandbytes": ("adamw_8bit", "bnb", "paged", "ademamix", "lion"),
    "torchao": ("adamw_torch_4bit", "adamw_torch_8bit"),
    "apollo_torch": ("apollo",),
    "lomo_optim": ("lomo",),
    "grokadamw": ("grokadamw",),
    "schedulefree": ("schedule_free",),
    "optimi": ("stable_adamw",),
    "torch_xla": ("torch_xla",),
    "torch_npu": ("npu",),
    "torchdistx": ("anyprecision",),
}
"""Packages that optimisers come from, with a piece of the optimisers' names."""


def cautions(params: TrainParams, device: Device) -> list[str]:
    """Sentences on what was chosen in vain.

    Raises:
        InvalidInput: the installed Trainer does not know the optimiser, or something does not run on this device.
        MissingDependency: its package is not installed.
    """
    package = _package_of(params.optim)
    told = []
    if package == "bitsandbytes" and device.kind == "mps":
        raise InvalidInput(
            f"optim={params.optim}: bitsandbytes has no optimisers for Apple GPUs: leave it out.", "optim"
        )
    if package == "bitsandbytes" and device.kind == "cpu":
        told.append(
            f"Mind: optim={params.optim} gains nothing on a CPU. An adapter's optimiser has small states, nothing is "
            "paged, and a step of bitsandbytes' 8-bit AdamW took 28 times as long as adamw_torch_fused's."
        )
    if params.activation_offload and device.kind != "cuda":
        told.append("Mind: activation_offload is left out, for only a GPU has activations to move to the host.")
    if device.kind == "cuda" and device.index is None and (found := torch.cuda.device_count()) > 1:
        told.append(
            f"Mind: of the {found} GPUs that are visible one is used. --num_processes {found} trains on all of them."
        )
    if params.auto_find_batch_size and device.kind == "mps":
        raise InvalidInput(
            "auto_find_batch_size: what an Apple GPU takes cannot be measured. Leave it out, and give "
            "per_device_train_batch_size and gradient_accumulation_steps.",
            "auto_find_batch_size",
        )
    return told


def _package_of(optimiser: str) -> str | None:
    """The package that an optimiser comes from; None = PyTorch or transformers. Raises as `cautions`."""
    known = sorted(member.value for member in OptimizerNames)
    if optimiser not in known:
        raise InvalidInput(
            f"optim={optimiser}: the installed Trainer does not know it. Known: {', '.join(known)}.", "optim"
        )
    package = next((name for name, pieces in PACKAGES.items() if any(piece in optimiser for piece in pieces)), None)
    if package is not None and importlib.util.find_spec(package) is None:
        raise MissingDependency(
            f"optim={optimiser} needs the package {package}, which is not installed: install it, or take "
            "adamw_torch_fused."
        )
    return package
