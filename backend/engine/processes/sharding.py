"""A base that is too large for one GPU: its weights shared out among the processes, by FSDP or by DeepSpeed's ZeRO-3.

`accelerate launch` asks for it with a file of `config/accelerate`, and the Trainer does it. What is here is what a
quantised base and an adapter need besides, as PEFT's documentation has it
(https://huggingface.co/docs/peft/accelerate/fsdp, .../deepspeed).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import torch
from peft.utils import SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import load_file, save_file
from torch.distributed.fsdp import FullyShardedDataParallel

from backend.core.errors import InvalidInput
from backend.core.params import TrainParams
from backend.engine.device import Device
from backend.engine.processes.place import is_sharded

WRAPPED = "_fsdp_wrapped_module"
"""What FSDP puts into the paths of the modules it holds."""


def for_sharding(params: TrainParams, device: Device) -> TrainParams:
    """The parameters of a run whose base is sharded, in which nothing needs the base in one piece; others as they are.

    Packed 4-bit weights are kept in the type of everything else, as FSDP shards weights of one type only.

    Raises:
        InvalidInput: something was asked for that such a run cannot do.
    """
    if not is_sharded():
        return params
    storage = str(device.dtype).removeprefix("torch.")
    impossible = {
        "device": device.kind != "cuda",
        "load_in_8bit": params.load_in_8bit,
        "auto_find_batch_size": params.auto_find_batch_size,
        "measured_steps": params.measured_steps > 0,
        "padding_free": params.padding_free == "yes",
        # The state of a paged optimiser cannot be gathered for a checkpoint, nor a best one be gone back to.
        "optim": "paged" in params.optim,
        "early_stopping_patience": params.early_stopping_patience is not None,
        "bnb_4bit_quant_storage": params.load_in_4bit and params.bnb_4bit_quant_storage not in ("uint8", storage),
    }
    if name := next((name for name, is_asked in impossible.items() if is_asked), None):
        told = device.kind if name == "device" else getattr(params, name)
        raise InvalidInput(
            f"{name}={told}: not where FSDP or DeepSpeed shares out the base among the GPUs, as was asked. "
            "Leave it out, or launch with config/accelerate/ddp.yaml.",
            name,
        )
    return params.model_copy(
        update={"bnb_4bit_quant_storage": storage, "padding_free": "no", "sample_questions": 0, "sample_prompts": []}
    )


SENTENCE = (
    "Sharded: each process holds a part of the base. 4-bit weights are kept as {storage}, examples are padded, and "
    "there are no sample answers."
)


def sentences(params: TrainParams) -> list[str]:
    """What a person should know of a run whose base is sharded, given its parameters; nothing of another."""
    return [SENTENCE.format(storage=params.bnb_4bit_quant_storage)] if is_sharded() else []


def whole_adapter(model: Any) -> dict[str, torch.Tensor] | None:
    """The trained weights by name, gathered from all processes in the memory of the host; each process must ask.

    Args:
        model: as the Trainer has wrapped it.

    Returns:
        None where each process has them whole. Under FSDP those of the other processes than the main one are empty.
    """
    if is_fsdp(model):
        return _of_fsdp(model)
    if any(hasattr(weight, "ds_id") for weight in model.parameters()):
        return _of_zero(model)
    return None


def is_fsdp(model: Any) -> bool:
    """Whether FSDP holds the model."""
    return isinstance(model, FullyShardedDataParallel)


def save_adapter(model: Any, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
    """The adapter as PEFT saves one; of the main process alone.

    By hand, as PEFT 0.21 finds no adapter in the modules that FSDP has wrapped, and would save an empty one.

    Args:
        model: the PeftModel.
        weights: as `whole_adapter` gathers them.
    """
    config = copy(model.peft_config[model.active_adapters[0]])
    config.inference_mode = True
    config.save_pretrained(str(folder))
    found = {_saved_as(name): weight.contiguous() for name, weight in weights.items()}
    save_file(found, folder / SAFETENSORS_WEIGHTS_NAME, metadata={"format": "pt"})


def load_adapter(model: FullyShardedDataParallel, folder: Path) -> None:
    """Put a saved adapter into the parts that the processes hold; each must do it."""
    saved = load_file(folder / SAFETENSORS_WEIGHTS_NAME)
    for name, unit in _trained_units(model):
        with FullyShardedDataParallel.summon_full_params(unit, recurse=False, writeback=True):
            for key, weight in _own(unit.module):
                weight.copy_(saved[_saved_as(f"{name}.{key}")])


def _of_fsdp(model: FullyShardedDataParallel) -> dict[str, torch.Tensor]:
    """Unit by unit: PEFT's policy gives each trained weight one of its own, so that the base is never gathered."""
    found: dict[str, torch.Tensor] = {}
    for name, unit in _trained_units(model):
        with FullyShardedDataParallel.summon_full_params(unit, recurse=False, writeback=False, rank0_only=True):
            if torch.distributed.get_rank() == 0:
                found |= {f"{name}.{key}": weight.cpu().clone() for key, weight in _own(unit.module)}
    return found


def _trained_units(model: FullyShardedDataParallel) -> Iterator[tuple[str, FullyShardedDataParallel]]:
    """Those with trained weights of their own, not of one within them, by the paths that they had before."""
    for path, unit in list(model.named_modules()):
        if is_fsdp(unit) and any(weight.requires_grad for _, weight in unit.module.named_parameters(recurse=False)):
            yield ".".join(part for part in path.split(".") if part != WRAPPED), unit


def _own(module: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [(key, weight.detach()) for key, weight in module.named_parameters(recurse=False)]


def _saved_as(name: str) -> str:
    """The name in the file: without the adapter's own; a vector of DoRA's is saved as if it were no module."""
    path, _, rest = name.rpartition(".default")
    return path if path.endswith("lora_magnitude_vector") else path + rest


def _of_zero(model: Any) -> dict[str, torch.Tensor]:
    import deepspeed

    trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    with deepspeed.zero.GatheredParameters(list(trained.values())):
        return {name.removeprefix("module."): weight.detach().cpu().clone() for name, weight in trained.items()}
