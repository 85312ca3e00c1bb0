"""Rounds of answers while a model learns: before the first step, now and then, and of what it has become.

A round leaves no trace in what is learnt: no random number is drawn from the run's generators, the model's mode and
forward are put back, and nothing is computed in PyTorch's inference mode, whose tensors training could not use.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.params import TrainParams
from backend.core.params.groups import Sampling
from backend.core.runs.events import RunReporter
from backend.engine.answering.answers import Request
from backend.engine.answering.decoder import Decoder, Room
from backend.engine.answering.lora_stack import LoraStack
from backend.engine.answering.templates import stops_of
from backend.engine.device import own_gpu
from backend.engine.memory import is_memory_error
from backend.engine.preparation import Prepared
from backend.engine.samples.questions import Question, questions_of

logger = logging.getLogger(__name__)

SHARE = 0.02
"""Of the time that rounds may take where no interval was asked for; the first and the last are always held."""
ROUNDS = 10
"""Without validation data and without an interval: so many over a run."""
UNANSWERABLE = (RuntimeError, TypeError, ValueError, KeyError, IndexError, AttributeError, NotImplementedError)
"""What libraries raise over a model that can be trained and cannot be asked; training goes on."""


class SampleRounds(TrainerCallback):
    """Asks the questions when it is time, and tells the reporter each answer.

    Args:
        params: how often, and how long an answer may be.
        prepared: with the questions, the tokenizer and the template.
        reporter: where answers go.
        clock: tells seconds.
    """

    def __init__(
        self,
        params: TrainParams,
        prepared: Prepared,
        reporter: RunReporter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.questions = questions_of(params, prepared)
        self.answered_at: set[int] = set()
        self._every = params.sample_steps
        self._has_validation = prepared.evaluation is not None
        self._sampling = Sampling(temperature=0, max_new_tokens=params.sample_max_new_tokens)
        self._tokenizer = prepared.tokenizer
        self._template = prepared.train.template
        self._reporter = reporter
        self._clock = clock
        self._began = clock()
        self._spent = self._dearest = 0.0
        self._is_over = False

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **kwargs: Any
    ) -> None:
        """Have the base answer, as the adapter adds nothing yet."""
        self._began = self._clock()
        if state.global_step == 0:
            self._round(model, 0)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **kwargs: Any
    ) -> None:
        """Hold a round at the asked interval, or at each tenth of a run that is not evaluated."""
        every = self._every or (0 if self._has_validation else max(1, state.max_steps // ROUNDS))
        if every and state.global_step % every == 0 and (self._every or self._is_cheap()):
            self._round(model, state.global_step)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, model: Any = None, **kwargs: Any
    ) -> None:
        """Hold a round where the run is evaluated anyway."""
        if self._every is None and not self._is_over and self._is_cheap():
            self._round(model, state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Leave the evaluations after this alone: the model may have gone back to its best step."""
        self._is_over = True

    def last(self, model: Any, step: int) -> None:
        """Have the finished model answer, unless it has at this step."""
        self._round(model, step)

    def _is_cheap(self) -> bool:
        return self._spent + self._dearest <= SHARE * (self._clock() - self._began)

    def _round(self, model: Any, step: int) -> None:
        if not self.questions or step in self.answered_at:
            return
        self.answered_at.add(step)
        began = self._clock()
        try:
            answers = self._answers(model)
        except UNANSWERABLE as error:
            reason = "memory ran out" if is_memory_error(error) else str(error).partition("\n")[0] or repr(error)
            logger.warning("No sample answers from here on: the model could not be asked (%s).", reason)
            self.questions = []
            return
        seconds = self._clock() - began
        for question, (text, took) in zip(self.questions, answers, strict=True):
            self._reporter.sample(
                {
                    "step": step,
                    "prompt": question.text,
                    "answer": text,
                    "reference": question.reference,
                    "seconds": took,
                }
            )
        self._spent += seconds
        self._dearest = max(self._dearest, seconds)
        logger.info("Sample answers at step %d: %d in %.1f s.", step, len(answers), seconds)

    def _answers(self, model: Any) -> list[tuple[str, float]]:
        """What it answers to each question, and the seconds to its end; "" where memory ran out over one."""
        base = model.get_base_model()
        stops = stops_of(self._template, self._tokenizer, _ends_of(base))
        with _asked(model, base):
            decoder = Decoder(base, self._tokenizer, LoraStack(base, 0), _room(self.questions), torch.no_grad)
            rows = [decoder.submit(Request(one.tokens, self._sampling, stops)) for one in self.questions]
            for _ in decoder.run(rows):
                pass
        answers = [row.answer for row in rows]
        return [(one.text, round(one.timing.total_seconds, 3)) if one else ("", 0.0) for one in answers]


def _room(questions: Sequence[Question]) -> Room:
    """All at once: they are few, and training holds far more."""
    return Room(len(questions), 2**31)


def _ends_of(base: Any) -> list[int]:
    ends = base.generation_config.eos_token_id if base.generation_config else None
    return ends if isinstance(ends, list) else [] if ends is None else [ends]


@contextmanager
def _asked(model: Any, base: Any) -> Iterator[None]:
    """The model as it answers: in evaluation mode, by its class's own forward; afterwards all is as it was."""
    was_training, forward = model.training, base.__dict__.pop("forward", None)
    try:
        with torch.random.fork_rng(own_gpu()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that transformers will drop, once a round into the run's log
            model.eval()
            yield
    finally:
        model.train(was_training)
        if forward is not None:
            base.forward = forward
