"""How a run goes through its data: examples, steps, passes, evaluations."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backend.core.params import TrainParams


@dataclass(frozen=True)
class Schedule:
    """What the parameters make of a number of examples.

    Args:
        params: of the run.
        usable: examples there are.
        processes: that share the examples of a step.
    """

    params: TrainParams
    usable: int
    processes: int = 1

    @property
    def examples(self) -> int:
        """Those that are taken, validation examples among them."""
        return min(self.usable, self.params.max_train_samples or self.usable)

    @property
    def learnt(self) -> int:
        """Those that are trained on."""
        return max(1, round(self.examples * (1 - self.params.validation_split)))

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in one pass."""
        return steps_per_epoch(self.learnt, self.params, self.processes)

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        by_epochs = math.ceil(self.params.num_train_epochs * self.steps_per_epoch)
        return self.params.max_steps if self.params.max_steps > 0 else by_epochs

    @property
    def epochs(self) -> float:
        """Passes over the examples."""
        return self.steps / self.steps_per_epoch

    @property
    def batch_factors(self) -> list[int]:
        """What the effective batch is the product of: a batch, those accumulated, and several processes."""
        shared = [self.processes] if self.processes > 1 else []
        return [self.params.per_device_train_batch_size, self.params.gradient_accumulation_steps, *shared]

    @property
    def warmup_steps(self) -> int:
        """Steps in which the learning rate rises."""
        return math.ceil(self.steps * self.params.warmup_ratio)

    @property
    def checkpoints(self) -> int:
        """How many are written, one at the end among them."""
        if self.params.early_stopping_patience is not None:  # what is scored is kept, for the best is wanted
            return self.evaluations
        return math.ceil(self.steps / self.params.save_steps)

    @property
    def evaluations(self) -> int:
        """How often a run with validation data looks at it, at its end too."""
        return math.ceil(self.steps / self.params.eval_steps if self.params.eval_steps else self.epochs)


def steps_per_epoch(examples: int, params: TrainParams, processes: int = 1) -> int:
    """Optimiser steps in one pass of so many processes together, the last one possibly with fewer examples."""
    batches = math.ceil(examples / (params.per_device_train_batch_size * processes))
    return max(1, math.ceil(batches / params.gradient_accumulation_steps))
