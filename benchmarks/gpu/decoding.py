"""G5 and G6: greedy answers in batches, on 16-bit and NF4 weights, and with many adapters in one batch."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import GenerationConfig

from backend.core.params.groups import Sampling
from backend.engine.answering.answers import Request
from backend.engine.answering.decoder import Decoder, Room
from backend.engine.answering.lora_stack import LoraStack
from benchmarks.gpu.bench import Bench, Found
from benchmarks.inference import Silent
from benchmarks.random_models import base_model

Prompts = list[list[int]]
MOST_IN_PEFT = 16
"""Adapters that PEFT is given: it runs the batch once for each."""


def batches(bench: Bench) -> Found:
    """G5: tokens per second of ours and of `generate`, with 1 to 128 rows."""
    found, bandwidth = Found(), bench.bandwidth()
    shape, new = bench.sized(("7b", 32), ("small", 4))
    for nf4 in (False, True):
        kind = "nf4" if nf4 else "bf16"
        with bench.emptied():
            model = base_model(shape, bench.device, nf4=nf4)
            held = sum(weight.numel() * weight.element_size() for weight in model.parameters())
            for rows in bench.sized((1, 8, 32, 128), (1, 4)):
                prompts = _prompts(rows, 128 if rows > 4 else 64, model.config.vocab_size)
                limit = rows * bandwidth / held
                _compare(bench, found, f"{kind}_{rows}", model, prompts, new, limit)
            del model
    return found


def _compare(bench: Bench, found: Found, name: str, model: Any, prompts: Prompts, new: int, limit: float) -> None:
    tokens = len(prompts) * new
    theirs = tokens / bench.seconds(lambda: _generate(model, prompts, new), 2)
    ours = tokens / bench.seconds(lambda: _answer(model, prompts, new, [None] * len(prompts)), 2)
    found.figures |= {f"{name}_ours": ours, f"{name}_generate": theirs, f"{name}_ratio": ours / theirs}
    found.tell(
        f"{name:>9} rows: ours {ours:8.0f}, generate {theirs:8.0f} tokens/s ({ours / theirs:.2f} x); "
        f"reading the weights alone: {limit:.0f}"
    )


def adapters(bench: Bench) -> Found:
    """G6: a batch of which every row wears another adapter, over the bare base, and PEFT's mixed batch."""
    found = Found()
    for count in bench.sized((16, 64), (2, 4)):
        with bench.emptied(), tempfile.TemporaryDirectory() as folder:
            _mixed(bench, found, count, Path(folder))
    return found


def _mixed(bench: Bench, found: Found, count: int, folder: Path) -> None:
    shape, new = bench.sized(("1.5b", 32), ("small", 4))
    model = base_model(shape, bench.device)
    prompts, bare = _prompts(count, 64, model.config.vocab_size), [None] * count
    speed = {"base": count * new / bench.seconds(lambda: _answer(model, prompts, new, bare), 2)}
    peft, names = _adapted(base_model(shape, bench.device), min(count, MOST_IN_PEFT), folder)
    worn = _folders(folder, names, count)
    stack = LoraStack(model, capacity=count)
    speed["ours"] = count * new / bench.seconds(lambda: _answer(model, prompts, new, worn, stack), 2)
    if count <= MOST_IN_PEFT:
        theirs = bench.seconds(lambda: _generate(peft, prompts, new, adapter_names=names), 1)
        speed["peft"] = count * new / theirs
    found.figures |= {f"{count}_{name}": value for name, value in speed.items()}
    found.figures |= {f"{count}_ours_over_{name}": speed["ours"] / speed[name] for name in speed if name != "ours"}
    told = ", ".join(f"{name} {value:.0f}" for name, value in speed.items())
    found.tell(f"{count} adapters, tokens/s: {told}")


def _adapted(model: Any, count: int, folder: Path) -> tuple[Any, list[str]]:
    """The model with random adapters in PEFT, saved as folders too; and their names."""
    lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    peft: Any = get_peft_model(model, lora, adapter_name="a0", autocast_adapter_dtype=False)
    names = [f"a{place}" for place in range(count)]
    for name in names[1:]:
        peft.add_adapter(name, lora)
    with torch.no_grad():
        for key, weight in peft.named_parameters():
            if "lora_" in key:
                weight.data = (torch.randn_like(weight) * 0.05).to(model.dtype)
    peft.to(model.device).eval()
    for name in names:
        peft.save_pretrained(str(folder), selected_adapters=[name])
    return peft, names


def _folders(folder: Path, names: list[str], count: int) -> list[Path]:
    """As many adapters as asked, those beyond the saved ones under further names."""
    for place in range(len(names), count):
        (folder / f"a{place}").symlink_to(folder / names[place % len(names)])
    return [folder / f"a{place}" for place in range(count)]


def _prompts(rows: int, length: int, vocabulary: int) -> Prompts:
    drawn = torch.Generator().manual_seed(1)
    return torch.randint(3, vocabulary, (rows, length), generator=drawn).tolist()


def _answer(
    model: Any, prompts: Prompts, new: int, worn: Sequence[Path | None], stack: LoraStack | None = None
) -> None:
    """Ours: all prompts at once."""
    room = Room(rows=len(prompts), tokens=10**9)
    decoder = Decoder(model, Silent(), stack or LoraStack(model, capacity=1), room)
    sampling = Sampling(temperature=0, max_new_tokens=new)
    rows = [
        decoder.submit(Request(prompt, sampling, frozenset(), adapter))
        for prompt, adapter in zip(prompts, worn, strict=True)
    ]
    done = list(decoder.run(rows))
    short = [row for row in done if row.error or row.answer is None or len(row.answer.tokens) != new]
    if short:
        raise RuntimeError(f"{len(short)} of {len(done)} answers are not whole: {short[0].error}")


def _generate(model: Any, prompts: Prompts, new: int, **more: Any) -> None:
    """transformers' own."""
    ids = torch.tensor(prompts, device=model.device)
    given = GenerationConfig(
        max_new_tokens=new, min_new_tokens=new, do_sample=False, pad_token_id=0, eos_token_id=None, use_cache=True
    )
    with torch.inference_mode():
        model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=given, **more)
