"""The shared groups of parameters. Each name, default, limit and help text in the product is on one field here.

Names are Hugging Face's where the thing is Hugging Face's: every field of `Optimisation` is a field of
`transformers.TrainingArguments` and reaches it by that name.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from backend.core.params.base import Params, PathText, Text, hints

PromptTemplate = Literal["auto", "qwen", "llama3", "mistral", "phi", "alpaca", "plain"]


class ModelChoice(Params):
    title: ClassVar[str] = "Model"

    base_model_name: PathText = Field("Qwen/Qwen2.5-0.5B-Instruct", json_schema_extra=hints(widget="model"))
    """Base model: a Hugging Face id, a local folder, or `tiny` (built on this machine in about a minute)"""
    model_revision: Text | None = Field(None, json_schema_extra=hints(advanced=True))
    """Branch, tag or commit of the base model on the hub"""
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", json_schema_extra=hints(advanced=True))
    """Where to run; `auto` takes the best device found and says which"""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field("auto", json_schema_extra=hints(advanced=True))
    """Precision of computation; `auto` takes bfloat16 where the hardware is fast at it"""


class Quantisation(Params):
    title: ClassVar[str] = "Quantisation"

    load_in_4bit: bool = True
    """Load the base in 4 bit (QLoRA)"""
    load_in_8bit: bool = False
    """Load the base in 8 bit instead of 4; with neither, the base stays in 16 or 32 bit (plain LoRA)"""
    bnb_4bit_quant_type: Literal["nf4", "fp4"] = Field("nf4", json_schema_extra=hints(advanced=True))
    """4-bit data type; NF4 suits normally distributed weights (QLoRA, arXiv:2305.14314)"""
    bnb_4bit_use_double_quant: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Quantise the quantisation constants too: 0.37 bit per parameter less"""
    bnb_4bit_quant_storage: Literal["uint8", "float16", "bfloat16", "float32"] = Field(
        "uint8", json_schema_extra=hints(advanced=True)
    )
    """Type that the packed 4-bit weights are kept in, as large in each; FSDP shards weights of one type only"""

    @model_validator(mode="before")
    @classmethod
    def _eight_bit_replaces_four(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("load_in_8bit") and "load_in_4bit" not in data:
            return {**data, "load_in_4bit": str(data["load_in_8bit"]).lower() not in ("true", "1", "yes", "on")}
        return data

    @model_validator(mode="after")
    def _one_precision(self) -> Quantisation:
        if self.load_in_4bit and self.load_in_8bit:
            raise ValueError("load_in_4bit and load_in_8bit are both true: choose one")
        return self


class Lora(Params):
    title: ClassVar[str] = "LoRA"

    lora_r: int = Field(16, ge=1, le=1024, json_schema_extra=hints(doubles=True))
    """Rank of the adapter: more learns more and costs more memory"""
    lora_alpha: int = Field(32, ge=1, le=4096, json_schema_extra=hints(doubles=True))
    """Scaling numerator: the update is multiplied by alpha / r (alpha / sqrt(r) with rsLoRA)"""
    lora_dropout: float = Field(0.05, ge=0, lt=1)
    """Dropout on the adapter's input during training"""
    lora_target_modules: list[Text] = Field(["all-linear"], min_length=1, max_length=200)
    """Layers to adapt, by name ending; `all-linear` takes every linear layer but the head"""
    use_rslora: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Rank-stabilised scaling (arXiv:2312.03732)"""
    use_dora: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Weight-decomposed adapters, DoRA (arXiv:2402.09353): slower, sometimes better at low rank"""


class Optimisation(Params):
    """Every field is one of `transformers.TrainingArguments`, passed on by name; a test holds it to that."""

    title: ClassVar[str] = "Optimisation"

    num_train_epochs: float = Field(3.0, gt=0, le=10_000)
    """Passes over the training data"""
    max_steps: int = Field(-1, ge=-1, le=100_000_000, json_schema_extra=hints(advanced=True))
    """Stop after this many optimiser steps, whatever the epochs; -1 = by epochs"""
    learning_rate: float = Field(2e-4, gt=0, le=1)
    """Peak learning rate"""
    per_device_train_batch_size: int = Field(4, ge=1, le=4096, json_schema_extra=hints(doubles=True))
    """Examples per forward pass on each device"""
    gradient_accumulation_steps: int = Field(4, ge=1, le=4096, json_schema_extra=hints(doubles=True))
    """Forward passes per optimiser step; the effective batch is their product, times the processes"""
    per_device_eval_batch_size: int = Field(8, ge=1, le=4096, json_schema_extra=hints(advanced=True, doubles=True))
    """Examples per forward pass in evaluation"""
    lr_scheduler_type: Literal[
        "cosine", "linear", "constant", "constant_with_warmup", "cosine_with_restarts", "polynomial", "inverse_sqrt"
    ] = Field("cosine", json_schema_extra=hints(advanced=True))
    """How the learning rate moves over the run"""
    optim: Text = Field("adamw_torch_fused", json_schema_extra=hints(advanced=True))
    """Optimiser: any name the installed Trainer knows, e.g. `paged_adamw_8bit` on a GPU near its limit"""
    weight_decay: float = Field(0.0, ge=0, le=1, json_schema_extra=hints(advanced=True))
    """Decoupled weight decay"""
    max_grad_norm: float = Field(1.0, ge=0, le=1000, json_schema_extra=hints(advanced=True))
    """Clip the gradient's norm to this; 0 = no clipping"""
    neftune_noise_alpha: float | None = Field(None, gt=0, le=1000, json_schema_extra=hints(advanced=True))
    """Noise on the embeddings, NEFTune (arXiv:2310.05914); 5 is usual, empty = none"""
    gradient_checkpointing: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Recompute activations in the backward pass: about 40 % less memory, 20 to 36 % slower"""
    logging_steps: int = Field(5, ge=1, le=1_000_000, json_schema_extra=hints(advanced=True))
    """Optimiser steps between two points of the curve"""
    save_steps: int = Field(200, ge=1, le=10_000_000, json_schema_extra=hints(advanced=True))
    """Optimiser steps between two checkpoints"""
    save_total_limit: int = Field(2, ge=1, le=1000, json_schema_extra=hints(advanced=True))
    """Newest checkpoints to keep; below two, two are kept, so that a damaged one has an older one behind it"""
    eval_steps: int | None = Field(None, ge=1, le=10_000_000, json_schema_extra=hints(advanced=True))
    """Optimiser steps between two evaluations; empty = once an epoch"""
    seed: int = Field(42, ge=0, le=2**32 - 1)
    """Seed of everything random: the same seed on the same CPU gives the same adapter, byte for byte"""


class Translated(Params):
    """Names that users know from older Trainers; `backend.engine.training` translates each in one line."""

    title: ClassVar[str] = "Schedule"

    warmup_ratio: float = Field(0.03, ge=0, lt=1, json_schema_extra=hints(advanced=True))
    """Share of the run in which the learning rate rises to its peak"""
    group_by_length: bool = Field(True, json_schema_extra=hints(advanced=True))
    """Batch examples of similar length: 1.5 to 2.2 times less padding on skewed data, where batches are padded"""
    early_stopping_patience: int | None = Field(None, ge=1, le=1000, json_schema_extra=hints(advanced=True))
    """Stop after this many evaluations without a better loss and keep the best checkpoint; needs validation data"""


class Memory(Params):
    title: ClassVar[str] = "Memory"

    gradient_checkpointing_every: int = Field(
        1,
        ge=1,
        le=1000,
        json_schema_extra=hints(advanced=True, unit="layers", when={"gradient_checkpointing": [True]}),
    )
    """Gradient checkpointing in every n-th layer only: the others keep their activations and are not recomputed"""
    activation_offload: bool = Field(
        False, json_schema_extra=hints(advanced=True, when={"gradient_checkpointing": [True]})
    )
    """Keep what gradient checkpointing keeps in the host's memory instead of the GPU's: for very long examples"""
    auto_find_batch_size: bool = Field(False, json_schema_extra=hints(advanced=True))
    """Try before the run how many examples fit at a time, and accumulate the others: the effective batch, and with it
    what is learnt, stays per_device_train_batch_size times gradient_accumulation_steps"""


class Throughput(Params):
    title: ClassVar[str] = "Speed"

    padding_free: Literal["auto", "yes", "no"] = Field("auto", json_schema_extra=hints(advanced=True))
    """Lay the examples of a batch end to end instead of padding them, with logits only where something is learnt: the
    same loss, 2.5 to 4 times as fast on examples of unequal length; `auto` proves it on the model first"""


class Processes(Params):
    """Named as `accelerate launch` names them."""

    title: ClassVar[str] = "Several processes"

    num_processes: int = Field(1, ge=1, le=65_536, json_schema_extra=hints(advanced=True, doubles=True))
    """Processes that train together, each on a GPU of its own, on all machines; what is learnt in a step is as many
    times as much. 1 = as many as a launcher (torchrun, accelerate launch) has started, without one this one"""
    num_machines: int = Field(1, ge=1, le=8_192, json_schema_extra=hints(advanced=True))
    """Machines that the processes are on, equally many on each; more than one need a launcher on each of them"""

    @model_validator(mode="after")
    def _shared_out(self) -> Processes:
        if self.num_processes % self.num_machines:
            raise ValueError(
                f"num_processes={self.num_processes} are the processes of all machines, as accelerate counts them: "
                f"num_machines={self.num_machines} cannot have equally many of them"
            )
        return self


class Data(Params):
    title: ClassVar[str] = "Data"

    dataset_path: PathText = Field(json_schema_extra=hints(widget="dataset"))
    """File of examples: JSON, JSON Lines, CSV or Parquet; the format is recognised"""
    column_mapping: dict[Text, Text] = Field({}, max_length=20, json_schema_extra=hints(advanced=True))
    """Which of your columns plays which part, e.g. `input=question output=answer`; empty = recognised"""


class Rendering(Params):
    title: ClassVar[str] = "Prompt"

    prompt_template: PromptTemplate = Field("auto", json_schema_extra=hints(advanced=True))
    """Layout of the conversation; `auto` takes the tokenizer's own template, else Qwen's ChatML"""
    system_prompt: Text | None = Field(None, json_schema_extra=hints(widget="textarea", advanced=True))
    """System message put before conversations that have none"""
    max_length: int = Field(1024, ge=8, le=1_048_576, json_schema_extra=hints(unit="tokens", doubles=True))
    """Longer examples are cut off at this many tokens"""


class SampleAnswers(Params):
    """None of these decides what is learnt: a run with them makes the same adapter, byte for byte."""

    title: ClassVar[str] = "Sample answers"

    sample_questions: int = Field(3, ge=0, le=16, json_schema_extra=hints(advanced=True))
    """Questions that the model answers before it learns, now and then meanwhile, and at the end; 0 = none"""
    sample_prompts: list[Text] = Field([], max_length=16, json_schema_extra=hints(advanced=True))
    """The questions; empty = some of the validation data, or else of the training data"""
    sample_steps: int | None = Field(None, ge=1, le=10_000_000, json_schema_extra=hints(advanced=True))
    """Optimiser steps between two rounds of answers; empty = at evaluations, or else ten times over the run, as long
    as answering takes less than 2 % of the time"""
    sample_max_new_tokens: int = Field(64, ge=1, le=4096, json_schema_extra=hints(advanced=True, unit="tokens"))
    """Longest of these answers"""


class Tracking(Params):
    """None of these decides what is learnt."""

    title: ClassVar[str] = "Trackers"

    report_to: list[Literal["wandb", "mlflow", "trackio"]] = Field(
        [], max_length=3, json_schema_extra=hints(advanced=True)
    )
    """Trackers that get the curves too, beside this dashboard and TensorBoard's files; their keys are settings"""


class Sampling(Params):
    title: ClassVar[str] = "Sampling"

    max_new_tokens: int = Field(256, ge=1, le=131_072, json_schema_extra=hints(unit="tokens", doubles=True))
    """Longest answer"""
    temperature: float = Field(0.7, ge=0, le=10)
    """Randomness of the answer; 0 always takes the likeliest token"""
    top_p: float = Field(0.9, gt=0, le=1)
    """Sample from the likeliest tokens that make up this share of the probability"""
    top_k: int = Field(0, ge=0, le=1_000_000, json_schema_extra=hints(advanced=True))
    """Sample from this many likeliest tokens; 0 = all"""
    min_p: float = Field(0.0, ge=0, le=1, json_schema_extra=hints(advanced=True))
    """Leave out tokens less likely than this share of the likeliest one (arXiv:2407.01082); 0 = none"""
    repetition_penalty: float = Field(1.0, gt=0, le=10, json_schema_extra=hints(advanced=True))
    """Above 1 discourages repeating tokens already seen"""
    stop_strings: list[Annotated[Text, Field(min_length=1)]] = Field(
        [], max_length=16, json_schema_extra=hints(advanced=True)
    )
    """End the answer before any of these texts"""
