"""The model that answers prompts: one long-lived `run_inference.py --serve` with many requests in flight.

A recipe pays 15 s of imports and loading; a conversation must not, so this process stays between questions, leaves
after ten minutes without one, and before a GPU job needs its memory. When it dies, everybody who waits is told so, and
the next request starts another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from backend.core.errors import PipelineError
from backend.core.paths import PROJECT_ROOT
from backend.jobs.answering.loop_thread import LoopThread
from backend.jobs.answering.process import Row, WorkerProcess
from backend.jobs.answering.protocol import WorkerFailed, WorkerRequest
from backend.jobs.answering.stream import AnswerStream, LoopMailbox, Mailbox

PROGRAM = PROJECT_ROOT / "run_inference.py"
UNLOAD_SECONDS = 10.0
"""A process stuck in the GPU's driver outlives even KILL: nobody waits longer for one to be gone."""
OPEN_LIMIT = 128
"""Answers being written or waiting in line; each is one row of the model's batch sooner or later."""


class WorkerBusy(PipelineError):
    """Too many requests are waiting for an answer."""


class InferenceWorker:
    """The process, started with the first question; every method may be called from any thread.

    Args:
        log: file for what it prints on standard error.
        idle_seconds: it is asked to leave after so long without a question.
        environ: further variables for it.
        program: what to start; another one in tests.
        on_leave: called when a process is gone, from a thread of the worker's.
    """

    def __init__(
        self,
        log: Path,
        idle_seconds: float,
        environ: Mapping[str, str],
        program: Path = PROGRAM,
        on_leave: Callable[[], None] = lambda: None,
    ) -> None:
        self._log, self._environ, self._program = log, environ, program
        self._idle_seconds = idle_seconds
        self.on_leave = on_leave
        self._starting = Lock()
        self._thread: LoopThread | None = None
        self._closed = False
        self._refusal: Callable[[], PipelineError] | None = None
        self._process: WorkerProcess | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether there is a process: it has a model in memory, or soon will."""
        return self._process is not None

    @property
    def is_refusing(self) -> bool:
        """Whether new questions are refused for now: a job has the GPU, or the service is being stopped."""
        return self._refusal is not None

    def count_open(self) -> int:
        """How many answers are being written or wait in line, asked of the thread itself: none is on its way in."""
        thread = self._thread
        return thread.result(self._count(), 0) if thread else 0

    def is_answering_with(self, adapter: Path) -> bool:
        """Whether an answer of the adapter in this folder is being written or waits in line."""
        thread = self._thread
        return thread is not None and thread.result(self._answers_with(str(adapter)), False)

    def open(self, requests: Sequence[WorkerRequest]) -> AnswerStream:
        """Ask, for a coroutine; returns at once.

        The stream raises what the process reports, WorkerBusy when too many are waiting, and WorkerFailed when the
        process ended; the next request starts another one.
        """
        mailbox = LoopMailbox()
        return AnswerStream(mailbox, len(requests), self.post(requests, mailbox))

    def post(self, requests: Sequence[WorkerRequest], mailbox: Mailbox) -> Callable[[], None]:
        """Ask, the answers going to a mailbox; returns what ends them early."""
        rows = [Row(request, number, mailbox) for number, request in enumerate(requests)]
        with self._starting:
            if self._closed:
                rows[0].tell(_stopping())
                return lambda: None
            thread = self._thread = self._thread or LoopThread("inference")
        thread.call(self._admit, rows)
        return lambda: thread.call(self._cancel, rows)

    def refuse(self, refusal: Callable[[], PipelineError] | None) -> None:
        """Answer every new request with this error from now on, None = serve again; what is open goes on."""
        self._refusal = refusal

    def end_answers(self, error: Callable[[], PipelineError]) -> None:
        """Tell everybody who waits that there will be no answer."""
        thread = self._thread
        if thread:
            thread.call(self._fail, error)

    def stop_answering(self) -> None:
        """The service is about to stop: end what is open, refuse what comes."""
        self.refuse(_stopping)
        self.end_answers(_stopping)

    def unload(self) -> None:
        """Ask the process to leave, whatever it is doing, and wait for nothing to be left of it."""
        thread = self._thread
        if thread:
            thread.result(self._unload(), None)

    def close(self) -> None:
        """End it now, with the service; nothing is answered any more."""
        self.stop_answering()
        with self._starting:
            self._closed = True
            thread, self._thread = self._thread, None
        if thread:
            thread.result(self._kill(), None)
            thread.stop()

    # What follows happens in the thread.

    @property
    def _open(self) -> int:
        return len(self._process.rows) if self._process else 0

    async def _count(self) -> int:
        return self._open

    async def _answers_with(self, adapter: str) -> bool:
        rows = self._process.rows.values() if self._process else ()
        return any(row.request.adapter_path == adapter for row in rows)

    def _admit(self, rows: list[Row]) -> None:
        if self._refusal:
            rows[0].tell(self._refusal())
        elif self._open + len(rows) > OPEN_LIMIT:
            rows[0].tell(WorkerBusy(f"{self._open} answers are being written or wait: try again in a while."))
        else:
            process = self._ready_process()
            for row in rows:
                process.ask(row)

    def _ready_process(self) -> WorkerProcess:
        if self._idle:
            self._idle.cancel()
        if self._process is None or self._process.leaving:
            self._process = WorkerProcess(
                self._program, self._log, self._environ, self._process, self._rest, self._forget
            )
        return self._process

    def _cancel(self, rows: list[Row]) -> None:
        if self._process:
            for row in rows:
                self._process.cancel(row.id)

    def _fail(self, error: Callable[[], PipelineError]) -> None:
        if self._process:
            self._process.end_answers(error)

    def _rest(self, process: WorkerProcess) -> None:
        """The last answer of a process has ended."""
        if self._idle:
            self._idle.cancel()
        if self._process is process:
            self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, process.leave)

    def _forget(self, process: WorkerProcess) -> None:
        if self._process is process:
            self._process = None
        self.on_leave()

    async def _unload(self) -> None:
        if self._process:
            self._process.leave()
            await asyncio.wait({self._process.life}, timeout=UNLOAD_SECONDS)

    async def _kill(self) -> None:
        if self._idle:
            self._idle.cancel()
        if self._process:
            self._process.kill()
            await asyncio.wait({self._process.life}, timeout=UNLOAD_SECONDS)


def _stopping() -> PipelineError:
    return WorkerFailed("The service is being stopped: try again once it is back.")
