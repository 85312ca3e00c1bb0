"""What happens beside the optimiser's steps: progress, metrics, stopping when nothing is gained any more."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from transformers import EarlyStoppingCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.runs.events import RunReporter
from backend.engine.progress import ProgressLine, duration

logger = logging.getLogger(__name__)

CURVES = ("loss", "learning_rate", "grad_norm", "eval_loss", "eval_perplexity", "eval_token_accuracy")


class TrainingLogger(TrainerCallback):
    """Writes `metrics.jsonl` and the progress, and tells a person how the run goes.

    Args:
        reporter: where events go.
        tokens_per_epoch: real (not padding) tokens of one pass, for tokens per second.
        steps_per_epoch: optimiser steps of one pass.
    """

    def __init__(
        self, reporter: RunReporter | None = None, tokens_per_epoch: int = 0, steps_per_epoch: float = 0
    ) -> None:
        self.reporter = reporter or RunReporter()
        self.tokens_per_step = tokens_per_epoch / steps_per_epoch if steps_per_epoch else 0.0
        self.line = ProgressLine(sys.stderr)
        self.started = 0.0
        self.first_step = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock; steps done before a resume do not count for the speed."""
        self.started = time.monotonic()
        self.first_step = state.global_step
        self.reporter.progress("training", state.global_step, state.max_steps)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Move the bar; the remaining time is what this session's steps took, for the steps that are left."""
        eta = self._seconds_per_step(state) * (state.max_steps - state.global_step)
        self.reporter.progress("training", state.global_step, state.max_steps, round(eta, 1))
        self.line.show(state.global_step, state.max_steps, f"about {duration(eta)} left")

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add a row to the curves, and a line to the log."""
        row = {name: logs[name] for name in CURVES if logs and name in logs}
        if not row:
            return
        speed = self.tokens_per_step / self._seconds_per_step(state) if self._seconds_per_step(state) else 0.0
        extra = {"tokens_per_second": round(speed, 1)} if "loss" in row and speed else {}
        self.reporter.metrics(
            {"step": state.global_step, "epoch": round(state.epoch or 0, 4), **row, **extra, "time": time.time()}
        )
        self.line.clear()
        logger.info(
            "step %*d/%d  %s",
            len(str(state.max_steps)),
            state.global_step,
            state.max_steps,
            "  ".join(f"{name} {_short(value)}" for name, value in {**row, **extra}.items()),
        )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the terminal's line to others."""
        self.line.clear()

    def _seconds_per_step(self, state: TrainerState) -> float:
        done = state.global_step - self.first_step
        return (time.monotonic() - self.started) / done if done > 0 else 0.0


class EarlyStopping(EarlyStoppingCallback):
    """Transformers' own, with its patience carried over a resume: stock, it would begin to count anew."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Go on counting where the checkpoint stopped."""
        super().on_train_begin(args, state, control, **kwargs)
        self.early_stopping_patience_counter = looks_without_gain(state)
        state.stateful_callbacks[EarlyStopping.__name__] = self.state()


def looks_without_gain(state: TrainerState) -> int:
    """How many evaluations in a row had not found a better loss when this state was saved."""
    stored = state.stateful_callbacks.get(EarlyStopping.__name__, {})
    return int(stored.get("attributes", {}).get("early_stopping_patience_counter", 0))


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
