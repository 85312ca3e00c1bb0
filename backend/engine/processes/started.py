"""The other processes of a run on one machine, started by its main one and ended with it.

They are in its process group, which hears a stop as a whole, and hold its lifeline, so that they end even when it is
killed. That makes several processes one run to whoever has started the main one: a shell, or the service.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from backend.core.environment.hardware import cores_of_each
from backend.core.errors import OneProcessFailed, PipelineError
from backend.core.params import TrainParams
from backend.core.processes.lifeline import LIFELINE_VARIABLE
from backend.core.runs.events import RunReporter
from backend.engine.processes.place import Place

HERE = "127.0.0.1"
LOOK_SECONDS = 0.5
"""Between two looks whether one of them is gone."""
NOTICE_SECONDS = 15.0
"""How long this process has to end in order with another that is gone: longer than a `World` gives its own."""
KILLED = (
    "Process {rank} of {size} (counted from 0) was ended by {name}, as the system does with one for its memory. If "
    "there is a checkpoint, --resume continues from it."
)
ENDED = "Process {rank} of {size} (counted from 0) ended with exit code {code}, and the run with it."


class Others:
    """A context in which the other processes run; one without a meaning where a launcher has started them.

    Args:
        place: of this process.
        params: of the run, which the others read.
        program: that they run.
    """

    def __init__(self, place: Place, params: TrainParams, program: Path) -> None:
        self._place = place
        self._params = params
        self._program = program
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ends = ExitStack()
        self._left = threading.Event()
        self._door: socket.socket | None = None
        self._have_met = False

    def __enter__(self) -> Others:
        if self._place.starts_others:
            with ExitStack() as undone:
                undone.push(self._ends)
                self._start()
                undone.pop_all()
            threading.Thread(target=self._watch, name="started processes", daemon=True).start()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._left.set()
        # Those that have never met this process cannot have been told why it ends.
        until = time.monotonic() + (NOTICE_SECONDS if self._have_met or error is None else 0.0)
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
        self._ends.close()

    def store(self) -> Any:
        """Where they meet this process, in which the store lives; taken once."""
        import torch.distributed as dist

        assert self._door is not None
        self._have_met = True
        # Held since before they were started: nobody else can have taken the port meanwhile.
        listening = self._door.detach()
        return dist.TCPStore(
            HERE, self._port, self._place.size, True, wait_for_workers=False, master_listen_fd=listening
        )

    def _start(self) -> None:
        self._door = self._ends.enter_context(socket.create_server((HERE, 0)))
        self._port = int(self._door.getsockname()[1])
        folder = self._ends.enter_context(tempfile.TemporaryDirectory(prefix="train-"))
        config = Path(folder) / "params.json"
        config.write_text(self._params.model_dump_json(), encoding="utf-8")
        lifeline, held = os.pipe()
        self._ends.callback(os.close, held)
        self._ends.callback(self._kill)
        common = {
            "MASTER_ADDR": HERE,
            "MASTER_PORT": str(self._port),
            "OMP_NUM_THREADS": str(cores_of_each(self._place.size)),
        }
        self._take_place(common)
        # A Ctrl-C reaches them too: before they can save anything, it is for this one to tell them.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for rank in range(1, self._place.size):
                place = Place(rank, self._place.size, rank, self._place.size)
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, str(self._program), "--config", str(config)],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        env={**os.environ, **place.environment, LIFELINE_VARIABLE: str(lifeline)},
                        pass_fds=(lifeline,),
                    )
                )
        finally:
            signal.signal(signal.SIGINT, before)
            os.close(lifeline)

    def _take_place(self, common: dict[str, str]) -> None:
        """Say to the libraries in this process what a launcher would."""
        given = {**self._place.environment, **common}
        before = {name: os.environ.get(name) for name in given}
        os.environ.update(given)

        def put_back() -> None:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)

        self._ends.callback(put_back)

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def _watch(self) -> None:
        """End this process when another is gone, and its work, which may wait for that one in vain, does not."""
        while not self._left.wait(LOOK_SECONDS):
            gone = next(((rank, code) for rank, code in self._codes() if code), None)
            if gone and not self._left.wait(NOTICE_SECONDS):
                self._end_at_once(*gone)

    def _codes(self) -> list[tuple[int, int | None]]:
        return [(rank, process.poll()) for rank, process in enumerate(self._processes, 1)]

    def _end_at_once(self, rank: int, code: int) -> None:
        names = {number.value: number.name for number in signal.Signals}
        told = (KILLED if code < 0 else ENDED).format(
            rank=rank, size=self._place.size, code=code, name=names.get(-code, f"signal {-code}")
        )
        with suppress(OSError, PipelineError):
            RunReporter().failure(OneProcessFailed(told, 1, "signal", is_told=False))
        sys.stderr.write(f"error: {told}\n")
        self._kill()
        os._exit(1)
