"""Training runs that are killed anywhere and resumed, each in a process forked from one that has imported PyTorch.

The libraries take ten seconds to import; a fork of a process that has them and has computed nothing starts at once.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

LIBRARIES = [
    "bitsandbytes", "datasets", "matplotlib.backends.backend_agg", "matplotlib.figure", "peft.tuners.lora",
    "tensorboard.compat.proto", "transformers.models.qwen2.modeling_qwen2", "backend.engine.artifacts",
    "backend.engine.loading", "backend.engine.preparation", "backend.engine.record", "backend.engine.session",
    "backend.engine.tensorboard", "backend.engine.training",
]  # fmt: skip
FILE_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"})
MARKS_FILE = "marks"


@dataclass(frozen=True)
class Blow:
    """What happens to a run: a signal at its n-th batch, at its n-th touch of a file in its folder, or after a time.

    Args:
        batch, touch: which; None = not then.
        within: count only touches of paths with this in them.
        seconds: after its libraries are there.
        signal: KILL, or TERM, which asks for a checkpoint.
        error: raise an OSError of this number instead, as a full disk does.
    """

    batch: int | None = None
    touch: int | None = None
    within: str = ""
    seconds: float | None = None
    signal: int = signal.SIGKILL
    error: int | None = None


@dataclass(frozen=True)
class Marks:
    """What a whole run passes: batches begun, files touched, seconds in all, seconds in which it made checkpoints."""

    batches: int
    touches: int
    seconds: float
    saving: float


@dataclass(frozen=True)
class Ended:
    """How a start of a run ended: its exit code, negative for a signal, and what it wrote on standard error."""

    code: int
    log: str


class Runs:
    """Starts `train.py` with given parameters in `folder`.

    Args:
        folder: of the adapters.
        common: parameters of all runs.
        logs: where they write what they say; None = into `folder`.
    """

    def __init__(self, folder: Path, common: Mapping[str, Any], logs: Path | None = None) -> None:
        self.folder = folder
        self.common = dict(common)
        self.logs = logs or folder

    def start(self, name: str, given: Mapping[str, Any], blow: Blow | None = None) -> Ended:
        """One start of a run, to its end or its death."""
        log = self.logs / f"{name}.log"
        params = {**self.common, **given, "adapter_name": name}
        process = _context().Process(target=_train, args=(str(self.folder), params, blow, str(log)))
        process.start()
        process.join()
        assert process.exitcode is not None
        return Ended(process.exitcode, log.read_text(encoding="utf-8"))

    def resume(self, name: str, given: Mapping[str, Any], blow: Blow | None = None) -> Ended:
        """Start it again as the service does: with `resume`, if it had begun."""
        return self.start(name, {**given, "resume": self.has_begun(name)}, blow)

    def has_begun(self, name: str) -> bool:
        """Whether it left something to resume."""
        return (self.partial(name) / "params.json").is_file() or self.finished(name).is_dir()

    def partial(self, name: str) -> Path:
        """The folder of the unfinished run."""
        return self.folder / f".partial-{name}"

    def finished(self, name: str) -> Path:
        """The folder of the finished one."""
        return self.folder / name

    def hash(self, name: str) -> str:
        """SHA-256 of the finished adapter's weights."""
        return hashlib.sha256((self.finished(name) / "adapter_model.safetensors").read_bytes()).hexdigest()

    def last_step(self, name: str) -> int:
        """The last step that the unfinished run has told of."""
        path = self.partial(name) / "metrics.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
        return max((json.loads(line)["step"] for line in lines), default=0)

    def marks(self) -> Marks:
        """What the last start passed that ended well."""
        return Marks(*json.loads((self.folder / MARKS_FILE).read_text()))


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    return context


def _train(folder: str, given: dict[str, Any], blow: Blow | None, log: str) -> None:
    """The body of the child."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.environ.update(MODEL_OUTPUT_DIR=folder, ADAPTER_CONFIG_PATH=f"{folder}/adapters.json", CUDA_VISIBLE_DEVICES="")
    os.chdir(folder)
    import torch

    import train
    from backend.core.params import TrainParams
    from backend.core.process import guarded
    from backend.engine import artifacts

    torch.set_num_threads(1)
    artifacts.plot_loss = lambda *_: None  # a sixth of the time of so short a run, and nothing here looks at it
    counted, saving = _count_marks(folder, blow or Blow()), _Saving()
    if blow and blow.seconds:
        signal.setitimer(signal.ITIMER_REAL, blow.seconds)  # SIGALRM, which nobody handles, ends it in mid-instruction
    began = time.monotonic()
    code = guarded(lambda: train.main(TrainParams.model_validate(given)))
    sys.stderr.flush()
    if code == 0:
        marks = [counted["batches"], counted["touches"], time.monotonic() - began, saving.total()]
        Path(folder, MARKS_FILE).write_text(json.dumps(marks))
    os._exit(code)


def _count_marks(folder: str, blow: Blow) -> Counter[str]:
    """Count what the run passes, and strike where it is said."""
    from backend.engine.training import SteadyTrainer

    counted: Counter[str] = Counter()
    ours = (f"{folder}/.partial-", f"{folder}/adapters.json")

    def on_event(event: str, args: tuple[Any, ...]) -> None:
        if event in FILE_EVENTS and args and str(args[0]).startswith(ours) and blow.within in str(args[0]):
            counted["touches"] += 1
            if counted["touches"] == blow.touch:
                if blow.error:
                    raise OSError(blow.error, os.strerror(blow.error), str(args[0]))
                os.kill(os.getpid(), blow.signal)

    stock = SteadyTrainer.training_step

    def training_step(self: Any, *args: Any, **kwargs: Any) -> Any:
        counted["batches"] += 1
        if counted["batches"] == blow.batch:
            if blow.error:
                raise OSError(blow.error, os.strerror(blow.error), folder)
            os.kill(os.getpid(), blow.signal)
        return stock(self, *args, **kwargs)

    SteadyTrainer.training_step = training_step  # type: ignore[method-assign]
    sys.addaudithook(on_event)
    return counted


class _Saving:
    """How long the Trainer and our callback took to make checkpoints."""

    def __init__(self) -> None:
        from backend.engine.checkpoints import SealCheckpoints
        from backend.engine.training import SteadyTrainer

        self._seconds: list[float] = []
        for place, name in ((SteadyTrainer, "_save_checkpoint"), (SealCheckpoints, "on_save")):
            setattr(place, name, self._timed(getattr(place, name)))

    def total(self) -> float:
        return sum(self._seconds)

    def _timed(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.monotonic()
            try:
                return stock(*args, **kwargs)
            finally:
                self._seconds.append(time.monotonic() - began)

        return timed
