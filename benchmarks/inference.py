"""Answers per second: ours against plain transformers and PEFT, in one run.

    python -m benchmarks.inference [--quick] [--device cuda --shape 1.5b]

Three questions, each with 16 prompts of 16 to 160 tokens and 48 (32 with several adapters) new greedy tokens, on a
random model of 20 million parameters (or of Qwen2-1.5B's shape) with rank-16 adapters on every linear layer:

- one adapter: a batch of ours against `generate` one by one;
- 4 and 16 adapters: a mixed batch of ours against switching adapters one by one, and against PEFT's mixed batch
  (`adapter_names`);
- no adapter: ours against transformers' continuous-batching manager, which knows no adapters.

A ratio is the peer's time over ours. CPU times are of this process on one thread; GPU times are wall times.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig, Qwen2Config, Qwen2ForCausalLM

from backend.core.params.groups import Sampling
from backend.engine.answering.answers import Request
from backend.engine.answering.decoder import Decoder, Room
from backend.engine.answering.lora_stack import LoraStack
from benchmarks.report import interleaved, report

REQUESTS = 16
SHAPES: dict[str, dict[str, Any]] = {
    "20m": {"hidden_size": 384, "num_hidden_layers": 8, "num_attention_heads": 6, "num_key_value_heads": 2,
            "intermediate_size": 1536, "vocab_size": 8192, "tie_word_embeddings": True},
    "1.5b": {"hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2,
             "intermediate_size": 8960, "vocab_size": 151_936, "tie_word_embeddings": True},
}  # fmt: skip


class Silent:
    """In a tokenizer's place: the benchmark counts tokens and reads no text."""

    pad_token_id = 0

    def decode(self, tokens: list[int], **_: Any) -> str:
        """One letter a token."""
        return "x" * len(tokens)


class Contest:
    """One model in plain form, for the peers, and one for us, with the same weights and adapters.

    Args:
        shape: a name of `SHAPES`.
        dtype: precision.
        device: where.
        adapters: how many.
        folder: where the adapters are kept.
    """

    def __init__(self, shape: str, dtype: torch.dtype, device: str, adapters: int, folder: Path) -> None:
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(0)
        config = Qwen2Config(**SHAPES[shape])
        self.config, self.device, self.count = config, device, adapters
        base = Qwen2ForCausalLM(config).to(device, dtype).eval()
        ours = Qwen2ForCausalLM(config).to(device, dtype).eval()
        ours.load_state_dict(base.state_dict())
        lora = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        self.names = [f"a{place}" for place in range(adapters)]
        self.peft: Any = get_peft_model(base, lora, adapter_name="a0", autocast_adapter_dtype=False).eval()
        for name in self.names[1:]:
            self.peft.add_adapter(name, lora)
        with torch.no_grad():
            for key, weight in self.peft.named_parameters():
                if "lora_" in key:
                    weight.data = torch.randn_like(weight).to(dtype) * 0.05
        self.peft.to(device).eval()
        for name in self.names:
            self.peft.save_pretrained(str(folder), selected_adapters=[name])
        self.folders = [folder / name for name in self.names]
        room = Room(rows=REQUESTS, tokens=10**9)
        self.decoder = Decoder(ours, Silent(), LoraStack(ours, capacity=64), room)
        lengths = torch.linspace(16, 160, REQUESTS).int().tolist()
        drawn = torch.Generator().manual_seed(1)
        self.prompts = [torch.randint(3, config.vocab_size, (length,), generator=drawn).tolist() for length in lengths]

    def ours(self, new: int) -> list[tuple[int, ...]]:
        """All prompts in one batch, adapters in turn."""
        sampling = Sampling(temperature=0, max_new_tokens=new)
        rows = [
            self.decoder.submit(Request(prompt, sampling, frozenset(), self.folders[place % self.count]))
            for place, prompt in enumerate(self.prompts)
        ]
        list(self.decoder.run(rows))
        return [row.answer.tokens for row in rows if row.answer]

    def one_by_one(self, new: int) -> list[tuple[int, ...]]:
        """`set_adapter` and `generate` for each prompt."""
        found = []
        for place, prompt in enumerate(self.prompts):
            if self.count > 1 or place == 0:
                self.peft.set_adapter(self.names[place % self.count])
            found.append(self._generate([prompt], new)[0])
        return found

    def peft_mixed(self, new: int) -> list[tuple[int, ...]]:
        """PEFT's mixed batch, padded on the left."""
        names = [self.names[place % self.count] for place in range(REQUESTS)]
        return self._generate(self.prompts, new, adapter_names=names)

    def _generate(self, prompts: list[list[int]], new: int, **more: Any) -> list[tuple[int, ...]]:
        longest = max(map(len, prompts))
        ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts], device=self.device)
        columns = torch.arange(longest, device=self.device)
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=self.device)
        mask = (columns[None] >= longest - lengths[:, None]).long()
        options = {"max_new_tokens": new, "min_new_tokens": new, "do_sample": False, "pad_token_id": 0}
        with torch.inference_mode():
            output = self.peft.generate(input_ids=ids, attention_mask=mask, eos_token_id=None, **options, **more)
        return [tuple(row[longest:].tolist()) for row in output]

    def bare(self, new: int) -> list[tuple[int, ...]]:
        """Ours without adapters."""
        sampling = Sampling(temperature=0, max_new_tokens=new)
        rows = [self.decoder.submit(Request(prompt, sampling, frozenset())) for prompt in self.prompts]
        list(self.decoder.run(rows))
        return [row.answer.tokens for row in rows if row.answer]

    def manager(self, new: int) -> list[tuple[int, ...]]:
        """transformers' continuous batching, with a cache sized by hand: sized by itself it is 3 to 5 times slower."""
        model = self.decoder.model
        given = GenerationConfig(max_new_tokens=new, do_sample=False, eos_token_id=-1, pad_token_id=0)
        sizes = ContinuousBatchingConfig(num_blocks=256, max_batch_tokens=512)
        kept = model.config._attn_implementation
        found = model.generate_batch(self.prompts, generation_config=given, continuous_batching_config=sizes)
        model.set_attn_implementation(kept)
        return [tuple(found[key].generated_tokens) for key in sorted(found, key=lambda key: int(key.split("_")[-1]))]


