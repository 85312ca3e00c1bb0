"""Score predictions against their references.

python eval.py --predictions predictions/predictions.json
python eval.py --predictions predictions/physics.json --baseline predictions/tiny.json
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.core.cli import run_recipe
from backend.core.errors import InvalidInput
from backend.core.evaluation import Item, ModelEvaluator, read_predictions, read_references, summarise, write_run
from backend.core.params import EvaluationParams
from backend.core.paths import normalise_path, shown

__all__ = ["ModelEvaluator", "main"]

EXAMPLES_SHOWN = 5


def main(params: EvaluationParams) -> int:
    """Score, write the run, print the table. Returns 0, or 3 when items had no reference."""
    predictions = read_predictions(normalise_path(params.predictions, Path.cwd()))
    references = read_references(normalise_path(params.reference, Path.cwd())) if params.reference else None
    items = ModelEvaluator(predictions, references).evaluate()
    summary = {"mode": params.mode, "model": predictions[0].get("model"), **summarise(items)}
    if not summary["scored"]:
        raise InvalidInput("None of the predictions has a reference: give them with --reference.", "reference")
    folder = write_run(normalise_path(params.output_dir, Path.cwd()), items, summary)
    rows = [summary]
    if params.baseline:
        before = read_predictions(normalise_path(params.baseline, Path.cwd()))
        before_items = ModelEvaluator(before, references).evaluate()
        rows.insert(0, {"model": before[0].get("model"), **summarise(before_items)})
        print(examples(before_items, items))
    print(table(rows))
    print(f"\nEvery answer and its score: {shown(folder)}/results.jsonl")
    return 0 if summary["scored"] == summary["items"] else 3


def table(summaries: Sequence[dict[str, Any]]) -> str:
    """A line per model: exact match with its interval, word F1."""
    lines = [f"{'model':<24}{'exact match':>12}{'95 % interval':>20}{'word F1':>10}{'items':>8}"]
    for summary in summaries:
        low, high = summary["exact_match_interval"]
        lines.append(
            f"{str(summary['model'])[:23]:<24}{summary['exact_match']:>12.1%}{f'{low:.1%} to {high:.1%}':>20}"
            f"{summary['token_f1']:>10.2f}{summary['scored']:>8}"
        )
    return "\n".join(lines)


def examples(before: Sequence[Item], after: Sequence[Item]) -> str:
    """A few questions with both answers, spread over the file."""
    step = max(1, len(after) // EXAMPLES_SHOWN)
    shown_items = list(zip(before, after, strict=False))[::step][:EXAMPLES_SHOWN]
    return "\n".join(
        f"{new.input}\n    before: {_line(old.prediction)}\n    after:  {_line(new.prediction)}\n"
        f"    right:  {new.reference}\n"
        for old, new in shown_items
    )


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 76 else flat[:75] + "…"


if __name__ == "__main__":
    sys.exit(run_recipe(EvaluationParams, main, __doc__))
