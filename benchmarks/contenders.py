"""What competes in a training benchmark: a random model of a real shape, examples of skewed lengths, and trainers.

Unless other lengths are given, they are lognormal (median 110, sigma 0.85, 16 tokens and more), the last 40 % of each
example supervised. All contenders adapt every linear layer with rank 16, without dropout.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from transformers import AutoModelForCausalLM, DataCollatorWithFlattening, Qwen2Config, Trainer, TrainerCallback
from transformers import TrainingArguments as Arguments

from backend.core.estimates.work import Load, training_flops
from backend.core.models.shapes import ModelShape, shape_of
from backend.core.params import TrainParams
from backend.engine import loading, training
from backend.engine.collator import DataCollatorForCausalLM
from backend.engine.device import Device
from backend.engine.kernels import keep_few_kernels
from backend.engine.processes.world import ALONE, World
from backend.engine.unpadded.layout import choose_layout

LONGEST, SUPERVISED = 1024, 0.4
VOCABULARY = 151_936


def _shape(hidden: int, layers: int, heads: int, inner: int, vocabulary: int, tied: bool = True, kv: int = 2) -> dict:
    return {
        "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv,
        "intermediate_size": inner, "vocab_size": vocabulary, "tie_word_embeddings": tied,
    }  # fmt: skip


SHAPES = {
    "small": _shape(64, 2, 4, 128, 512),
    "20m": _shape(384, 8, 6, 1536, 8192),
    "0.5b": _shape(896, 24, 14, 4864, VOCABULARY),
    "1.5b": _shape(1536, 28, 12, 8960, VOCABULARY),
    "7b": _shape(3584, 28, 28, 18_944, 152_064, tied=False, kv=4),
}
"""Qwen2's; `small` and `20m` are for a CPU."""


@dataclass
class Measured:
    """What a training run took.

    Args:
        seconds: of the timed steps; the process's CPU time without a GPU.
        real, supervised: tokens in them that are no padding, and that are learnt.
        pairs: of tokens in attention, the sum of the squared lengths; 0 where nobody has counted.
        losses: of each step, in nats per token.
        steps: of the run, those before the clock included.
        wall_seconds: of the timed steps, on the clock.
        peak_bytes: the most that was allocated on the GPU; 0 without one.
    """

    seconds: float = 0.0
    real: int = 0
    supervised: int = 0
    pairs: int = 0
    losses: list[float] = field(default_factory=list)
    steps: int = 0
    wall_seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def speed(self) -> float:
        """Real tokens per second."""
        return self.real / self.seconds

    def flops(self, size: ModelShape, params: TrainParams) -> float:
        """Operations per second that the tokens need, whatever else was computed."""
        load = Load(self.real, self.supervised, self.pairs)
        return training_flops(size, params, load, useful=True) / self.seconds


Lengths = Sequence[tuple[int, int]]
"""Tokens of each example, and how many of them are supervised."""


def drawn_lengths(count: int, longest: int = LONGEST, seed: int = 0) -> Lengths:
    """Skewed lengths."""
    draw = random.Random(seed)
    drawn = [min(longest, max(16, int(draw.lognormvariate(math.log(110), 0.85)))) for _ in range(count)]
    return [(length, round(length * SUPERVISED)) for length in drawn]


def examples(lengths: Lengths, vocabulary: int, seed: int = 0) -> list[dict[str, Any]]:
    """Random tokens in examples of these lengths, the last ones supervised."""
    draw = random.Random(seed)
    found = []
    for length, supervised in lengths:
        ids = [draw.randrange(2, vocabulary) for _ in range(length)]
        asked = length - supervised
        found.append({"input_ids": ids, "labels": [-100] * asked + ids[asked:], "length": length})
    return found


def size_of(shape: str, vocabulary: int | None = None) -> ModelShape:
    """The sizes of one of `SHAPES`, as an estimate reads them from a model's folder."""
    with tempfile.TemporaryDirectory() as folder:
        _config(shape, vocabulary).save_pretrained(folder)
        return shape_of(shape, Path(folder))


def _config(shape: str, vocabulary: int | None) -> Qwen2Config:
    return Qwen2Config(**SHAPES[shape] | ({"vocab_size": vocabulary} if vocabulary else {}))


