"""From parameters to a Trainer: the adapter on the base, the Trainer's arguments, the callbacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from accelerate.data_loader import SeedableRandomSampler
from peft import LoraConfig, TaskType, get_peft_model
from torch.utils.data import RandomSampler
from transformers import PreTrainedModel, Trainer, TrainerCallback, TrainingArguments, set_seed

from backend.core.errors import InvalidInput
from backend.core.params import TrainParams
from backend.core.params.groups import Optimisation
from backend.core.runs.folder import RunFolder
from backend.engine.callbacks import EarlyStopping
from backend.engine.checkpoints import SealCheckpoints
from backend.engine.collator import EndToEndCollator, collator_for
from backend.engine.device import Device, own_gpu
from backend.engine.preparation import Prepared
from backend.engine.processes import sharding
from backend.engine.processes.shares import Dealt, Evened
from backend.engine.processes.world import ALONE, World
from backend.engine.sampler import LengthGroupedSampler
from backend.engine.scoring import ComputeMetrics
from backend.engine.tokens.examples import Examples

ALL_LINEAR = "all-linear"


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and PyTorch, before the adapter's random first weights are drawn."""
    set_seed(seed)


def attach_adapter(model: PreTrainedModel, params: TrainParams) -> Any:
    """A new adapter on the frozen base.

    The base is frozen and its input gradients enabled by hand; `prepare_model_for_kbit_training` would upcast it to
    float32 (1.6 times slower on CPU, measured).

    Raises:
        InvalidInput: a target module does not exist; lists those that do.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    if params.gradient_checkpointing:
        model.enable_input_require_grads()
    config = LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=params.lora_r,
        lora_alpha=params.lora_alpha,
        lora_dropout=params.lora_dropout,
        target_modules=target_modules(model, params.lora_target_modules),
        use_rslora=params.use_rslora,
        use_dora=params.use_dora,
    )
    return get_peft_model(model, config)


def target_modules(model: PreTrainedModel, asked: list[str]) -> str | list[str]:
    """What PEFT is told to adapt. Raises InvalidInput for names that no layer ends with."""
    if asked == [ALL_LINEAR]:
        return ALL_LINEAR
    linear = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    unknown = [name for name in asked if not any(path == name or path.endswith(f".{name}") for path in linear)]
    if unknown:
        existing = ", ".join(sorted({path.rpartition(".")[2] for path in linear}))
        raise InvalidInput(
            f"lora_target_modules: no linear layer is called {', '.join(unknown)}. This model has {existing}; "
            f"or use {ALL_LINEAR}.",
            "lora_target_modules",
        )
    return asked


def checkpointing(params: TrainParams, device: Device) -> dict[str, Any]:
    """Which activations are kept for the way back and where, as `TrainingArguments.gradient_checkpointing_kwargs`."""
    return {
        "use_reentrant": False,
        "every_n_layers": params.gradient_checkpointing_every,
        # On a CPU they are in the host's memory already, and would be copied within it.
        "offload": params.activation_offload and device.kind == "cuda",
    }


def training_arguments(params: TrainParams, device: Device, folder: Path, *, evaluate: bool) -> TrainingArguments:
    """The Trainer's arguments: `Optimisation` by name, the rest translated.

    Args:
        folder: where checkpoints go.
        evaluate: whether there is validation data.
    """
    by_name = params.model_dump(include=set(Optimisation.model_fields))
    strategy = ("steps" if params.eval_steps else "epoch") if evaluate else "no"
    keep_best = evaluate and params.early_stopping_patience is not None
    # Its own rotation goes by the files' times; ours by step (`SealCheckpoints`).
    by_name["save_total_limit"] = None
    if keep_best:
        by_name["save_steps"] = params.eval_steps or params.save_steps
    if params.gradient_checkpointing:
        by_name["gradient_checkpointing_kwargs"] = checkpointing(params, device)
    arguments = TrainingArguments(
        **by_name,
        output_dir=str(folder),
        data_seed=params.seed,
        use_cpu=device.kind == "cpu",
        bf16=device.dtype == torch.bfloat16,
        fp16=device.dtype == torch.float16 and device.kind == "cuda",
        # transformers 5 takes a share of the run as a fraction here, where it once had warmup_ratio,
        warmup_steps=params.warmup_ratio,
        # and has a sampling strategy where it once had group_by_length (`SteadyTrainer` brings its own sampler).
        train_sampling_strategy="group_by_length" if params.group_by_length else "random",
        eval_strategy=strategy,
        save_strategy=strategy if keep_best else "steps",
        load_best_model_at_end=keep_best,
        metric_for_best_model="eval_loss",
        logging_first_step=True,
        # Reading every loss back for this filter would make the GPU wait at each step.
        logging_nan_inf_filter=False,
        report_to="none",  # the trackers' callbacks are given by hand, with their settings
        run_name=params.adapter_name or Path(params.output_dir or "").name,
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=device.kind == "cuda",
        # From pinned memory a batch travels while the GPU computes.
        accelerator_config={"non_blocking": device.kind == "cuda"},
        label_names=["labels"],
        # No buffer changes in training: there is nothing to send.
        ddp_broadcast_buffers=False,
    )
    # One process, one GPU: with more, the Trainer would copy the model to each of them in every step (DataParallel).
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


class SteadyTrainer(Trainer):
    """A Trainer whose result depends neither on how often one looks nor on when it was resumed.

    The stock one draws from PyTorch's global generator for every evaluation, so that the dropout masks after it, and
    with them the adapter, depend on how often one looks; and for every epoch that is grouped by length.
    """

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        examples = train_dataset or self.train_dataset
        if not isinstance(examples, Evened):
            return self._order(examples)
        order = self._order(examples.examples)
        if isinstance(order, RandomSampler):
            # What accelerate makes of one in a single process.
            order = SeedableRandomSampler(examples.examples, data_seed=self.args.data_seed)
        return Dealt(order, examples)

    def _order(self, examples: Any) -> Any:
        if self.args.train_sampling_strategy != "group_by_length":
            return super()._get_train_sampler(examples)
        if isinstance(self.data_collator, EndToEndCollator):
            # Examples that lie end to end need no company of their length; at random, rows are more even.
            return RandomSampler(examples)
        # What lies on the disk tells them without being read from end to end.
        lengths = examples.lengths if isinstance(examples, Examples) else [one["length"] for one in examples]
        per_step = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.args.world_size
        return LengthGroupedSampler(lengths, per_step, self.args.data_seed)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """As the Trainer's; from FSDP the adapter, which it would leave out of a checkpoint."""
        if not sharding.is_fsdp(self.model):
            return super().save_model(output_dir, _internal_call)
        weights, folder = sharding.whole_adapter(self.model), Path(output_dir or self.args.output_dir)
        if self.args.should_save and weights:
            folder.mkdir(parents=True, exist_ok=True)
            sharding.save_adapter(self.model.module, weights, folder)
        return None

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if sharding.is_fsdp(model):
            return sharding.load_adapter(model, Path(resume_from_checkpoint))
        return super()._load_from_checkpoint(resume_from_checkpoint, model)

    def prediction_step(self, *args: Any, **kwargs: Any) -> Any:
        """As the Trainer's, without its loss: a mean of means of batches, which depends on how they were cut.

        `ComputeMetrics` tells the mean over all supervised tokens.
        """
        _, logits, labels = super().prediction_step(*args, **kwargs)
        return None, logits, labels

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """As `Trainer.evaluate`, with the random state put back afterwards."""
        with torch.random.fork_rng(own_gpu()):
            return super().evaluate(*args, **kwargs)


