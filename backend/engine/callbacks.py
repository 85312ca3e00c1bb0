"""What happens beside the optimiser's steps: progress, metrics, stopping when nothing is gained any more."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from transformers import EarlyStoppingCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.runs.events import RunReporter
from backend.engine.memory import held_at_most
from backend.engine.pace import Pace
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
        self.pace = Pace()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock; steps done before a resume do not count for the speed."""
        self.pace = Pace()
        self.reporter.progress("training", state.global_step, state.max_steps)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Move the bar, and tell how long the steps that are left will take."""
        self.pace.step()
        left = self.pace.left(state.max_steps - state.global_step)
        eta, spread = (round(left[0], 1), round(left[1], 1)) if left else (None, None)
        self.reporter.progress("training", state.global_step, state.max_steps, eta, spread)
        self.line.show(state.global_step, state.max_steps, f"about {duration(eta)} left" if eta is not None else "")

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
        seconds = self.pace.seconds_so_far / self.pace.steps if self.pace.steps else 0.0
        extra = {}
        if "loss" in row and seconds and self.tokens_per_step:
            examples = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
            extra = {
                "tokens_per_second": round(self.tokens_per_step / seconds, 1),
                "samples_per_second": round(examples / seconds, 2),
            }
        self.reporter.metrics(
            {**self._position(state), **row, **extra, "memory_bytes": held_at_most(args.device.type)}
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

    def _position(self, state: TrainerState) -> dict[str, float]:
        """Where a row of the curves stands, on each axis that they can be drawn over."""
        tokens = {"tokens": round(self.tokens_per_step * state.global_step)} if self.tokens_per_step else {}
        return {"step": state.global_step, "epoch": round(state.epoch or 0, 4), **tokens, "time": time.time()}


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
