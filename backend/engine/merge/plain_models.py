"""The models of a proof, loaded as anybody would: the base by transformers, the result by PEFT or transformers."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.models.folder import require_safe
from backend.core.params import MergeParams
from backend.core.params.groups import ModelChoice
from backend.engine import loading
from backend.engine.device import Device, choose_device
from backend.engine.merge.base_folder import find_base
from backend.engine.merge.base_view import FourBit, four_bits_of, require_round_trip
from backend.engine.merge.checkpoint import open_checkpoint
from backend.engine.merge.deltas import LowRank
from backend.engine.merge.factorwise import norm
from backend.engine.merge.methods import METHODS
from backend.engine.merge.parents import Parent, modules_of, updates_of
from backend.engine.merge.shards import FIELD

SMALL = 1_000_000_000
"""Parameters below which a model is computed with in float32, where the error of a good merge is 1e-6."""
ROUNDING = {"F32": 2.0**-25, "F16": 2.0**-12, "BF16": 2.0**-9}
"""Typical error of rounding a weight to a stored type, relative to the weight: half the largest there is."""

LOADING_ERRORS = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
"""What transformers and PEFT raise for a model that does not fit or is damaged."""


class Broken(Exception):
    """The result does not load."""


@dataclass
class PlainBase:
    """A base model, loaded.

    Args:
        model: it, in evaluation mode.
        folder: where it came from.
        stored: the format's name of the largest weight's type.
        device, dtype: where it is, and what it computes in.
        vocabulary: size of its logits.
    """

    model: Any
    folder: Path
    stored: str
    device: torch.device
    dtype: torch.dtype
    vocabulary: int


def load_base(parents: Sequence[Parent], params: MergeParams, settings: Settings) -> PlainBase:
    """The base the merge is for, from this machine alone.

    Raises:
        BadModel: it is not here or cannot be loaded; the message offers to merge without a proof.
    """
    loading.quiet_libraries()
    try:
        folder = find_base(parents, params, settings).folder
        checkpoint = open_checkpoint(folder)
        tensors = checkpoint.tensors.values()
        size = sum(prod(tensor.shape) for tensor in tensors)
        device = _device_for(size)
        seen_in_4_bit = params.into_base and params.base_view == "nf4-roundtrip"
        view = require_round_trip(checkpoint, four_bits_of(parents)) if seen_in_4_bit else None
        model = _seen_in_4_bit(folder, view, device) if view else _load(folder, device)
    except (BadModel, *LOADING_ERRORS) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadModel(
            f"The proof needs the base model, which cannot be loaded: {first} Pass --base_model_name with its folder, "
            "or --prove false to merge without a proof.",
            "base_model_name",
        ) from error
    largest = max(tensors, key=lambda tensor: prod(tensor.shape))
    vocabulary = int(model.config.get_text_config().vocab_size)
    return PlainBase(model.eval(), folder, largest.dtype, torch.device(device.kind), device.dtype, vocabulary)


def load_result(folder: Path, base: PlainBase, *, adapter: bool) -> Any:
    """The result, on the base's own layers if it is an adapter; the base must not be used as such afterwards.

    Raises:
        Broken: it does not load.
    """
    try:
        if adapter:
            from peft import PeftModel

            require_safe(folder, "adapters")
            return PeftModel.from_pretrained(base.model, str(folder)).eval()
        base.model = None
        gc.collect()
        return _load(folder, Device(base.device.type, base.dtype, "")).eval()
    except LOADING_ERRORS as error:
        program = "PEFT" if adapter else "transformers"
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Broken(f"Plain {program} cannot load it: {first}") from error


def rounding_lost(base: PlainBase, parents: Sequence[Parent], params: MergeParams) -> float:
    """What rounding the sum to the base's type makes of the change: the squared ratio of the one to the other."""
    layers = dict(base.model.named_modules())
    changed = there = 0.0
    for module in modules_of(parents):
        updates, weights = updates_of(parents, module)
        delta = METHODS[params.method].apply(updates, weights, module, params)
        if isinstance(delta, LowRank):
            changed += norm(delta) ** 2
        else:
            changed += sum(float(delta.rows(start, stop).double().square().sum()) for start, stop in delta.blocks())
        if module in layers:
            there += float(layers[module].weight.detach().float().norm()) ** 2
    return (there + changed) * ROUNDING[base.stored] ** 2 / changed if changed else 0.0


def _device_for(parameters: int) -> Device:
    """The best one with room to spare: other work may be using the GPU."""
    device = choose_device(ModelChoice())
    dtype = torch.float32 if parameters < SMALL else device.dtype
    if device.kind != "cpu" and parameters * dtype.itemsize > (device.free_bytes() or 0) // 2:
        device = choose_device(ModelChoice(device="cpu"))
        dtype = torch.float32 if parameters < SMALL else device.dtype
    return Device(device.kind, dtype, device.sentence)


def _load(folder: Path, device: Device) -> Any:
    require_safe(folder, FIELD)
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=device.dtype,
        device_map={"": device.kind},
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )


def _seen_in_4_bit(folder: Path, how: FourBit, device: Device) -> Any:
    """The base with its linear layers as training saw them, by bitsandbytes itself and not by our own round trip."""
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=how.kind,
        bnb_4bit_use_double_quant=how.double,
        bnb_4bit_compute_dtype=how.dtype,
    )
    require_safe(folder, FIELD)
    packed = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=how.dtype,
        quantization_config=config,
        device_map={"": device.kind},
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
    )
    loading.keep_weights_unpacked(packed)
    names = [name for name, layer in packed.named_modules() if type(layer).__name__ == "Linear4bit"]
    unpacked, model = packed.dequantize(), _load(folder, device)
    for name in names:
        model.get_submodule(name).weight.data.copy_(unpacked.get_submodule(name).weight)
    return model
