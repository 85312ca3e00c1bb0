"""The Trainer's checkpoints: made beside the others, sealed, given their name, rotated by step."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.runs.checkpoints import give_name, rotate, seal
from backend.core.runs.folder import RunFolder
from backend.engine.processes.world import ALONE, World


class SealCheckpoints(TrainerCallback):
    """Makes a checkpoint of what the Trainer has written into `RunFolder.saving`.

    Args:
        run: the run's folder, with what decides its result.
        limit: checkpoints to keep.
        world: of the processes that train; each has put its random state into the checkpoint.
    """

    def __init__(self, run: RunFolder, limit: int, world: World = ALONE) -> None:
        self.run = run
        self.limit = limit
        self.world = world

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Mend what a checkpoint's state tells of before: where the best one lies, and how often to save and look."""
        self._find_best(args, state)
        state.compute_steps(args, state.max_steps)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Have the main process seal the checkpoint of this step and let the oldest go."""
        self.world.meet("every random state is saved")
        if self.world.is_main:
            self._seal(args, state)
        self.world.meet("the checkpoint has its name")
        self._find_best(args, state)

    def _seal(self, args: TrainingArguments, state: TrainerState) -> None:
        made = self.run.saving / f"checkpoint-{state.global_step}"
        # The Trainer notes the best step of every run with evaluations, and saves it only where it goes back to it.
        best_step = state.best_global_step if args.load_best_model_at_end else None
        seal(made, self.run.identity, best_step)
        give_name(made, self.run.checkpoints)
        rotate(self.run.checkpoints, self.limit, best_step)

    def _find_best(self, args: TrainingArguments, state: TrainerState) -> None:
        """The Trainer noted the best checkpoint where it was made."""
        if state.best_global_step and args.load_best_model_at_end:
            state.best_model_checkpoint = str(self.run.checkpoints / f"checkpoint-{state.best_global_step}")
