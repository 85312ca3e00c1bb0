"""Merging adapters: ours from their files against PEFT's `add_weighted_adapter` on a base, in one run.

    python -m benchmarks.merge [--quick] [--seven_b] [--whole_model]

Each contender is a fresh process on one thread; CPU seconds are the process's own from after its imports to the end,
memory is its peak above what the imports took. Ours includes reading and writing the files, PEFT's does not.

- `svd`: 3 (2) adapters of rank 16 on square layers of 1024 (4 of them), 2048 (4) and 4096 (2);
- `ties_svd`: 3 adapters, density 0.2, on one layer of 2048 (4096);
- `--seven_b`: two rank-16 adapters on every linear layer of a 7B-shaped model, merged by the recipe itself;
- `--whole_model`: `svd` of three adapters of a model of 1.08 GB, loading and saving included on both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from backend.core.paths import PROJECT_ROOT
from benchmarks.large_model import make_adapter, make_model
from benchmarks.report import report

WEIGHTS = [0.7, 0.5, -0.3, 0.4]
SEVEN_B = {
    **dict.fromkeys(("self_attn.q_proj", "self_attn.o_proj"), (4096, 4096)),
    **dict.fromkeys(("self_attn.k_proj", "self_attn.v_proj"), (4096, 4096)),
    **dict.fromkeys(("mlp.gate_proj", "mlp.up_proj"), (11008, 4096)),
    "mlp.down_proj": (4096, 11008),
}
"""(out, in) of a Llama-2-7B block, of which there are 32."""

MEASURED = """
import json, os, resource, sys, time
def resident():
    return next(int(l.split()[1]) / 1024 for l in open('/proc/self/status') if l.startswith('VmRSS'))
def peak():
    return next(int(l.split()[1]) / 1024 for l in open('/proc/self/status') if l.startswith('VmHWM'))
def forget_peak():
    with open('/proc/self/clear_refs', 'w') as file: file.write('5')
"""

OURS = (
    MEASURED
    + """
import torch; torch.set_num_threads(1)
from backend.core.params import MergeParams
from backend.core.environment.settings import load_settings
from backend.core.runs.events import RunReporter
from backend.engine.merge import story
from backend.engine.merge.parents import open_parents
params = MergeParams.model_validate(json.loads(sys.argv[1]))
forget_peak(); before, start = resident(), time.process_time()
story.merge(open_parents(params, load_settings()), params, load_settings(), RunReporter())
print(json.dumps({'seconds': time.process_time() - start, 'megabytes': peak() - before}))
"""
)

PEFT = (
    MEASURED
    + """
import torch; torch.set_num_threads(1)
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
given = json.loads(sys.argv[1])
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        for place in range(given['layers']):
            setattr(self, f'layer{place}', torch.nn.Linear(given['size'], given['size'], bias=False))
forget_peak(); before = resident()
config = LoraConfig(r=16, lora_alpha=32, target_modules=[f'layer{place}' for place in range(given['layers'])])
model = get_peft_model(Net(), config, adapter_name='a0')
for name in given['adapters'][1:]:
    model.add_adapter(name, config)
own = dict(model.named_parameters())
for name in given['adapters']:
    for key, value in load_file(f"{given['folder']}/{name}/adapter_model.safetensors").items():
        own[key.replace('.weight', f'.{name}.weight')].data = value
start = time.process_time()
model.add_weighted_adapter(given['adapters'], given['weights'], 'merged', combination_type=given['method'],
                           svd_rank=16, **given['options'])
print(json.dumps({'seconds': time.process_time() - start, 'megabytes': peak() - before}))
"""
)


PEFT_WHOLE = (
    MEASURED
    + """
import torch; torch.set_num_threads(1)
from peft import PeftModel
from transformers import AutoModelForCausalLM
given = json.loads(sys.argv[1])
forget_peak(); before, start = resident(), time.process_time()
model = AutoModelForCausalLM.from_pretrained(given['base'], dtype=torch.bfloat16)
names = [f'a{place}' for place in range(len(given['adapters']))]
model = PeftModel.from_pretrained(model, given['adapters'][0], adapter_name=names[0])
for name, folder in list(zip(names, given['adapters']))[1:]:
    model.load_adapter(folder, name)