def build_trainer(
    model: Any,
    params: TrainParams,
    prepared: Prepared,
    device: Device,
    run: RunFolder,
    callbacks: list[TrainerCallback],
    *,
    pads: bool,
    world: World = ALONE,
) -> Trainer:
    """The Trainer, with our callbacks in place of its own printing.

    Args:
        pads: whether batches are padded; else their examples lie end to end.
        world: of the processes that train; each gets its share of the examples.
    """
    evaluation = prepared.evaluation
    early = [EarlyStopping(params.early_stopping_patience)] if params.early_stopping_patience else []
    arguments = training_arguments(params, device, run.saving, evaluate=evaluation is not None)
    # Every trained parameter takes part in every step, but those of experts that no token has chosen.
    arguments.ddp_find_unused_parameters = any("expert" in name for name, _ in model.named_parameters())
    trainer = SteadyTrainer(
        model=model,
        args=arguments,
        train_dataset=shared(prepared.train.features, params.per_device_train_batch_size, world),
        eval_dataset=shared(evaluation.features, params.per_device_eval_batch_size, world) if evaluation else None,
        data_collator=collator_for(prepared.tokenizer.pad_token_id, pads=pads),
        compute_metrics=ComputeMetrics() if evaluation else None,
        preprocess_logits_for_metrics=ComputeMetrics.reduce if evaluation else None,
        callbacks=[*callbacks, SealCheckpoints(run, params.save_total_limit, world), *early],
    )
    for printer in ("PrinterCallback", "ProgressCallback"):
        for callback in list(trainer.callback_handler.callbacks):
            if type(callback).__name__ == printer:
                trainer.remove_callback(callback)
    if not world.is_main:
        # The Trainer has seeded all alike, with which each process would drop out the same places of its examples.
        seed_everything((params.seed + world.place.rank) % 2**32)
    return trainer


def shared(examples: Any, batch_size: int, world: World) -> Any:
    """The examples, filled up where several processes share them."""
    return examples if world.size == 1 else Evened(examples, batch_size, world.size)


def trainable_share(model: Any) -> tuple[int, int]:
    """`(trainable, all)` parameters, a 4-bit weight counted as the parameters it holds."""
    trainable, everything = model.get_nb_trainable_parameters()
    return int(trainable), int(everything)


def adapter_sentence(model: Any) -> str:
    """How much is trained."""
    trainable, everything = trainable_share(model)
    return f"Adapter: {trainable:,} of {everything:,} parameters are trained ({trainable / everything:.2%})."
