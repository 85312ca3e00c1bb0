"""What competes in a training benchmark: trainers. All adapt every linear layer with rank 16, without dropout."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from transformers import DataCollatorWithFlattening, Trainer
from transformers import TrainingArguments as Arguments

from backend.core.params import TrainParams
from backend.engine import training
from backend.engine.collator import DataCollatorForCausalLM
from backend.engine.device import Device
from backend.engine.kernels import keep_few_kernels
from backend.engine.processes.world import ALONE, World
from backend.engine.unpadded.layout import choose_layout
from benchmarks.random_models import LONGEST


def parameters(batch: int, **given: Any) -> TrainParams:
    """A run of ours; what is not given is the product's default."""
    return TrainParams(
        dataset_path="x", adapter_name="x", per_device_train_batch_size=batch, lora_dropout=0.0, save_steps=10**6,
        max_length=LONGEST, **{"gradient_accumulation_steps": 1, **given},
    )  # fmt: skip


def ours(
    model: Any, params: TrainParams, features: Sequence[dict[str, Any]], device: Device, world: World = ALONE
) -> Trainer:
    """The product's own Trainer, without checkpoints."""
    run = SimpleNamespace(saving=Path(tempfile.mkdtemp(prefix="contender-")))
    trainer = product_trainer(model, params, features, device, run, [], world)
    for callback in [one for one in trainer.callback_handler.callbacks if type(one).__name__ == "SealCheckpoints"]:
        trainer.remove_callback(callback)
    trainer.args.save_strategy = "no"
    return trainer


def product_trainer(
    model: Any,
    params: TrainParams,
    features: Sequence[dict[str, Any]],
    device: Device,
    run: Any,
    callbacks: list[Any],
    world: World = ALONE,
) -> Trainer:
    """The product's own Trainer on a base that has no adapter yet.

    Args:
        run: where checkpoints go.
        world: of the processes that train.
    """
    keep_few_kernels()
    model = training.attach_adapter(model, params)
    layout = choose_layout(model, params, features, device, world)
    prepared: Any = SimpleNamespace(
        train=SimpleNamespace(features=list(features)), evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0)
    )
    return training.build_trainer(model, params, prepared, device, run, callbacks, pads=layout.pads, world=world)


def plain(
    model: Any,
    params: TrainParams,
    features: Sequence[dict[str, Any]],
    device: Device,
    *,
    helper: bool = False,
    flattened: bool = False,
    pieces: int = 1,
    **given: Any,
) -> Trainer:
    """transformers' Trainer with PEFT.

    Args:
        helper: through `prepare_model_for_kbit_training`.
        flattened: examples end to end by `DataCollatorWithFlattening`; else padded to the longest of a batch.
        pieces: batches in which a step's examples are given, padding grows with their size.
        given: further `TrainingArguments`.
    """
    from datasets import Dataset

    if helper:
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    arguments = Arguments(**{
        **arguments_of(params, device), "per_device_train_batch_size": params.per_device_train_batch_size // pieces,
        "gradient_accumulation_steps": pieces, "remove_unused_columns": False, **given,
    })  # fmt: skip
    rows = Dataset.from_list([{name: one[name] for name in ("input_ids", "labels")} for one in features])
    return Trainer(
        model=training.attach_adapter(model, params),
        args=arguments,
        train_dataset=rows,
        data_collator=DataCollatorWithFlattening() if flattened else DataCollatorForCausalLM(0),
    )


def arguments_of(params: TrainParams, device: Device) -> dict[str, Any]:
    """What a peer's `TrainingArguments` have of a run of ours."""
    return {
        "output_dir": tempfile.mkdtemp(prefix="contender-"), "max_steps": params.max_steps,
        "per_device_train_batch_size": params.per_device_train_batch_size, "learning_rate": params.learning_rate,
        "num_train_epochs": params.num_train_epochs, "logging_steps": params.logging_steps,
        "save_strategy": "no", "report_to": "none", "use_cpu": device.kind == "cpu",
        "bf16": device.dtype == torch.bfloat16, "disable_tqdm": True, "optim": "adamw_torch_fused",
        "lr_scheduler_type": "cosine", "warmup_steps": params.warmup_ratio,
    }  # fmt: skip


def trl(
    model: Any, params: TrainParams, features: Sequence[dict[str, Any]], device: Device, *, packed: bool = False
) -> Trainer:
    """TRL's `SFTTrainer`.

    Args:
        packed: examples in rows of `LONGEST` tokens, a row a step: about as many tokens as a step of ours has.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    rows = [
        {"input_ids": one["input_ids"], "completion_mask": [int(label != -100) for label in one["labels"]]}
        for one in features
    ]
    given = {**arguments_of(params, device), "gradient_checkpointing": False}
    return SFTTrainer(
        model=training.attach_adapter(model, params),
        args=SFTConfig(**given | ({"per_device_train_batch_size": 1} if packed else {}), packing=packed,
                       max_length=LONGEST, completion_only_loss=True, dataset_kwargs={"skip_prepare_dataset": False}),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer_of(model.config.vocab_size),
    )  # fmt: skip


def tokenizer_of(vocabulary: int) -> Any:
    """A tokenizer of so many words, for those that must have one."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({f"w{index}": index for index in range(vocabulary)}, unk_token="w0"))
    return PreTrainedTokenizerFast(tokenizer_object=words, eos_token="w1", pad_token="w0")
