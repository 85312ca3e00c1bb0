"""One start of a run: from its checkpoint, if there is one, to its end or to a stop."""

from __future__ import annotations

from pathlib import Path

from transformers import Trainer, TrainerState
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import TrainOutput

from backend.core.errors import Stopped
from backend.core.runs.folder import RunFolder
from backend.engine.callbacks import EarlyStopping, looks_without_gain
from backend.engine.ending import EndOnRequest, Wish

_NO_STEPS = {"train_runtime": 0.0, "steps": 0}


def fit(trainer: Trainer, ending: EndOnRequest, run: RunFolder) -> TrainOutput:
    """Train to the end, or to where it is asked to finish, from the run's checkpoint if there is one.

    Returns:
        As the Trainer, with `training_loss` the mean over all steps, those before a resume too, and with the `steps`
        of this start among the metrics.

    Raises:
        Stopped: a signal asked for the end; a checkpoint was saved.
    """
    checkpoint = run.checkpoint
    # One that was asked to finish before it was interrupted has something to keep, and learns no further.
    if checkpoint and (ending.agree() is Wish.finish or _had_ended(trainer, checkpoint.folder)):
        _take_up(trainer, checkpoint.folder)
        return TrainOutput(checkpoint.step, _mean_loss(trainer.state, checkpoint.step, 0, 0.0), _NO_STEPS)
    outcome = trainer.train(resume_from_checkpoint=str(checkpoint.folder) if checkpoint else None)
    if ending.agreed is Wish.stop and trainer.state.global_step < trainer.state.max_steps:
        raise Stopped(f"Stopped after step {trainer.state.global_step}; continue with --resume.")
    first = checkpoint.step if checkpoint else 0
    steps = outcome.global_step - first
    # Of this process since the last point of the curve.
    losses = ending.world.all_of("the mean loss", outcome.training_loss)
    loss = _mean_loss(trainer.state, first, steps, sum(losses) / len(losses))
    return TrainOutput(outcome.global_step, loss, {**outcome.metrics, "steps": steps})


def final_scores(trainer: Trainer) -> dict[str, float]:
    """Validation scores of the model as it stands now, empty without validation data.

    They are measured anew only if the last ones are of another step or of another checkpoint.
    """
    if trainer.eval_dataset is None:
        return {}
    rows = [row for row in trainer.state.log_history if "eval_loss" in row]
    fresh = rows and rows[-1]["step"] == trainer.state.global_step and not trainer.args.load_best_model_at_end
    return rows[-1] if fresh else trainer.evaluate()


def step_of_model(trainer: Trainer) -> int:
    """The step whose adapter the run ends with: the best one where it goes back to it."""
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    return int(best or trainer.state.global_step)


def _had_ended(trainer: Trainer, checkpoint: Path) -> bool:
    """Whether nothing was left to train when this was saved.

    The Trainer would go on: by one step from a last one within an epoch, to the next evaluation after early stopping.
    """
    state = _state_of(checkpoint)
    early = next((each for each in trainer.callback_handler.callbacks if isinstance(each, EarlyStopping)), None)
    had_no_gain = early is not None and looks_without_gain(state) >= early.early_stopping_patience
    return state.global_step >= _last_step(trainer) or had_no_gain


def _take_up(trainer: Trainer, checkpoint: Path) -> None:
    """Put in place what the run ends with when it learns nothing after this was saved."""
    state = _state_of(checkpoint)
    state.max_steps = _last_step(trainer)
    trainer.state = state
    keep_best = trainer.args.load_best_model_at_end and state.best_global_step
    final = checkpoint.parent / f"checkpoint-{state.best_global_step}" if keep_best else checkpoint
    trainer.model.load_adapter(str(final), trainer.model.active_adapters[0])


def _state_of(checkpoint: Path) -> TrainerState:
    return TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))


def _last_step(trainer: Trainer) -> int:
    *_, max_steps = trainer.set_initial_training_values(trainer.args, trainer.get_train_dataloader())
    return int(max_steps)


def _mean_loss(state: TrainerState, first: int, steps: int, loss: float) -> float:
    """The mean of the curve's points up to the step `first` and of the `steps` after it, whose mean is `loss`."""
    total, last = loss * steps, 0
    for row in state.log_history:
        if "loss" in row and row["step"] <= first:
            total += row["loss"] * (row["step"] - last)
            last = row["step"]
    return total / max(last + steps, 1)
