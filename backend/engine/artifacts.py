"""What a finished training run leaves behind beside the adapter: run.json, the model card, the loss plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.core.params import TrainParams
from backend.core.runs.events import SAMPLES_FILE
from backend.core.storage.files import write_atomically, write_json
from backend.engine.processes import sharding

METRICS_FILE = "metrics.jsonl"


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The rows of a run's `metrics.jsonl`."""
    return _rows(folder / METRICS_FILE)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [row for line in path.read_bytes().splitlines() if (row := _row(line)) is not None]


def _row(line: bytes) -> dict[str, Any] | None:
    """The row; None for a line that was torn by a kill or a full disk."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "step" in row else None


def forget_after(folder: Path, step: int) -> None:
    """Drop the rows past a step, so that a resumed run's curve has each step once, and so its sample answers."""
    for name in (METRICS_FILE, SAMPLES_FILE):
        _forget_after(folder / name, step)


def forget_samples_after(folder: Path | None, step: int) -> None:
    """The same in the job's folder, whose curve goes on: who reads it counts rows."""
    if folder:
        _forget_after(folder / SAMPLES_FILE, step)


def _forget_after(path: Path, step: int) -> None:
    if path.is_file():
        kept = [row for row in _rows(path) if row["step"] <= step]
        write_atomically(path, "".join(json.dumps(row) + "\n" for row in kept))


def save_all(
    model: Any,
    tokenizer: Any,
    folder: Path,
    params: TrainParams,
    run: dict[str, Any],
    weights: dict[str, Any] | None = None,
) -> None:
    """Everything a finished run leaves in its folder.

    Args:
        weights: the adapter's, where the model does not hold them whole.
    """
    save_adapter(model, tokenizer, folder, weights)
    write_json(folder / "run.json", run)
    write_card(folder, params, run)
    plot_loss(folder, run["name"])


def save_adapter(model: Any, tokenizer: Any, folder: Path, weights: dict[str, Any] | None = None) -> None:
    """The plain PEFT adapter and its tokenizer."""
    if weights is None:
        model.save_pretrained(str(folder), safe_serialization=True)
    else:
        sharding.save_adapter(model, weights, folder)
    tokenizer.save_pretrained(str(folder))


def write_card(folder: Path, params: TrainParams, run: dict[str, Any]) -> None:
    """`README.md`: what the adapter is and how it is used, with the metadata that the hub reads."""
    name, result, data = run["name"], run["result"], run["dataset"]
    lines = [
        "---",
        f"base_model: {json.dumps(params.base_model_name)}",
        "library_name: peft",
        "pipeline_tag: text-generation",
        f"tags: [lora, {'qlora' if params.load_in_4bit else 'fine-tuned'}, text-generation]",
        "---",
        "",
        f"# {name}",
        "",
        params.description or f"A LoRA adapter for `{params.base_model_name}`.",
        "",
        "| | |",
        "|---|---|",
        f"| base model | `{params.base_model_name}` |",
        f"| data | `{Path(data['path']).name}`, {data['examples']:,} examples, SHA-256 `{data['sha256'][:16]}…` |",
        f"| LoRA | r {params.lora_r}, alpha {params.lora_alpha}, dropout {params.lora_dropout}, "
        f"{' '.join(params.lora_target_modules)} |",
        f"| training | {steps_told(result)}, learning rate {params.learning_rate:g}, seed {params.seed} |",
        f"| loss | {_loss(result)} |",
        "",
        "```bash",
        f'python run_inference.py --model_path {name} --prompt "..."',
        "```",
        "",
        "```python",
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM",
        "",
        f'base = AutoModelForCausalLM.from_pretrained("{params.base_model_name}")',
        'model = PeftModel.from_pretrained(base, "path/to/this/folder")',
        "```",
        "",
    ]
    write_atomically(folder / "README.md", "\n".join(lines))


def steps_told(result: dict[str, Any]) -> str:
    """The steps of a run, and of how many if it ended before them."""
    if not result.get("stopped_early"):  # a record of an older version has no word of it
        return f"{result['steps']:,} steps"
    return f"{result['steps']:,} of {result['planned_steps']:,} steps, stopped early"


def _loss(result: dict[str, Any]) -> str:
    told = f"{result['final_loss']:.4f} (training)"
    if result.get("eval_loss") is not None:
        told += f", {result['eval_loss']:.4f} (validation), perplexity {result['perplexity']:.2f}"
    return told


def plot_loss(folder: Path, name: str) -> None:
    """`training_loss.png`: training and validation loss over the steps, the learning rate below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = read_metrics(folder)
    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    loss, rate = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    _curve(loss, rows, "loss", "training", "#0f766e", "-")
    _curve(loss, rows, "eval_loss", "validation", "#c2410c", "o--")
    _curve(rate, rows, "learning_rate", "learning rate", "#475569", "-")
    loss.set(title=name, ylabel="loss (nats per token)")
    rate.set(xlabel="optimiser step", ylabel="learning rate")
    for axes in (loss, rate):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    if loss.get_legend_handles_labels()[0]:
        loss.legend(frameon=False)
    figure.savefig(folder / "training_loss.png", metadata={"Software": None})


def _curve(axes: Any, rows: list[dict[str, Any]], key: str, label: str, colour: str, style: str) -> None:
    points = [(row["step"], row[key]) for row in rows if row.get(key) is not None]
    if points:
        steps, values = zip(*points, strict=True)
        axes.plot(steps, values, style, color=colour, label=label, linewidth=1.6, markersize=4)
