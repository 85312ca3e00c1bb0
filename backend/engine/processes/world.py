"""How the processes of a run wait for each other, agree, and end together.

What they have to say to each other outside of a step goes through the store in which they met: there a failure is
found at once, where a collective operation would wait for its timeout.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
import torch.distributed as dist

from backend.core.environment.hardware import cores_of_each
from backend.core.errors import OneProcessFailed, PipelineError, Reason
from backend.core.process import in_user_words
from backend.core.runs.events import JOB_DIR_VARIABLE, RunReporter
from backend.engine.processes.place import Place

LOOK_SECONDS = 0.01
"""Between two looks whether another process has said what is waited for."""
MAIN_SPEAKS_SECONDS = 10.0
"""How long the others leave it to the main process to tell what all of them have met."""
WATCH_SECONDS = 1.0
"""Between two looks, beside the work, whether another process has failed."""
ENDS_BY_ITSELF_SECONDS = 10.0
"""How long one whose work may notice that has to end in order."""
MET_BY_ALL = (2, 4)
"""Exit codes of bad input and of a stop, which the processes find or decide alike."""
FAILURE = "failure"
LAUNCHER_GONE = "torchrun is gone, and this run ends with it. If there is a checkpoint, --resume continues from it."
LOSS = (
    "Another process of this run ended without a word, as one does that the system kills for its memory. If there is "
    "a checkpoint, --resume continues from it."
)


@dataclass(frozen=True)
class Failure:
    """How a process failed, as it tells the others; all but its `rank` as in a PipelineError."""

    rank: int
    exit_code: int
    reason: Reason
    message: str


class World:
    """A context in which the processes of a run work together.

    Args:
        place: of this process.
        store: opens the store in which they meet; by default the one that a launcher names in the environment.

    Raises (on leaving):
        OneProcessFailed: in place of the error of a process that is not the main one, so that it is named; and in
            the other processes, which end with it in silence.
    """

    def __init__(self, place: Place | None = None, store: Callable[[], Any] | None = None) -> None:
        self.place = place or Place()
        self._open_store = store or _launchers_store
        self.size = self.place.size
        self.is_main = self.place.rank == 0
        self._store: Any = None
        self._meetings = 0
        self._silence = ExitStack()
        self._left = threading.Event()

    def __enter__(self) -> World:
        if self.size > 1:
            if self.place.starts_others:  # one that a launcher has started heard it before PyTorch was loaded
                torch.set_num_threads(cores_of_each(self.size))
            store = self._open_store()
            backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
            group = dist.PrefixStore("group", store)
            dist.init_process_group(backend, store=group, rank=self.place.rank, world_size=self.size)
            self._store = dist.PrefixStore("run", store)
            threading.Thread(target=self._watch, name="other processes", daemon=True).start()
        if not self.is_main:
            self._fall_silent()
        return self

    def _fall_silent(self) -> None:
        """Leave it to the main process to speak to people and to the service; errors are told all the same."""
        os.environ.pop(JOB_DIR_VARIABLE, None)
        logging.getLogger().setLevel(logging.CRITICAL)
        warnings.simplefilter("ignore")
        nowhere = self._silence.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - closed by the stack
        self._silence.enter_context(redirect_stdout(nowhere))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._silence.close()
        if self.size == 1 or isinstance(error, OneProcessFailed):
            return
        if error is None:
            self.meet("the end")
            dist.destroy_process_group()
        else:
            self._tell(error)

    def sentences(self, examples: int) -> list[str]:
        """What a person should know of them, each with so many examples of a step; nothing of one."""
        shares = f"each learns {examples} examples of a step, which are {examples * self.size} in all"
        return [f"Processes: {self.size} train together; {shares}."] if self.size > 1 else []

    def meet(self, why: str) -> None:
        """Wait until every process has come here, for a reason in words."""
        self.all_of(why, None)

    def all_of(self, why: str, value: Any) -> list[Any]:
        """What each process gives (as JSON has it), in their order; each must ask. Raises OneProcessFailed."""
        if self.size == 1:
            return [value]
        meeting = self._next(why)
        self._store.set(f"{meeting}/{self.place.rank}", json.dumps(value))
        return [self._heard(f"{meeting}/{rank}") for rank in range(self.size)]

    def of_main(self, why: str, value: Any) -> Any:
        """What the main process gives (as JSON has it); each must ask. Raises OneProcessFailed."""
        if self.size == 1:
            return value
        meeting = self._next(why)
        if self.is_main:
            self._store.set(meeting, json.dumps(value))
        return self._heard(meeting)

    @contextmanager
    def main_first(self, why: str) -> Iterator[None]:
        """The main process does it, and then the others, who find what it has made."""
        if not self.is_main:
            self.of_main(why, None)
        yield
        if self.is_main:
            self.of_main(why, None)

    def any(self, flag: bool) -> bool:
        """Whether the flag is set in a process; each must ask."""
        return bool(self.highest(flag))

    def highest(self, value: int) -> int:
        """The highest that a process gives; quick enough for every step, in which each must ask."""
        if self.size == 1:
            return int(value)
        values = torch.tensor(int(value))
        dist.all_reduce(values, op=dist.ReduceOp.MAX)
        return int(values)

    def _next(self, why: str) -> str:
        self._meetings += 1
        return f"{self._meetings} {why}"

    def _heard(self, key: str) -> Any:
        """What was said under a key, waited for."""
        while not self._store.check([key]):
            if failure := self._failure():
                raise self._told(failure)
            time.sleep(LOOK_SECONDS)
        return json.loads(self._store.get(key))

    def _failure(self) -> Failure | None:
        return Failure(**json.loads(self._store.get(FAILURE))) if self._store.check([FAILURE]) else None

    def _tell(self, error: BaseException) -> None:
        """Tell the others; raise what this process ends with in place of its error, if it is not to be that."""
        mine = self._failure_of(error)
        until = time.monotonic() + (0 if self.is_main or mine.exit_code not in MET_BY_ALL else MAIN_SPEAKS_SECONDS)
        while time.monotonic() < until and self._failure() is None:
            time.sleep(LOOK_SECONDS)
        first = Failure(**json.loads(self._store.compare_set(FAILURE, "", json.dumps(asdict(mine)))))
        if first != mine or not _is_ours_to_mend(error):
            raise self._told(first) from error
        if not self.is_main:
            raise RuntimeError(mine.message) from error

    def _watch(self) -> None:
        """End this process when another has failed, or the launcher, and its work does not notice.

        On GPUs a collective operation waits for a process that is gone until its timeout.
        """
        while not self._left.wait(WATCH_SECONDS):
            try:
                failure = self._failure()
            except dist.DistError:
                self._end_at_once(Failure(self.place.rank, 1, "signal", LAUNCHER_GONE))
                return
            if failure and not self._left.wait(ENDS_BY_ITSELF_SECONDS):
                self._end_at_once(failure)
                return

    def _end_at_once(self, failure: Failure) -> None:
        if self.is_main:
            told = self._told(failure)
            with suppress(OSError, PipelineError):
                RunReporter().failure(told)
            if not told.is_told:
                sys.stderr.write(f"error: {told}\n")
        os._exit(failure.exit_code)

    def _told(self, failure: Failure) -> OneProcessFailed:
        is_told = failure.rank != self.place.rank
        return OneProcessFailed(failure.message, failure.exit_code, failure.reason, is_told=is_told)

    def _failure_of(self, error: BaseException) -> Failure:
        rank, where = self.place.rank, "" if self.is_main else f"In {self._name()}: "
        if _is_loss(error):
            return Failure(rank, 1, "signal", LOSS)
        if known := in_user_words(error):
            return Failure(rank, known.exit_code, known.reason, f"{where}{known}")
        return Failure(rank, 130 if isinstance(error, KeyboardInterrupt) else 1, "exit_code", f"{where}{error!r}")

    def _name(self) -> str:
        return f"process {self.place.rank} of {self.size} (counted from 0)"


def _launchers_store() -> Any:
    store, *_ = next(iter(dist.rendezvous("env://")))
    return store


def _is_ours_to_mend(error: BaseException) -> bool:
    """Whether it ends the process as it is: with its traceback, or without a word where a person has cancelled."""
    return in_user_words(error) is None and not _is_loss(error)


def _is_loss(error: BaseException) -> bool:
    """Whether a collective operation has failed, as it does when another process is gone."""
    return isinstance(error, dist.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error))


ALONE = World()
"""That of a run in one process."""
