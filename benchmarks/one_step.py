"""One training step of a small model, measured in a process of its own: what its memory and time come to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

RANK = 16


def in_process(module: str, *given: object) -> dict[str, float]:
    """What `python -m <module> --contender ...` prints, on one thread."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", module, *map(str, given)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ended.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def adapted_model(vocabulary: int) -> Any:
    """A Qwen2 of 20 million parameters without its embedding, in bfloat16, adapted in every linear layer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = Qwen2Config(
        hidden_size=384, num_hidden_layers=8, num_attention_heads=6, num_key_value_heads=2, intermediate_size=1536,
        vocab_size=vocabulary, tie_word_embeddings=True,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config).to(torch.bfloat16).requires_grad_(False)
    lora = LoraConfig(r=RANK, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora).train()


def examples(count: int, length: int, supervised: float, vocabulary: int) -> list[dict[str, list[int]]]:
    """Random examples whose end is supervised."""
    import random

    draw = random.Random(0)
    asked = round(length * (1 - supervised))
    found = []
    for _ in range(count):
        ids = [draw.randrange(vocabulary) for _ in range(length)]
        found.append({"input_ids": ids, "labels": [-100] * asked + ids[asked:]})
    return found


def measured(step: Callable[[], None], warm_up: Callable[[], None], repeats: int) -> dict[str, float]:
    """Peak memory of the first step above that before it, and the median CPU time of the later ones.

    Args:
        warm_up: a step on next to nothing, so that what the libraries make once is there before.
    """
    from backend.engine.memory import peak_of

    warm_up()
    peak = peak_of(step)
    seconds = []
    for _ in range(repeats):
        began = process_time()
        step()
        seconds.append(process_time() - began)
    return {"peak_mb": peak / 2**20, "seconds": median(seconds)}
