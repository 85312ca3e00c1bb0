"""Training speed: ours against the Trainer with PEFT and against TRL, on the same examples, in one run.

    python -m benchmarks.training [--vocabulary 151936] [--examples 96] [--precision float32] [--data F --tokenizer T]

Each contender is a process of its own, one thread, in turn forth and back; a Qwen2-shaped model of 20 million
parameters (without its embedding) with a rank-16 adapter on every linear layer, AdamW, batches of 8 examples, no
accumulation, one epoch. Without `--data` the lengths are lognormal (median 110, sigma 0.85, 16 to 1,024 tokens) and
the last 40 % of each example is supervised; with it, they are those of a file of examples.

Counted is the process's CPU time from the first step's begin to the last one's end: supervised and real tokens a
second, and memory above that before the first step. The limit is what the matrix products alone would take at the
speed that this machine reaches in a large one, measured in the same run.

TRL is measured where it is installed (`pip install trl`). It packs examples into rows of 1,024 tokens, a row a step:
about as many tokens a step as ours, not the same examples.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import report

CONTENDERS = ("ours", "trainer", "trainer_grouped", "trl_padded", "trl_packed")
BATCH, RANK, LONGEST = 8, 16, 1024
SUPERVISED = 0.4


def main() -> None:
    """Measure and report."""
    given = arguments()
    if given.contender:
        print(json.dumps(Contest(given).run(given.contender)))
        return
    names = [name for name in CONTENDERS if not name.startswith("trl") or importlib.util.find_spec("trl")]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for turn in range(given.repeats):
        for name in names if turn % 2 == 0 else reversed(names):
            found[name].append(in_process(name))
            print(f"{name}: {found[name][-1]}", file=sys.stderr)
    middle = {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    limit = gemm_flops(given.precision) / middle["ours"]["flops_per_supervised_token"]
    figures = {f"{name}_{key}": value for name, run in middle.items() for key, value in run.items()}
    speed = "supervised_tokens_per_s"
    ratios = {f"ours_over_{name}": middle["ours"][speed] / middle[name][speed] for name in names[1:]}
    memory = {f"memory_over_{name}": middle["ours"]["peak_mb"] / middle[name]["peak_mb"] for name in names[1:]}
    report(
        f"training_{given.vocabulary}_{given.precision}",
        {**figures, "limit_supervised_tokens_per_s": limit, "share_of_limit": middle["ours"][speed] / limit},
        {**ratios, **memory},
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--examples", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--data", type=Path, help="file of examples whose lengths are taken; needs --tokenizer")
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_process(name: str) -> dict[str, float]:
    """One contender, measured in a process of its own."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", "benchmarks.training", *sys.argv[1:], "--contender", name]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{name} failed:\n{ended.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


class Contest:
    """The model, the examples, and a Trainer for each contender.

    Args:
        given: the command line.
    """

    def __init__(self, given: argparse.Namespace) -> None:
        import torch

        torch.set_num_threads(1)
        self.given = given
        self.dtype = getattr(torch, given.precision)
        self.features = self._features()
        self.folder = Path(tempfile.mkdtemp(prefix="training-"))

    def run(self, name: str) -> dict[str, float]:
        """Train one epoch."""
        import torch
        from transformers import TrainerCallback

        trainer = getattr(self, f"_{name.partition('_')[0]}")(name)
        clock: list[float] = []
        losses: list[float] = []

        class Clock(TrainerCallback):
            def on_step_begin(self, *_: Any, **__: Any) -> None:
                if not clock:
                    clock.extend([time.process_time(), time.perf_counter()])

            def on_step_end(self, *_: Any, **__: Any) -> None:
                clock[2:] = [time.process_time(), time.perf_counter()]

            def on_log(self, *_: Any, logs: dict[str, Any] | None = None, **__: Any) -> None:
                losses.extend([logs["loss"]] if logs and "loss" in logs else [])

        trainer.add_callback(Clock())
        before = memory_mb()
        trainer.train()
        seconds = clock[2] - clock[0]
        real = sum(len(feature["input_ids"]) for feature in self.features)
        supervised = sum(label != -100 for feature in self.features for label in feature["labels"])
        body = sum(
            module.weight.numel()
            for path, module in trainer.model.named_modules()
            if isinstance(module, torch.nn.Linear) and "lm_head" not in path and "lora" not in path
        )
        trained = sum(part.numel() for part in trainer.model.parameters() if part.requires_grad)
        head = self.given.vocabulary * trainer.model.config.hidden_size
        flops = (4 * body + 6 * trained) * real + 4 * head * supervised
        return {
            "supervised_tokens_per_s": supervised / seconds,
            "real_tokens_per_s": real / seconds,
            "steps": trainer.state.global_step,
            "first_loss": losses[0],
            "last_loss": losses[-1],
            "peak_mb": memory_mb() - before,
            "wall_over_cpu": (clock[3] - clock[1]) / seconds,
            "flops_per_supervised_token": flops / supervised,
        }

    def _ours(self, _: str) -> Any:
        from types import SimpleNamespace

        from backend.core.params import TrainParams
        from backend.engine.device import Device
        from backend.engine.training import build_trainer
        from backend.engine.unpadded.layout import choose_layout

        params = TrainParams(
            dataset_path="x", adapter_name="x", per_device_train_batch_size=BATCH, gradient_accumulation_steps=1,
            num_train_epochs=1, logging_steps=1, load_in_4bit=False, save_steps=10**6, max_length=LONGEST,
        )  # fmt: skip
        device = Device("cpu", self.dtype, "")
        model = self._model()
        layout = choose_layout(model, params, self.features, device)
        print(layout.sentence, file=sys.stderr)
        prepared = SimpleNamespace(
            train=SimpleNamespace(features=self.features), evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0)
        )
        run = SimpleNamespace(saving=self.folder)
        trainer = build_trainer(model, params, prepared, device, run, [], pads=layout.pads)  # type: ignore[arg-type]
        for callback in [one for one in trainer.callback_handler.callbacks if type(one).__name__ == "SealCheckpoints"]:
            trainer.remove_callback(callback)
        trainer.args.save_strategy = "no"
        return trainer

    def _trainer(self, name: str) -> Any:
        from datasets import Dataset
        from transformers import Trainer, TrainingArguments

        from backend.engine.collator import DataCollatorForCausalLM

        grouped = "group_by_length" if name.endswith("grouped") else "random"
        return Trainer(
            model=self._model(),
            args=TrainingArguments(**self._common(), train_sampling_strategy=grouped, remove_unused_columns=False),
            train_dataset=Dataset.from_list(self.features),
            data_collator=DataCollatorForCausalLM(0),
        )

    def _trl(self, name: str) -> Any:
        from datasets import Dataset
        from tokenizers import Tokenizer, models
        from transformers import PreTrainedTokenizerFast
        from trl import SFTConfig, SFTTrainer

        rows = [
            {"input_ids": one["input_ids"], "completion_mask": [int(label != -100) for label in one["labels"]]}
            for one in self.features
        ]
        packed = name.endswith("packed")
        common = self._common() | ({"per_device_train_batch_size": 1} if packed else {})
        words = {f"w{index}": index for index in range(self.given.vocabulary)}
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="w0")), eos_token="w1", pad_token="w0"
        )
        return SFTTrainer(
            model=self._model(),
            args=SFTConfig(**common, packing=packed, max_length=LONGEST, completion_only_loss=True,
                           dataset_kwargs={"skip_prepare_dataset": False}),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
        )  # fmt: skip

    def _common(self) -> dict[str, Any]:
        return {
            "output_dir": str(self.folder), "per_device_train_batch_size": BATCH, "num_train_epochs": 1,
            "learning_rate": 2e-4, "logging_steps": 1, "save_strategy": "no", "report_to": "none", "use_cpu": True,
            "bf16": self.given.precision == "bfloat16", "disable_tqdm": True, "optim": "adamw_torch_fused",
            "lr_scheduler_type": "cosine", "warmup_steps": 0.03, "gradient_checkpointing": False,
        }  # fmt: skip

    def _model(self) -> Any:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import Qwen2Config, Qwen2ForCausalLM

        torch.manual_seed(0)
        config = Qwen2Config(
            hidden_size=384, num_hidden_layers=8, num_attention_heads=6, num_key_value_heads=2,
            intermediate_size=1536, vocab_size=self.given.vocabulary, tie_word_embeddings=True,
        )  # fmt: skip
        model = Qwen2ForCausalLM(config).to(self.dtype)
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        lora = LoraConfig(r=RANK, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
        return get_peft_model(model, lora)

    def _features(self) -> list[dict[str, Any]]:
        draw = random.Random(0)
        found = []
        for length, learnt in self._lengths(draw):
            ids = [draw.randrange(2, self.given.vocabulary) for _ in range(length)]
            asked = length - learnt
            found.append({"input_ids": ids, "labels": [-100] * asked + ids[asked:], "length": length})
        return found

    def _lengths(self, draw: random.Random) -> list[tuple[int, int]]:
        """Tokens of each example, and how many of them are supervised."""
        if not self.given.data:
            drawn = [int(draw.lognormvariate(math.log(110), 0.85)) for _ in range(self.given.examples)]
            return [(length, round(length * SUPERVISED)) for length in (min(LONGEST, max(16, one)) for one in drawn)]
        from transformers import AutoTokenizer

        from backend.core.data.datasets import load_records
        from backend.core.params import TrainParams
        from backend.engine.tokenising import tokenise

        records = draw.sample(load_records(self.given.data).records, self.given.examples)
        rendering = TrainParams(dataset_path="x", adapter_name="x", max_length=LONGEST)
        made = tokenise(records, AutoTokenizer.from_pretrained(self.given.tokenizer), rendering).features
        return [(one["length"], sum(label != -100 for label in one["labels"])) for one in made]


def memory_mb() -> float:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gemm_flops(precision: str) -> float:
    """Floating-point operations per second of a large matrix product on one thread."""
    import torch

    torch.set_num_threads(1)
    left = torch.randn(1024, 1536, dtype=getattr(torch, precision))
    right = torch.randn(1536, 1536, dtype=left.dtype)
    best = math.inf
    for _ in range(10):
        began = time.process_time()
        left @ right
        best = min(best, time.process_time() - began)
    return 2 * 1024 * 1536 * 1536 / best


if __name__ == "__main__":
    main()
