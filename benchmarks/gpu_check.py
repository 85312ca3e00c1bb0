"""Everything that only a GPU can show, in one command: speed, memory and sameness of training and answers.

    python -m benchmarks.gpu_check [--small] [--minutes 10] [--only G1,G3] [--out FILE] [--wheels DIR]

Random weights of Qwen2's real shapes (0.5B, 1.5B, 7B) and random tokens: nothing is downloaded, no tokenizer needed.
Each part is a process of its own with a time limit; what fails says why, and the others go on. Without a GPU, or with
`--small`, all parts run to the end on the CPU with small shapes, which shows that they work and nothing about speed.

The machine must have torch, transformers, peft, accelerate and this repository's `backend` and `benchmarks`. Whatever
else is missing there is brought along as wheels for its Python and named with `--wheels`; what the machine has itself
comes first. Beside bitsandbytes these are, where they are missing, pydantic, pydantic_core, annotated_types,
typing_inspection, python-dotenv, datasets, dill and multiprocess (46 MB in all):

    pip download --no-deps --only-binary=:all: --python-version 3.12 --platform manylinux_2_24_x86_64
        --platform manylinux_2_17_x86_64 -d DIR bitsandbytes pydantic==2.14.3 pydantic-core==2.50.4 ...
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Part:
    """A part of the check.

    Args:
        title: what it shows.
        home: `module:function` in `benchmarks.gpu`.
        share: of the whole time, at most.
    """

    title: str
    home: str
    share: float


PARTS = {
    "parity": Part("loss and gradients as on a CPU", "sameness:parity", 0.1),
    "resume": Part("stopped and resumed", "sameness:resume", 0.15),
    "G1": Part("training, 0.5B in 16 bit", "training:half_b", 0.15),
    "G2": Part("training, 7B in 16 bit", "training:seven_b", 0.25),
    "G3": Part("training in NF4", "training:quantised", 0.25),
    "G4": Part("the loss of a large vocabulary", "head:loss_head", 0.08),
    "G5": Part("answers in batches, 7B", "decoding:batches", 0.25),
    "G6": Part("answers with many adapters, 1.5B", "decoding:adapters", 0.2),
    "G7": Part("waits for the GPU", "training:waits", 0.1),
}


def main() -> None:
    """Run the parts, print the table and the line of JSON; exit code 1 if a part failed."""
    given = arguments()
    if given.part:
        run_part(given.part, given.small, given.out)
        return
    names = given.only.split(",") if given.only else list(PARTS)
    if unknown := set(names) - set(PARTS):
        raise SystemExit(
            f"--only {given.only}: there is no part {', '.join(sorted(unknown))}, only {', '.join(PARTS)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        environ = environment(given, Path(folder) / "wheels")
        ends = time.monotonic() + 60 * given.minutes
        found = {name: in_process(name, given, environ, Path(folder), ends) for name in names}
    from benchmarks.report import report

    figures = {f"{name}_{key}": value for name, one in found.items() for key, value in one.get("figures", {}).items()}
    failed = {name: one["failure"] for name, one in found.items() if "failure" in one}
    print(f"\n{len(found) - len(failed)} of {len(found)} parts ran to their end.")
    name = "gpu_check_small" if given.small or not has_gpu() else "gpu_check"
    report(name, figures, {key: value for key, value in figures.items() if "_over_" in key})
    if given.out:
        given.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
    raise SystemExit(1 if failed else 0)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="small shapes on the CPU; what happens without a GPU")
    parser.add_argument("--minutes", type=float, default=10.0, help="for everything")
    parser.add_argument("--only", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--out", type=Path, help="also write everything found into this file")
    parser.add_argument("--wheels", type=Path, help="folder of wheels of what the machine lacks")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def has_gpu() -> bool:
    """Whether the parts had one."""
    import torch

    return torch.cuda.is_available()


def environment(given: argparse.Namespace, unpacked: Path) -> dict[str, str]:
    """The environment of the parts: one GPU at most, and the wheels at the end of their path."""
    gpu = "" if given.small else os.environ.get("CUDA_VISIBLE_DEVICES", "0")
    quiet = {"CUDA_VISIBLE_DEVICES": gpu, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    if given.wheels:
        found = sorted(given.wheels.glob("*.whl"))
        if not found:
            raise SystemExit(f"--wheels {given.wheels}: there is no wheel in this folder.")
        for wheel in found:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(unpacked)
        quiet["GPU_CHECK_WHEELS"] = str(unpacked)
        sys.path.append(str(unpacked))
    return {**os.environ, **quiet}


def in_process(
    name: str, given: argparse.Namespace, environ: dict[str, str], folder: Path, ends: float
) -> dict[str, Any]:
    """One part in a process of its own: what it found, or a `failure`."""
    part, out, log = PARTS[name], folder / f"{name}.json", folder / f"{name}.log"
    limit = min(60 * given.minutes * part.share, ends - time.monotonic())
    print(f"\n{name}  {part.title}", flush=True)
    if limit < 5:
        return told_failure(f"not run: the {given.minutes:g} minutes are over")
    command = [sys.executable, "-m", "benchmarks.gpu_check", "--part", name, "--out", str(out)]
    began = time.monotonic()
    with log.open("wb") as stream:
        try:
            code = subprocess.run(
                [*command, *["--small"] * given.small], env=environ, stdout=stream, stderr=stream, timeout=limit,
                check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            return told_failure(f"stopped at its limit of {limit:.0f} s")
    if code or not out.is_file():
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return told_failure("\n    ".join(["failed", *lines[-12:]]))
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    for sentence in found["sentences"]:
        print(f"    {sentence}")
    print(f"    ({time.monotonic() - began:.0f} s)", flush=True)
    return found


def told_failure(why: str) -> dict[str, Any]:
    """Why a part gave nothing, told at once."""
    print(f"    {why}", flush=True)
    return {"failure": why}


def run_part(name: str, small: bool, out: Path) -> None:
    """The child's side: run one part and write down what it found."""
    if wheels := os.environ.get("GPU_CHECK_WHEELS"):
        sys.path.append(wheels)
    from backend.engine.loading import quiet_libraries
    from benchmarks.gpu.bench import Bench

    quiet_libraries()
    module, _, function = PARTS[name].home.partition(":")
    found = getattr(importlib.import_module(f"benchmarks.gpu.{module}"), function)(Bench.here(small))
    out.write_text(json.dumps({"figures": found.figures, "sentences": found.sentences}), encoding="utf-8")


if __name__ == "__main__":
    main()