model.add_weighted_adapter(names, given['weights'], 'merged', combination_type='svd', svd_rank=16)
model.save_pretrained(given['out'], selected_adapters=['merged'])
print(json.dumps({'seconds': time.process_time() - start, 'megabytes': peak() - before}))
"""
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="size 1024 only, under a minute")
    parser.add_argument("--seven_b", action="store_true", help="a 7B-shaped model's adapters instead, about a minute")
    parser.add_argument("--whole_model", action="store_true", help="every layer of 1.08 GB instead, six minutes")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    if options.seven_b:
        figures |= seven_b()
    elif options.whole_model:
        whole_model(figures, ratios)
    else:
        sizes = [(1024, 4, 3)] if options.quick else [(1024, 4, 3), (2048, 4, 3), (4096, 2, 2)]
        for size, layers, count in sizes:
            against_peft("svd", size, layers, count, {}, figures, ratios)
        if not options.quick:
            for size in (2048, 4096):
                against_peft("ties_svd", size, 1, 3, {"density": 0.2}, figures, ratios)
    report("merge", figures, ratios)


def against_peft(
    method: str,
    size: int,
    layers: int,
    count: int,
    options: dict[str, Any],
    figures: dict[str, float],
    ratios: dict[str, float],
) -> None:
    """Both contenders on the same adapters."""
    with tempfile.TemporaryDirectory() as folder:
        names = make_adapters(Path(folder), {f"layer{place}": (size, size) for place in range(layers)}, count)
        pairs = [f"{folder}/{name}:{weight}" for name, weight in zip(names, WEIGHTS, strict=False)]
        ours = measured(OURS, {"adapters": pairs, "output_dir": f"{folder}/m", "method": method, "rank": "16",
                               "prove": False, "register_adapter": False, **options})  # fmt: skip
        theirs = measured(PEFT, {"adapters": names, "weights": WEIGHTS[:count], "folder": folder, "method": method,
                                 "size": size, "layers": layers, "options": options})  # fmt: skip
    record(f"{method}_{size}", ours, theirs, figures, ratios)


def whole_model(figures: dict[str, float], ratios: dict[str, float]) -> None:
    """All 56 linear layers of a Llama of 542 million parameters."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        base = make_model(folder / "base")
        adapters = [str(make_adapter(folder / f"a{seed}", base, seed=seed)) for seed in range(3)]
        pairs = [f"{adapter}:{weight}" for adapter, weight in zip(adapters, WEIGHTS, strict=False)]
        ours = measured(OURS, {"adapters": pairs, "output_dir": f"{folder}/m", "method": "svd", "rank": "16",
                               "prove": False, "register_adapter": False})  # fmt: skip
        theirs = measured(PEFT_WHOLE, {"base": str(base), "adapters": adapters, "weights": WEIGHTS[:3],
                                       "out": f"{folder}/theirs"})  # fmt: skip
    record("whole_model", ours, theirs, figures, ratios)


def record(
    key: str, ours: dict[str, float], theirs: dict[str, float], figures: dict[str, float], ratios: dict[str, float]
) -> None:
    """Keep and print one comparison."""
    for name, found in (("ours", ours), ("peft", theirs)):
        figures |= {f"{name}_{key}_cpu_seconds": found["seconds"], f"{name}_{key}_megabytes": found["megabytes"]}
    ratios[f"peft_{key}"] = theirs["seconds"] / ours["seconds"]
    ratios[f"peft_{key}_memory"] = theirs["megabytes"] / ours["megabytes"]
    print(f"{key}: {ratios[f'peft_{key}']:.0f}x CPU, {ratios[f'peft_{key}_memory']:.0f}x memory")


def seven_b() -> dict[str, float]:
    """The recipe on the adapters of a 7B-shaped model: wall seconds and peak megabytes of the whole process."""
    layers = {f"model.layers.{block}.{name}": shape for block in range(32) for name, shape in SEVEN_B.items()}
    with tempfile.TemporaryDirectory() as folder:
        names = make_adapters(Path(folder), layers, 2)
        command = [sys.executable, "merge_multiple_loras.py", "--output_dir", f"{folder}/m"]
        command += ["--adapters", *(f"{folder}/{name}:0.5" for name in names)]
        command += ["--prove", "false", "--register_adapter", "false"]
        start = perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT_ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit("the merge failed")
        return {"seven_b_wall_seconds": perf_counter() - start, "seven_b_peak_megabytes": usage.ru_maxrss / 1024,
                "seven_b_cpu_seconds": usage.ru_utime + usage.ru_stime}  # fmt: skip


def make_adapters(folder: Path, layers: dict[str, tuple[int, int]], count: int) -> list[str]:
    """Rank-16 adapters of random factors, in files as PEFT writes them."""
    import torch
    from safetensors.torch import save_file

    names = [f"a{place}" for place in range(count)]
    for seed, name in enumerate(names):
        drawn = torch.Generator().manual_seed(seed)
        tensors = {}
        for layer, (out, into) in layers.items():
            tensors[f"base_model.model.{layer}.lora_A.weight"] = torch.randn(16, into, generator=drawn) / 64
            tensors[f"base_model.model.{layer}.lora_B.weight"] = torch.randn(out, 16, generator=drawn) / 64
        (folder / name).mkdir()
        save_file(tensors, folder / name / "adapter_model.safetensors", metadata={"format": "pt"})
        config = {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "r": 16,
            "lora_alpha": 32,
            "bias": "none",
            "base_model_name_or_path": "random",
            "target_modules": sorted({x.split(".")[-1] for x in layers}),
        }
        (folder / name / "adapter_config.json").write_text(json.dumps(config))
    return names


def measured(program: str, given: dict[str, Any]) -> dict[str, float]:
    """Run a contender in a process of its own."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run([sys.executable, "-c", program, json.dumps(given)], env=environ, cwd=PROJECT_ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
