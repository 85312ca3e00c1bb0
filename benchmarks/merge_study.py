"""What merging does to what two adapters know: every method, on two tasks of the built-in model.

    python -m benchmarks.merge_study [--quick] [--folder FOLDER]

Two adapters are trained on `tiny`: `units` answers what things are measured in and with, and how that is written;
`history` who discovered, put forward and invented what. Both are merged in every way, and each merge answers both
tasks' questions in words that neither was trained on. A figure is the share of exact answers; the bar is 95 % of each
adapter's own. What is there already in the folder is not trained or merged again.

`--quick` trains a tenth as long and merges in three ways: the numbers mean nothing, the path is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from backend.core.metrics import exact_match
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.core.paths import PROJECT_ROOT
from backend.core.physics import phrasings as forms
from backend.core.physics import samples
from backend.core.storage.files import write_json
from backend.engine.inference import ModelInference
from benchmarks.report import report

RELATIONS = {
    "units": (forms.SI_UNIT, forms.UNIT_SYMBOL, forms.INSTRUMENT),
    "history": (forms.DISCOVERER, forms.ORIGINATOR, forms.INVENTOR),
}
"""What each adapter is to answer."""

RECIPE = (
    "--base_model_name", "tiny", "--learning_rate", "2e-3", "--lora_r", "16", "--lora_alpha", "32", "--lora_dropout",
    "0", "--warmup_ratio", "0.05", "--gradient_accumulation_steps", "1", "--group_by_length", "false", "--max_length",
    "128", "--register_adapter", "false", "--save_steps", "100000", "--per_device_train_batch_size", "16",
    "--neftune_noise_alpha", "5",
)  # fmt: skip
EPOCHS = "10"


@dataclass(frozen=True)
class Task:
    """One thing to be taught.

    Args:
        name: of the adapter, of `RELATIONS`.
        seed: of its training. With the same seed two adapters begin with the same A and read the same directions of
            their input, and disturb each other more.
    """

    name: str
    seed: int

    def facts(self) -> list[samples.Fact]:
        """Those it is about."""
        return [fact for fact in samples.facts() if fact.phrasings in RELATIONS[self.name]]


TASKS = (Task("units", seed=42), Task("history", seed=7))

WEIGHTS = ((1.0, 1.0), (0.7, 0.7), (0.7, 0.75), (0.5, 0.5))
MEANS = ((0.8, 0.8), (1.0, 1.0), (2.0, 2.0))
"""TIES divides by the number of adapters that agree: its weights are larger for the same strength."""
PLAN: dict[str, tuple[tuple[float, float], ...]] = {
    "sum": WEIGHTS,
    "svd": WEIGHTS[2:3],
    "cat": WEIGHTS[2:3],
    "linear": WEIGHTS,
    "tsv": WEIGHTS,
    "ties_svd": MEANS,
    "knots_ties": MEANS,
    "core_ties": MEANS,
    "ties": MEANS,
    "magnitude_prune_svd": WEIGHTS[:3],
    "dare_linear_svd": WEIGHTS[:3],
    "dare_ties_svd": MEANS[:2],
    "magnitude_prune": WEIGHTS[:2],
    "dare_linear": WEIGHTS[:2],
    "dare_ties": MEANS[:1],
}
QUICK: dict[str, tuple[tuple[float, float], ...]] = {"sum": WEIGHTS[:1], "linear": WEIGHTS[:1], "ties_svd": MEANS[:1]}


def write_data(folder: Path) -> None:
    """Questions to train on and to test with, of both tasks."""
    for task in TASKS:
        training = [record for fact in task.facts() for record in fact.training_records()]
        test = [record for fact in task.facts() for record in fact.test_records()]
        write_json(folder / f"{task.name}_qa.json", training)
        write_json(folder / f"{task.name}_test_qa.json", test)


def run(folder: Path, program: str, *flags: str) -> None:
    """A recipe in a process of its own, its registry in the folder. Raises CalledProcessError."""
    environment = {**os.environ, "ADAPTER_CONFIG_PATH": str(folder / "adapters.json"), "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, str(PROJECT_ROOT / program), *flags], check=True, env=environment)


def train(folder: Path, *, quick: bool) -> None:
    """Both adapters, where they are not there yet."""
    for task in TASKS:
        if not (folder / task.name).is_dir():
            own = ["--dataset_path", str(folder / f"{task.name}_qa.json"), "--output_dir", str(folder / task.name)]
            steps = ["--max_steps", "15"] if quick else ["--num_train_epochs", EPOCHS]
            run(folder, "train.py", *RECIPE, *own, *steps, "--seed", str(task.seed))


def merge(folder: Path, method: str, weights: tuple[float, float]) -> Path:
    """One merge, proved; one that fails its proof is kept aside and scored too."""
    name = "_".join([method, *(f"{weight:g}" for weight in weights)])
    target, aside = folder / "merged" / name, folder / "merged" / f"{name}.failed-proof"
    if not target.is_dir() and not aside.is_dir():
        adapters = [f"{folder / task.name}:{weight}" for task, weight in zip(TASKS, weights, strict=True)]
        flags = ["--method", method, "--output_dir", str(target), "--register_adapter", "false", "--rank", "sum"]
        try:
            run(folder, "merge_multiple_loras.py", "--adapters", *adapters, *flags)
        except subprocess.CalledProcessError as error:
            if error.returncode != 3:
                raise
    return target if target.is_dir() else aside


class Examiner:
    """The base, loaded once, answering the test questions with one adapter after the other.

    Args:
        folder: with the test questions.
    """

    def __init__(self, folder: Path) -> None:
        self._tests = {
            task.name: json.loads((folder / f"{task.name}_test_qa.json").read_text(encoding="utf-8")) for task in TASKS
        }
        params = InferenceParams(
            base_model_name="tiny", load_in_4bit=False, dtype="float32", max_adapters=2, batch_size=64
        )
        self._model = ModelInference(params)

    def score(self, adapter: Path | None) -> tuple[float, ...]:
        """Exact match on each task; None = the bare base."""
        found = []
        for records in self._tests.values():
            questions = [record["input"] for record in records]
            answers = self._model.generate_batch(
                questions, Sampling(temperature=0, max_new_tokens=32), adapter=adapter
            )
            hits = [
                exact_match(answer.text, record["output"]) for answer, record in zip(answers, records, strict=True)
            ]
            found.append(sum(hits) / len(hits))
        return tuple(found)


@dataclass(frozen=True)
class Row:
    """One merge and its scores."""

    method: str
    weights: tuple[float, float]
    scores: tuple[float, ...]
    kept: float
    proved: bool


def study(folder: Path, plan: dict[str, tuple[tuple[float, float], ...]]) -> list[Row]:
    """Every merge of the plan; prints the table as it goes."""
    examiner = Examiner(folder)
    alone = [examiner.score(folder / task.name) for task in TASKS]
    own = (alone[0][0], alone[1][1])
    print(f"| {'adapter':<20} | weights    | units   | history | least kept | proof  |")
    print("|---|---|---|---|---|---|")
    for name, scores in (("the base", examiner.score(None)), ("units alone", alone[0]), ("history alone", alone[1])):
        print(f"| {name:<20} |            | {scores[0]:7.1%} | {scores[1]:7.1%} |            |        |", flush=True)
    rows = []
    for method, all_weights in plan.items():
        for weights in all_weights:
            result = merge(folder, method, weights)
            scores = examiner.score(result)
            kept = min(score / best if best else 0.0 for score, best in zip(scores, own, strict=True))
            row = Row(method, weights, scores, kept, not result.name.endswith(".failed-proof"))
            rows.append(row)
            print(_line(row), flush=True)
    return rows


def _line(row: Row) -> str:
    weights = "/".join(f"{weight:g}" for weight in row.weights)
    proof = "passed" if row.proved else "failed"
    return (
        f"| {row.method:<20} | {weights:<10} | {row.scores[0]:7.1%} | {row.scores[1]:7.1%} | {row.kept:10.1%} "
        f"| {proof} |"
    )


def main() -> None:
    """Train, merge, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="see that it runs, in two minutes")
    parser.add_argument("--folder", type=Path, help="where to keep adapters and merges; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        write_data(folder)
        train(folder, quick=given.quick)
        rows = study(folder, QUICK if given.quick else PLAN)
    best = max(rows, key=lambda row: row.kept)
    print(f"\nBest: {best.method} {best.weights}, which keeps {best.kept:.1%} of each adapter's exact match.")
    figures = {f"{row.method} {row.weights[0]:g}/{row.weights[1]:g} kept": row.kept for row in rows}
    report("merge_study", {**figures, "best kept": best.kept}, {})


if __name__ == "__main__":
    main()
