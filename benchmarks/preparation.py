"""Preparing data: seconds and memory by the number of records, the first and the second time, and against a peer.

    python -m benchmarks.preparation [--records 1000 10000 100000] [--data FILE] [--tokenizer FOLDER] [--quick]

The records are those of a file of examples, over and over, each question with a number of its own. Each measurement is
a process of its own with one thread, and is what a run does before it loads the model: read, check, render, tokenise,
label; the second finds what the first has kept. The peer is `datasets`: `load_dataset` and `map`, record by record,
which renders question and conversation with `apply_chat_template` and tokenises both parts, as trainers do.

Counted are CPU seconds, the processes that it starts included, and memory above what the imports took.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.report import report

ROOT = Path(__file__).parents[1]
CONTENDERS = ("ours", "ours_again", "map", "map_again")
LONGEST = 2048


def main() -> None:
    """Measure and report."""
    given = arguments()
    if given.contender:
        print(json.dumps(measured(given.contender, given)))
        return
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for count in [200, 1000] if given.quick else given.records:
        with tempfile.TemporaryDirectory(prefix="preparation-") as folder:
            file = Path(folder, "records.json")
            write_records(given.data, count, file)
            found = {name: in_process(name, file, given.tokenizer) for name in CONTENDERS}
        print(f"{count}: {found}", file=sys.stderr)
        figures |= {f"{name}_{count}_{key}": value for name, run in found.items() for key, value in run.items()}
        ratios[f"again_over_first_{count}"] = found["ours_again"]["tokenising_s"] / found["ours"]["tokenising_s"]
        ratios[f"start_again_over_first_{count}"] = found["ours_again"]["cpu_s"] / found["ours"]["cpu_s"]
        ratios[f"map_over_ours_{count}"] = found["map"]["cpu_s"] / found["ours"]["cpu_s"]
    report("preparation", figures, ratios)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "physics_qa.json", help="whose records are taken")
    parser.add_argument("--tokenizer", default="tiny", help="folder of a model, or of its tokenizer and config.json")
    parser.add_argument("--quick", action="store_true", help="200 and 1,000 records")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_records(source: Path, count: int, target: Path) -> None:
    """A JSON list of so many records."""
    from backend.core.data.datasets import load_records

    records = load_records(source).records
    with target.open("w", encoding="utf-8") as file:
        for number, record in enumerate(islice(cycle(records), count)):
            question = f"{record.question} ({number})"
            row = {"instruction": question, "input": "", "output": record.answer}
            file.write(("[" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False))
        file.write("]")


def in_process(name: str, file: Path, tokenizer: str) -> dict[str, float]:
    """What one measurement told."""
    settings = {"STATE_DIR": str(file.parent / "state"), "HF_DATASETS_CACHE": str(file.parent / "datasets")}
    threads = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "benchmarks.preparation", "--contender", name]
    ended = subprocess.run(
        [*command, "--data", str(file), "--tokenizer", tokenizer],
        cwd=ROOT, env={**os.environ, **settings, **threads}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measured(name: str, given: argparse.Namespace) -> dict[str, float]:
    """CPU seconds and memory of one preparation in this process."""
    run = {"ours": ours, "map": mapped}[name.removesuffix("_again")]
    return run(given.data, given.tokenizer)


def ours(file: Path, tokenizer: str) -> dict[str, float]:
    """What `train.py` does."""
    from backend.core.environment.settings import load_settings
    from backend.core.models.templates import FOREIGN
    from backend.core.params import TrainParams
    from backend.core.runs.events import RunReporter
    from backend.engine.preparation import prepare

    params = TrainParams(dataset_path=str(file), adapter_name="a", base_model_name=tokenizer, max_length=LONGEST)
    begun = Meter()
    prepared = prepare(params, load_settings(), RunReporter())
    FOREIGN.close()  # its time counts from its end
    found = begun.figures()
    seconds = float(prepared.took.partition(" s")[0].rpartition("(" if "cache" in prepared.took else " ")[2])
    return {**found, "tokenising_s": max(seconds, 0.05), "tokens": prepared.train.tokens}


def mapped(file: Path, tokenizer: str) -> dict[str, float]:
    """What others do."""
    import datasets
    from transformers import AutoTokenizer

    from backend.core.environment.settings import load_settings
    from backend.engine import loading

    place = loading.locate_base(tokenizer, load_settings())
    begun = Meter()
    words = AutoTokenizer.from_pretrained(place)

    def tokenise(row: dict[str, Any]) -> dict[str, Any]:
        asked = [{"role": "user", "content": row["instruction"]}]
        talk = [*asked, {"role": "assistant", "content": row["output"]}]
        prompt = words.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        text = words.apply_chat_template(talk, tokenize=False)
        before = words(prompt, add_special_tokens=False)["input_ids"]
        after = words(text[len(prompt) :], add_special_tokens=False)["input_ids"]
        ids = [*before, *after][:LONGEST]
        return {"input_ids": ids, "labels": [-100] * len(before) + ids[len(before) :], "length": len(ids)}

    loaded = datasets.load_dataset("json", data_files=str(file), split="train")
    made = loaded.map(tokenise, remove_columns=loaded.column_names)
    return {**begun.figures(), "tokens": sum(made["length"])}


class Meter:
    """CPU time and memory from when it is made."""

    def __init__(self) -> None:
        self._memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._cpu, self._clock = _cpu_seconds(), time.perf_counter()

    def figures(self) -> dict[str, float]:
        """So far."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "cpu_s": _cpu_seconds() - self._cpu,
            "clock_s": time.perf_counter() - self._clock,
            "peak_mb": (peak - self._memory) / 1024,
        }


def _cpu_seconds() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
