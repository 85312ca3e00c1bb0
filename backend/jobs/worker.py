"""The model that answers prompts: one long-lived `run_inference.py --serve`, spoken to in JSON lines.

A recipe pays 15 s of imports and loading; a conversation must not, so this process stays between questions, leaves
after ten minutes without one, and before a GPU job needs its memory.

    -> {"id", "messages": [{role, content}], "adapter_path", "base_model_name", "max_new_tokens", "seed", ...}
    <- {"id", "text", "usage": {"prompt_tokens", "completion_tokens", "total_tokens"}, "finish_reason"}
    <- {"id", "error": {"code", "message"}}
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Semaphore, Timer
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from backend.core.errors import BadModel, DeviceUnavailable, InvalidInput, OutOfMemory, PipelineError
from backend.core.lifeline import LIFELINE_VARIABLE
from backend.core.paths import PROJECT_ROOT
from backend.jobs.child import JOB_ID_VARIABLE, child_environment, kill_marked, yield_to_others

PROGRAM = PROJECT_ROOT / "run_inference.py"
ANSWER_SECONDS = 900.0
"""Longest wait for one answer, loading the model included."""
FAREWELL_SECONDS = 5.0
KNOWN_ERRORS: dict[str, type[PipelineError]] = {
    "bad_model": BadModel, "invalid_input": InvalidInput, "cuda_oom": OutOfMemory, "host_oom": OutOfMemory,
    "cuda_unavailable": DeviceUnavailable,
}  # fmt: skip
WAITING_LIMIT = 16
"""Requests in line; each holds a thread of the service."""


class WorkerFailed(PipelineError):
    """The process that answers ended in the middle of a request."""


class WorkerBusy(PipelineError):
    """Too many requests are waiting for an answer."""


class Usage(BaseModel):
    """Tokens of one answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Answer(BaseModel):
    """What the model said."""

    text: str
    usage: Usage
    finish_reason: Literal["stop", "length"]


class InferenceWorker:
    """The process, started with the first question.

    Args:
        log: file for what it prints on standard error.
        idle_seconds: it is asked to leave after so long without a question.
        environ: further variables for it.
        program: what to start; another one in tests.
    """

    def __init__(self, log: Path, idle_seconds: float, environ: Mapping[str, str], program: Path = PROGRAM) -> None:
        self._log = log
        self._idle_seconds = idle_seconds
        self._environ = environ
        self._program = program
        self._turn = Lock()
        self._waiting = Semaphore(WAITING_LIMIT)
        self._process: subprocess.Popen[str] | None = None
        self._lifeline = -1
        self._mark = ""
        self._idle: Timer | None = None

    def ask(self, request: dict[str, Any]) -> Answer:
        """One answer; requests are served one after the other.

        Raises:
            WorkerBusy: too many are waiting.
            WorkerFailed: the process ended or did not speak the protocol; the next request starts a new one.
            InvalidInput, BadModel, PipelineError: what the process itself reports.
        """
        if not self._waiting.acquire(blocking=False):
            raise WorkerBusy(f"{WAITING_LIMIT} requests are waiting for an answer already: try again in a while.")
        try:
            with self._turn:
                return self._exchange(request)
        finally:
            self._waiting.release()

    def release(self) -> None:
        """Let it finish the answer it is giving, then ask it to leave."""
        with self._turn:
            self._leave()

    def close(self) -> None:
        """End it now, with the service."""
        process = self._process
        if process:
            process.kill()
        self.release()

    def _exchange(self, request: dict[str, Any]) -> Answer:
        if self._idle:
            self._idle.cancel()
        process = self._running()
        number = uuid4().hex
        limit = Timer(ANSWER_SECONDS, process.kill)
        limit.daemon = True
        limit.start()
        try:
            line = _round_trip(process, json.dumps({"id": number, **request}))
        finally:
            limit.cancel()
        if not line:
            self._leave()
            raise WorkerFailed(f"The process that answers has ended; {self._log.name} says why. Try again.")
        self._idle = Timer(self._idle_seconds, self.release)
        self._idle.daemon = True
        self._idle.start()
        try:
            return _understood(line, number)
        except WorkerFailed:
            self._leave()  # out of step: the next line could be the answer to an earlier question
            raise

    def _running(self) -> subprocess.Popen[str]:
        if self._process and self._process.poll() is None:
            return self._process
        self._leave()
        self._mark = f"worker-{uuid4().hex}"
        read_end, self._lifeline = os.pipe()
        try:
            with self._log.open("a", encoding="utf-8") as log:
                self._process = subprocess.Popen(
                    [sys.executable, str(self._program), "--serve"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    encoding="utf-8",
                    cwd=PROJECT_ROOT,
                    env=child_environment(
                        {**self._environ, JOB_ID_VARIABLE: self._mark, LIFELINE_VARIABLE: str(read_end)}
                    ),
                    start_new_session=True,
                    pass_fds=(read_end,),
                )
        finally:
            os.close(read_end)
        yield_to_others(self._process.pid)
        return self._process

    def _leave(self) -> None:
        """The end of its input tells it to go; what remains after five seconds is killed."""
        process, self._process = self._process, None
        if self._idle:
            self._idle.cancel()
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()
        try:
            process.wait(FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        kill_marked(self._mark)
        os.close(self._lifeline)


def _round_trip(process: subprocess.Popen[str], line: str) -> str:
    """The line that answers, or nothing when the process is gone."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except (OSError, UnicodeDecodeError):
        return ""


def _understood(line: str, number: str) -> Answer:
    """The answer in a line of the protocol; its errors as ours."""
    try:
        content = json.loads(line)
        if content["id"] != number:
            raise ValueError
        if "error" in content:
            code, message = str(content["error"]["code"]), str(content["error"]["message"])
        else:
            return Answer.model_validate(content)
    except (ValueError, KeyError, TypeError, ValidationError):
        raise WorkerFailed("The process that answers said something else than an answer. Try again.") from None
    raise KNOWN_ERRORS.get(code, PipelineError)(message)
