"""How a run ends before its last step when it is asked to: stopped with a checkpoint, or finished as it stands."""

from __future__ import annotations

import logging
import signal
from enum import IntEnum
from types import FrameType
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import IntervalStrategy

from backend.core.runs.events import RunReporter
from backend.core.runs.request import is_asked_to_finish
from backend.engine.processes.world import ALONE, World

logger = logging.getLogger(__name__)

SAVING = "writing a checkpoint"


class Wish(IntEnum):
    """What is asked of a run; of several wishes, in one process or in some of them, the highest is followed."""

    go_on = 0
    finish = 1
    stop = 2


class EndOnRequest(TrainerCallback):
    """Ends a run between two steps.

    TERM or Ctrl-C stop it: it finishes the step and saves a checkpoint; a second Ctrl-C stops at once. USR1, or the
    service's request in the job's folder, finish it: after the step it does what a run does after its last, and its
    adapter is kept.

    A stopped run and the one that is resumed together look at the validation data exactly when an uninterrupted one
    does: not where an epoch is cut, and at its end before the checkpoint is saved. Otherwise the best step of a run
    with early stopping would depend on when it was stopped.

    Args:
        world: of the processes that train. A wish reaches them in different steps, or one of them alone; `agreed` is
            what all of them follow, after the same step.
        reporter: knows the job's folder, and tells the service what is being done.
    """

    def __init__(self, world: World = ALONE, reporter: RunReporter | None = None) -> None:
        self.world = world
        self.reporter = reporter or RunReporter()
        self.heard = Wish.go_on
        self.agreed = Wish.go_on

    def hear_finish(self) -> None:
        """Take over USR1, which would end a run that is still loading; call from the main thread."""
        signal.signal(signal.SIGUSR1, self._on_finish)

    def hear_stop(self) -> None:
        """Take over TERM and Ctrl-C, once there is something to save; call from the main thread."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)

    def _on_finish(self, number: int, frame: FrameType | None) -> None:
        self.heard = max(self.heard, Wish.finish)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        if self.heard is Wish.stop and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.heard = Wish.stop
        logger.info("Stopping after this step and saving a checkpoint ...")

    def agree(self) -> Wish:
        """What the processes of the run follow from now on; each must ask."""
        asked = Wish.finish if is_asked_to_finish(self.reporter.job_dir) else Wish.go_on
        mine = max(self.heard, asked)
        self.agreed = Wish(self.world.highest(mine))
        return self.agreed

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Ask the Trainer for a checkpoint and the end; a stop after an epoch's last step waits for `on_epoch_end`."""
        wish = self.agree()
        if wish is Wish.finish and state.global_step < state.max_steps:
            logger.info("Finishing after step %d, as asked: the adapter is kept as it stands.", state.global_step)
            self.reporter.progress("finishing", state.global_step, state.max_steps)
            # As the Trainer does after the last step; the checkpoint is for a run that dies before all is saved.
            control.should_evaluate = control.should_evaluate or args.eval_strategy == IntervalStrategy.STEPS
            control.should_save = control.should_training_stop = True
        if wish is Wish.stop and state.global_step < state.max_steps and not _is_epoch_end(state):
            self.reporter.progress(SAVING, state.global_step, state.max_steps)
            control.should_save = control.should_training_stop = True
        return control

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Keep the Trainer from looking at the end of an epoch that a stop has cut; stop after a whole one."""
        if self.agree() is Wish.stop and state.global_step < state.max_steps:
            self.reporter.progress(SAVING, state.global_step, state.max_steps)
            whole = _is_epoch_end(state)
            control.should_evaluate = control.should_evaluate and whole
            control.should_save = whole
            control.should_training_stop = True
        return control


def _is_epoch_end(state: TrainerState) -> bool:
    return state.epoch is not None and state.epoch == int(state.epoch)
