"""The Trainer's checkpoints: made beside the others, sealed, given their name, rotated by step."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.runs.checkpoints import give_name, rotate, seal
from backend.core.runs.folder import RunFolder


class SealCheckpoints(TrainerCallback):
    """Makes a checkpoint of what the Trainer has written into `RunFolder.saving`.

    Args:
        run: the run's folder, with what decides its result.
        limit: checkpoints to keep.
    """

    def __init__(self, run: RunFolder, limit: int) -> None:
        self.run = run
        self.limit = limit

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Mend what a checkpoint's state tells of before: where the best one lies, and how often to save and look."""
        self._find_best(args, state)
        state.compute_steps(args, state.max_steps)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Seal the checkpoint of this step and let the oldest go."""
        made = self.run.saving / f"checkpoint-{state.global_step}"
        # The Trainer notes the best step of every run with evaluations, and saves it only where it goes back to it.
        best_step = state.best_global_step if args.load_best_model_at_end else None
        seal(made, self.run.identity, best_step)
        give_name(made, self.run.checkpoints)
        self._find_best(args, state)
        rotate(self.run.checkpoints, self.limit, best_step)

    def _find_best(self, args: TrainingArguments, state: TrainerState) -> None:
        """The Trainer noted the best checkpoint where it was made."""
        if state.best_global_step and args.load_best_model_at_end:
            state.best_model_checkpoint = str(self.run.checkpoints / f"checkpoint-{state.best_global_step}")
