"""Memory and time of a step by how its loss is computed: all logits, those that are learnt, or these in pieces.

    python -m benchmarks.loss_memory [--quick]

- `full`: the model's own forward, logits for every token, as with the plain Trainer;
- `selected`: the output layer only where there is a label, all at once;
- `ours`: the same in pieces, the gradient computed beside the loss.

A Qwen2 of 20 million parameters without its embedding, bfloat16, rank 16 on every linear layer, two examples of 256
tokens; vocabularies of 8,192 and 151,936; 100, 50, 25 and 10 % of the tokens supervised. Each contender is a process
of its own; its memory is the peak of a whole step, forth and back, above that before it. `ratios` are ours over full.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from benchmarks.one_step import adapted_model, examples, in_process, measured
from benchmarks.report import report

CONTENDERS = ("full", "selected", "ours")
COUNT, LENGTH = 2, 256


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--vocabulary", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--supervised", type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        print(json.dumps(step_of(given.contender, given.vocabulary, given.supervised)))
        return
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for vocabulary in [151_936] if given.quick else [8_192, 151_936]:
        for share in [0.25] if given.quick else [1.0, 0.5, 0.25, 0.1]:
            found = {
                name: in_process(
                    "benchmarks.loss_memory", "--contender", name, "--vocabulary", vocabulary, "--supervised", share
                )
                for name in CONTENDERS
            }
            case = f"{vocabulary // 1000}k_{share:.0%}".replace("%", "")
            figures |= {f"{case}_{name}_{key}": value for name, run in found.items() for key, value in run.items()}
            for key in ("peak_mb", "seconds"):
                ratios[f"{case}_{key}"] = found["ours"][key] / found["full"][key]
    report("loss_memory", figures, ratios)


def step_of(contender: str, vocabulary: int, supervised: float) -> dict[str, float]:
    """One contender's figures."""
    import torch
    import torch.nn.functional as F

    from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator
    from backend.engine.unpadded.proof import unpad

    model = adapted_model(vocabulary)
    causal = model.get_base_model()
    if contender == "ours":
        unpad(causal)

    def loss_of(some: list[dict[str, list[int]]]) -> Any:
        if contender == "ours":
            return model(**EndToEndCollator()(some)).loss
        batch = DataCollatorForCausalLM(0)(some)
        if contender == "full":
            return model(**batch, use_cache=False).loss
        labels = batch.pop("labels")[:, 1:]
        hidden = causal.model(**batch, use_cache=False).last_hidden_state[:, :-1]
        learnt = labels != -100
        return F.cross_entropy(causal.lm_head(hidden[learnt]).float(), labels[learnt])

    def step(some: list[dict[str, list[int]]]) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(some)
        loss.backward()
        model.zero_grad(set_to_none=True)

    whole = examples(COUNT, LENGTH, supervised, vocabulary)
    few = examples(1, 8, 0.5, vocabulary)
    return measured(lambda: step(whole), lambda: step(few), repeats=5)


if __name__ == "__main__":
    main()
