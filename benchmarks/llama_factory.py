"""LLaMA-Factory as a contender in training: in an environment of its own, for it pins older libraries than ours.

    python -m venv LF
    LF/bin/pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    LF/bin/pip install --no-deps llamafactory==0.9.5
    LF/bin/pip install "transformers<=5.6" "peft<=0.18.1" "trl<=0.24" "accelerate<=1.11" "datasets<=4.0" \
        fire omegaconf einops "tyro<0.9" sentencepiece pandas
    python -m benchmarks.training --llama_factory LF/bin/python

It gets the same weights, the same token ids and the same examples; packing them is its own code (`neat_packing`, rows
of 1,032 tokens, a row a step). As it comes, it recomputes every layer's activations, which it has done here too. Its
adapter begins as ours does, without effect. torchaudio, which it only imports, is a module without content.

This file is run by both interpreters: ours prepares, its trains; so at its head there is nothing that only one has.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST = 1032
"""Tokens of a row: it takes a multiple of 8, and fills one less."""


def train(
    python: Path, model: Any, params: Any, features: Sequence[dict[str, Any]], device: Any, *, packed: bool
) -> tuple[Any, float]:
    """Our side: what one epoch took, and the memory above that before the first step, in MB.

    Args:
        python: interpreter of its environment.
        model: the base, without an adapter.
        params: the run of ours that it is held against.
    """
    from benchmarks import contenders, stopwatch

    with tempfile.TemporaryDirectory(prefix="llama-factory-") as folder:
        model.save_pretrained(Path(folder, "base"))
        contenders.tokenizer_of(model.config.vocab_size).save_pretrained(Path(folder, "base"))
        arguments = contenders.arguments_of(params, device)
        rows = [(one["input_ids"], one["labels"]) for one in features]
        Path(folder, "given.json").write_text(
            json.dumps({"rows": rows, "arguments": arguments, "rank": params.lora_r, "packed": packed})
        )
        environ = {**os.environ, "DISABLE_VERSION_CHECK": "1", "PYTHONPATH": ""}
        ended = subprocess.run(
            [python, __file__, folder], env=environ, cwd=folder, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise SystemExit(f"LLaMA-Factory failed:\n{ended.stderr[-3000:]}")
    told = json.loads(ended.stdout.splitlines()[-1])
    peak = told.pop("peak_mb")
    run = stopwatch.Measured(**told)
    run.real, run.supervised, run.pairs = stopwatch.counted(features)
    return run, peak


def main() -> None:
    """Its side: train on what lies in the folder, and print what it took."""
    folder = Path(sys.argv[1])
    given = json.loads((folder / "given.json").read_text())
    _without("torchaudio")
    import torch
    from llamafactory.train.tuner import run_exp

    torch.set_num_threads(1)
    arguments = given["arguments"] | {
        "stage": "sft", "do_train": True, "model_name_or_path": str(folder / "base"), "template": "empty",
        "finetuning_type": "lora", "lora_target": "all", "lora_rank": given["rank"], "lora_alpha": 32,
        "lora_dropout": 0.0, "cutoff_len": LONGEST, "tokenized_path": str(folder / "tokens"), "dataset": "given",
        "neat_packing": given["packed"], "packing": given["packed"], "output_dir": str(folder / "run"),
    }  # fmt: skip
    if given["packed"]:
        arguments["per_device_train_batch_size"] = 1
    _write_tokens(given["rows"], folder / "tokens", packed=given["packed"])
    took = _clock()
    run_exp(arguments, callbacks=[took])
    print(json.dumps(took.told))


def _without(name: str) -> None:
    """A module that is imported and not used."""
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    sys.modules[name] = module


def _write_tokens(rows: list[list[list[int]]], folder: Path, *, packed: bool) -> None:
    """The examples as its own preparation writes them, but for the words: it is given token ids."""
    from datasets import Dataset, DatasetDict
    from llamafactory.data.processor import PackedSupervisedDatasetProcessor, SupervisedDatasetProcessor

    class Given(PackedSupervisedDatasetProcessor if packed else SupervisedDatasetProcessor):  # type: ignore[misc]
        def _encode_data_example(self, prompt: Any, **_: Any) -> tuple[list[int], list[int]]:
            ids, labels = rows[prompt[0]["content"]]
            return ids, labels

    numbers = range(len(rows))
    examples = {name: [None] * len(rows) for name in ("_system", "_tools", "_images", "_videos", "_audios")}
    talk = {"_prompt": [[{"content": number}] for number in numbers], "_response": [[{}] for _ in numbers]}
    settings = types.SimpleNamespace(cutoff_len=LONGEST - packed, neat_packing=packed)
    pads = types.SimpleNamespace(pad_token_id=0)
    made = Given(template=None, tokenizer=pads, processor=None, data_args=settings).preprocess_dataset(
        {**examples, **talk}
    )
    DatasetDict({"train": Dataset.from_dict(made)}).save_to_disk(folder)


def _clock() -> Any:
    """Times all steps of a run."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.told: dict[str, Any] = {"losses": []}

        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 0:
                self.memory = _memory_mb()
                self.began = time.process_time(), time.perf_counter()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.told |= {
                "seconds": time.process_time() - self.began[0], "wall_seconds": time.perf_counter() - self.began[1],
                "steps": state.global_step, "peak_mb": _memory_mb() - self.memory,
            }  # fmt: skip

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            self.told["losses"] += [logs["loss"]] if logs and "loss" in logs else []

    return Clock()


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
