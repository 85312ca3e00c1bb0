"""What a finished run says of itself: the result for people, `run.json` for programs, the registry's entry."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from transformers import Trainer
from transformers.trainer_utils import TrainOutput

from backend.core.estimates.estimate import Estimate
from backend.core.models.hub_cache import commit_of
from backend.core.params import TrainParams
from backend.core.paths import shown
from backend.core.registry import Adapter
from backend.core.versions import versions
from backend.engine.artifacts import steps_told
from backend.engine.ceiling import matmul_share
from backend.engine.device import Device
from backend.engine.memory import held_at_most
from backend.engine.plan import hardware_of, prediction
from backend.engine.preparation import Prepared


def result_of(
    trainer: Trainer,
    outcome: TrainOutput,
    scores: dict[str, float],
    prepared: Prepared,
    target: Path,
    seconds: float,
    trained: int,
) -> dict[str, Any]:
    """The run in figures; times in seconds, losses in nats per token.

    `stopped_early` tells that it was asked to finish, or that its patience with no gain had an end, before its
    `planned_steps`. `final_loss` is the curve's last point, `train_loss` the mean over the run, as the Trainer calls
    it; the times and `tokens_per_second` are those since the run was last resumed; `trained` counts parameters.
    """
    steps, planned = trainer.state.global_step, trainer.state.max_steps
    epochs = trainer.state.epoch or 0.0
    train_seconds = outcome.metrics["train_runtime"]
    epochs_now = epochs * outcome.metrics["steps"] / max(steps, 1)
    return {
        "path": shown(target),
        "steps": steps,
        "planned_steps": planned,
        "stopped_early": steps < planned,
        "stopped_at_step": steps if steps < planned else None,
        "epochs": round(epochs, 4),
        "final_loss": next((row["loss"] for row in reversed(trainer.state.log_history) if "loss" in row), None),
        "train_loss": outcome.training_loss,
        "eval_loss": scores.get("eval_loss"),
        "perplexity": scores.get("eval_perplexity"),
        "token_accuracy": scores.get("eval_token_accuracy"),
        "seconds": round(seconds, 1),
        "train_seconds": round(train_seconds, 1),
        "base_seconds": round(prepared.base_seconds, 1),
        "tokens_per_second": round(prepared.train.tokens * epochs_now / train_seconds, 1) if train_seconds else None,
        "trainable_parameters": trained,
    }


def compared(outcome: TrainOutput, planned: Estimate, device: Device, processes: int = 1) -> dict[str, Any]:
    """What was expected of the run, and what came: memory in bytes, work in operations.

    As with the times, the peak and the work are those since the run was last resumed; `matmul_share` is the share of
    the devices' ceiling that was reached with the useful part of the work. The peak is that of one process.
    """
    peak = held_at_most(device.kind)  # before anything is measured
    done = float(outcome.metrics["steps"]) / planned.steps
    seconds = float(outcome.metrics["train_runtime"])
    return {
        "peak_memory_bytes": peak,
        "matmul_share": matmul_share(planned.useful_flops * done / processes, seconds, device),
        "flops": planned.flops * done,
        "is_whole": outcome.metrics["steps"] == outcome.global_step == planned.steps,
        "estimate": prediction(planned).model_dump(),
    }


def run_record(
    name: str,
    params: TrainParams,
    prepared: Prepared,
    device: Device,
    result: dict[str, Any],
    started: datetime,
    processes: int = 1,
) -> dict[str, Any]:
    """The content of `run.json`."""
    data = prepared.train
    return {
        "name": name,
        "kind": "train",
        "params": params.model_dump(mode="json"),
        "base_commit": commit_of(Path(prepared.base)),
        "versions": versions(),
        "device": device.sentence,
        "hardware": hardware_of(device, processes).model_dump(),
        "template": {"name": data.template.name, "source": data.template.source},
        "dataset": {
            "path": str(prepared.dataset.path),
            "sha256": prepared.sha256,
            "examples": len(data.features),
            "tokens": data.tokens,
            "supervised_tokens": data.supervised_tokens,
            "truncated": data.truncated,
            "usable": len(data.lengths),
            "whole_tokens": sum(data.lengths),
        },
        "result": result,
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def registry_entry(record: dict[str, Any], target: Path) -> Adapter:
    """What the registry keeps of a run."""
    params, result = record["params"], record["result"]
    return Adapter.model_validate(
        {
            "name": record["name"],
            "path": shown(target),
            "description": params["description"],
            "training_date": record["finished_at"],
            "base_model": params["base_model_name"],
            "dataset": Path(record["dataset"]["path"]).name,
            **{name: params[name] for name in ("lora_r", "lora_alpha", "lora_target_modules")},
            **{name: result[name] for name in ("final_loss", "train_loss", "eval_loss", "steps")},
        }
    )


def summary(record: dict[str, Any]) -> str:
    """The end of a run, for the person who waited for it."""
    name, result = record["name"], record["result"]
    lines = [f"Trained {name}: {steps_told(result)} in {result['seconds']:.0f} s, loss {result['final_loss']:.4f}."]
    if result["eval_loss"] is not None:
        lines.append(f"Validation: loss {result['eval_loss']:.4f}, perplexity {result['perplexity']:.2f}.")
    lines.append(f"Saved to {result['path']}.")
    lines.append(f'Try it: python run_inference.py --model_path {result["path"]} --prompt "..."')
    return "\n".join(lines)