def agreement(left: list[tuple[int, ...]], right: list[tuple[int, ...]]) -> float:
    """Share of answers that are the same, token by token."""
    return sum(one == other for one, other in zip(left, right, strict=True)) / len(left)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one timed round in bfloat16, no 16 adapters")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--shape", default="20m", choices=sorted(SHAPES))
    parser.add_argument("--dtypes", nargs="+", default=["bfloat16", "float32"])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    repeats = 1 if options.quick else options.repeats
    dtypes = options.dtypes[:1] if options.quick else options.dtypes
    counts = (1, 4) if options.quick else (1, 4, 16)
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for dtype in dtypes:
        for adapters in counts:
            with tempfile.TemporaryDirectory() as folder:
                contest = Contest(options.shape, getattr(torch, dtype), options.device, adapters, Path(folder))
                measure(contest, dtype, repeats, figures, ratios)
                del contest
            if options.device == "cuda":
                torch.cuda.empty_cache()
    for name, value in ratios.items():
        print(f"{name:40s} {value:6.2f}x")
    report("inference", figures, ratios)


def measure(contest: Contest, dtype: str, repeats: int, figures: dict[str, float], ratios: dict[str, float]) -> None:
    """Time the contenders of one model and check that they write the same."""
    new = 48 if contest.count == 1 else 32
    contenders = {"ours": contest.ours, "one_by_one": contest.one_by_one}
    if contest.count > 1:
        contenders |= {"peft_mixed": contest.peft_mixed, "base_only": contest.bare}
    elif contest.device == "cpu":
        contenders |= {"base_only": contest.bare, "transformers_manager": contest.manager}
    answers = {name: run(new) for name, run in contenders.items()}
    key = f"{dtype}_{contest.count}_adapters" if contest.count > 1 else dtype
    figures[f"same_answers_{key}"] = agreement(answers["ours"], answers["one_by_one"])
    timed = {name: (lambda run=run: run(new)) for name, run in contenders.items()}
    seconds = interleaved(timed, repeats, wall=contest.device == "cuda")  # type: ignore[arg-type]
    for name, taken in seconds.items():
        figures[f"{name}_{key}_tokens_per_second"] = REQUESTS * new / taken
        if name != "ours":
            ratios[f"{name}_{key}"] = taken / seconds["base_only" if name == "transformers_manager" else "ours"]


if __name__ == "__main__":
    main()