def base_model(shape: str, device: Device, *, nf4: bool = False, vocabulary: int | None = None) -> Any:
    """A model of random weights, in the device's precision, its layers' linear maps in NF4 if asked.

    Args:
        vocabulary: in place of the shape's own.
    """
    torch.manual_seed(0)
    with torch.device(device.kind):
        model = AutoModelForCausalLM.from_config(_config(shape, vocabulary), dtype=device.dtype)
    if nf4:
        _quantise(model, device)
    return model.eval()


def _quantise(model: Any, device: Device) -> None:
    """What loading in NF4 with double quantisation makes of a checkpoint, without a checkpoint."""
    from bitsandbytes.nn import Linear4bit, Params4bit

    linears = [(path, part) for path, part in model.model.named_modules() if type(part) is torch.nn.Linear]
    for path, part in linears:
        kind = {"quant_type": "nf4", "compress_statistics": True}
        layer = Linear4bit(
            part.in_features, part.out_features, part.bias is not None, device.dtype, device="meta", **kind
        )
        layer.weight = Params4bit(part.weight.data, requires_grad=False, **kind).to(device.kind)
        layer.bias = part.bias
        parent, _, name = path.rpartition(".")
        setattr(model.model.get_submodule(parent), name, layer)
    model.is_loaded_in_4bit = True
    loading.keep_weights_unpacked(model)


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


class Clock(TrainerCallback):
    """Times the steps after the first few, and counts the tokens in them.

    Args:
        model: whose calls are counted; None = the tokens are known.
        warm: steps that are not timed.
    """

    def __init__(self, model: Any, warm: int) -> None:
        self.warm = warm
        self.measured = Measured()
        self._began = self._wall = 0.0
        self._counted: list[torch.Tensor] = []
        self._hook = model.register_forward_pre_hook(self._count, with_kwargs=True) if model is not None else None

    def _count(self, _: Any, __: Any, batch: dict[str, Any]) -> None:
        mask = batch.get("attention_mask")
        ids = batch["input_ids"]
        # Made where it stays: a number brought to the GPU would make it wait.
        real = torch.full((), ids.numel(), device=ids.device) if mask is None else mask.sum()
        self._counted.append(torch.stack([real, (batch["labels"] != -100).sum()]))

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock once warm."""
        if state.global_step == self.warm:
            self._counted.clear()
            self._began, self._wall = now(), time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop it after the last step."""
        if state.global_step == state.max_steps:
            self.measured.seconds, self.measured.wall_seconds = now() - self._began, time.perf_counter() - self._wall
            self.measured.steps = state.global_step
            if self._hook:
                self.measured.real, self.measured.supervised = torch.stack(self._counted).sum(0).tolist()
                self._hook.remove()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Note the loss."""
        self.measured.losses += [logs["loss"]] if logs and "loss" in logs else []


def train(trainer: Trainer, warm: int = 0) -> Measured:
    """Train and measure.

    Args:
        warm: steps before the clock starts.
    """
    return _timed(trainer, Clock(trainer.model, warm))


def train_through(trainer: Trainer, features: Sequence[dict[str, Any]]) -> Measured:
    """Train one epoch, all of which is timed, and whose tokens are therefore known."""
    clock = Clock(None, 0)
    clock.measured.real, clock.measured.supervised, clock.measured.pairs = counted(features)
    return _timed(trainer, clock)


def counted(features: Sequence[dict[str, Any]]) -> tuple[int, int, int]:
    """Tokens, those of them that are supervised, and pairs of tokens in attention."""
    lengths = [one["length"] for one in features]
    supervised = sum(label != -100 for one in features for label in one["labels"])
    return sum(lengths), supervised, sum(length**2 for length in lengths)


def _timed(trainer: Trainer, clock: Clock) -> Measured:
    trainer.add_callback(clock)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    trainer.train()
    if torch.cuda.is_available():
        clock.measured.peak_bytes = torch.cuda.max_memory_allocated()
    return clock.measured


def now() -> float:
    """Seconds, once a GPU has done what it was given; of this process's CPU time where there is none."""
    if not torch.cuda.is_available():
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()
