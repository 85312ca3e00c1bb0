"""One child process that answers, and the requests it has in hand. Everything here happens on one event loop."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from backend.core.errors import PipelineError
from backend.core.paths import PROJECT_ROOT
from backend.core.processes.lifeline import LIFELINE_VARIABLE
from backend.core.processes.tree import JOB_ID_VARIABLE, kill_marked
from backend.jobs.answering.pipes import Lines, exit_of
from backend.jobs.answering.protocol import Done, Event, WorkerFailed, WorkerRequest, cancel_line, understood
from backend.jobs.answering.stream import Mailbox
from backend.jobs.child import child_environment, yield_to_others

ANSWER_SECONDS = 900.0
"""Longest wait for one answer, loading the model included."""
STUCK_SECONDS = 60.0
"""A process that has not even given up a request so long after it was told to is killed."""
FAREWELL_SECONDS = 5.0
"""For the process to leave by itself once its input has ended."""
LAST_LINES_SECONDS = 0.5
"""For what a dead process had written to be read; a descendant of it may keep the pipe open for ever."""

KERNEL_CACHE = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64"}
"""A batch's shape changes with every row that comes or goes, and oneDNN keeps a kernel for each of 1,024 shapes: 100
MB that look like a leak. With 64 the speed is the same (47 to 53 s for 1,000 requests at 16, 64, 256 and 1,024)."""


class AnswerTooSlow(PipelineError):
    """An answer did not end within its time."""


@dataclass(eq=False)
class Row:
    """One answer being written.

    Args:
        request: what to answer.
        number: its place among the answers of its mailbox.
        mailbox: where to tell what comes.
    """

    request: WorkerRequest
    number: int
    mailbox: Mailbox
    id: str = field(default_factory=lambda: uuid4().hex)
    listening: bool = True
    limit: asyncio.TimerHandle | None = None

    def tell(self, event: Event | PipelineError) -> None:
        """Pass the event on; after an error nothing more follows."""
        if self.listening:
            self.listening = not isinstance(event, PipelineError)
            self.mailbox.put((self.number, event))

    def end(self) -> None:
        """Nothing limits it any more."""
        if self.limit:
            self.limit.cancel()


class WorkerProcess:
    """The process, from its start to its burial.

    Args:
        program: what to start, with `--serve`.
        log: file for what it prints on standard error.
        environ: further variables for it.
        before: the process in whose place it comes; it starts once that one is gone, as both would need the memory.
        on_idle: called when its last request has ended.
        on_gone: called when nothing is left of it.
    """

    def __init__(
        self,
        program: Path,
        log: Path,
        environ: Mapping[str, str],
        before: WorkerProcess | None,
        on_idle: Callable[[WorkerProcess], None],
        on_gone: Callable[[WorkerProcess], None],
    ) -> None:
        self._program, self._log, self._environ = program, log, environ
        self._on_idle, self._on_gone = on_idle, on_gone
        self.rows: dict[str, Row] = {}
        self.leaving = False
        """It takes no more requests."""
        self._killed = False
        self._mark = f"worker-{uuid4().hex}"
        self._loop = asyncio.get_running_loop()
        self._silent: asyncio.Future[Any] = self._loop.create_future()
        self._process: subprocess.Popen[bytes] | None = None
        self._input: asyncio.WriteTransport | None = None
        self._backlog: list[bytes] = []
        self.life: asyncio.Task[None] = self._loop.create_task(self._live(before.life if before else None))

    def ask(self, row: Row) -> None:
        """Take on a request."""
        self.rows[row.id] = row
        row.limit = self._loop.call_later(ANSWER_SECONDS, self._give_up, row)
        self._write(row.request.line(row.id))

    def cancel(self, row_id: str) -> None:
        """Have an answer end that nobody waits for; it counts as open until the process has confirmed its end."""
        row = self.rows.get(row_id)
        if row and row.listening:
            row.listening = False
            self._write(cancel_line(row_id))

    def fail(self, error: Callable[[], PipelineError]) -> None:
        """Tell everybody who waits, each with an error of its own, that there will be no answer."""
        for row in self.rows.values():
            row.tell(error())

    def end_answers(self, error: Callable[[], PipelineError]) -> None:
        """Tell everybody so, and the process not to go on for nobody."""
        self.fail(error)
        for row_id in self.rows:
            self._write(cancel_line(row_id))

    def leave(self) -> None:
        """The end of its input tells it to go; what remains after five seconds is killed."""
        if not self.leaving:
            self.leaving = True
            if self._input:
                self._input.close()
            self._loop.call_later(FAREWELL_SECONDS, self.kill)

    def kill(self) -> None:
        """End it now."""
        self.leaving = self._killed = True
        if self._process:
            self._process.kill()

    def _write(self, line: bytes) -> None:
        if self._input:
            self._input.write(line)
        else:
            self._backlog.append(line)

    def _give_up(self, row: Row) -> None:
        row.tell(AnswerTooSlow(f"There was no answer within {ANSWER_SECONDS / 60:.0f} minutes; it was given up."))
        self._write(cancel_line(row.id))
        row.limit = self._loop.call_later(STUCK_SECONDS, self.kill)

    def _heard(self, lines: list[bytes]) -> None:
        for line in lines:
            try:
                row_id, event = understood(line)
            except ValueError:  # whatever was meant by it is lost: somebody would wait for ever
                self.fail(lambda: WorkerFailed("The process that answers did not speak its protocol. Try again."))
                self.kill()
                return
            row = self.rows.get(row_id)
            if row is None:
                continue
            row.tell(event)
            if isinstance(event, (Done, PipelineError)):
                row.end()
                del self.rows[row_id]
        if not self.rows:
            self._on_idle(self)

    async def _live(self, before: asyncio.Task[None] | None) -> None:
        why = f"The process that answers has ended; {self._log.name} says why. Try again."
        if before:
            await asyncio.wait({before})
        try:
            if not self._killed:
                await self._run()
        except OSError as error:
            why = f"The process that answers could not be started: {error}."
        finally:  # whatever went wrong, nobody waits for ever
            self.kill()
            self.fail(lambda: WorkerFailed(why))
            for row in self.rows.values():
                row.end()
            self.rows.clear()
            await self._loop.run_in_executor(None, kill_marked, self._mark)
            self._on_gone(self)

    async def _run(self) -> None:
        """Start it and carry lines to and fro until it has ended. Raises OSError when it cannot be started."""
        read_end, lifeline = os.pipe()
        try:
            self._process = process = self._start(read_end)
            exited = exit_of(process)
            output, _ = await self._loop.connect_read_pipe(lambda: Lines(self._heard, self._silent), process.stdout)
            self._input, _ = await self._loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
            self._input.writelines(self._backlog)
            if self._killed:
                process.kill()
            elif self.leaving:
                self._input.close()
            await asyncio.wait({exited, self._silent}, return_when=asyncio.FIRST_COMPLETED)
            if not exited.done():
                self.leave()
                await exited
            await asyncio.wait({self._silent}, timeout=LAST_LINES_SECONDS)
            output.close()
            if not self._input.is_closing():
                self._input.abort()
        finally:
            os.close(read_end)
            os.close(lifeline)

    def _start(self, lifeline: int) -> subprocess.Popen[bytes]:
        told = {**KERNEL_CACHE, **self._environ, JOB_ID_VARIABLE: self._mark, LIFELINE_VARIABLE: str(lifeline)}
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(self._program), "--serve"],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=PROJECT_ROOT,
                env=child_environment(told),
                start_new_session=True,
                pass_fds=(lifeline,),
            )
        yield_to_others(process.pid)
        return process
