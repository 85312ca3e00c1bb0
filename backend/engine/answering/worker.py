"""The service's inference worker: requests as JSON lines on standard input, answers as JSON lines on standard output.

    -> {"type": "generate", "id", "base_model_name", "adapter_path", "messages" or "prompt", "max_new_tokens", ...}
    -> {"type": "cancel", "id"}
    <- {"type": "started", "id", "prompt_tokens"}
    <- {"type": "delta", "id", "text", "logprobs"}
    <- {"type": "done", "id", "text", "finish_reason", "usage", "timing"}
    <- {"type": "error", "id", "error": {"code", "message", "field"}}

Requests are answered together, whatever their adapters. One base is in memory: those for another one wait until the
present ones are answered.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TextIO

from backend.core.errors import ContextTooLong, GpuOutOfMemory, InvalidInput, OutOfMemory, PipelineError
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.engine.answering.answers import Request, Timing
from backend.engine.answering.row import Row
from backend.engine.answering.token_bytes import TokenBytes
from backend.engine.inference import ModelInference
from backend.engine.memory import is_memory_error

logger = logging.getLogger(__name__)

Line = dict[str, Any]


def serve(params: InferenceParams, requests: Iterable[str], answers: TextIO) -> None:
    """Answer all requests; they end when nobody can ask any more."""
    arrived: SimpleQueue[Line | None] = SimpleQueue()

    def read() -> None:
        for line in requests:
            if line.strip():
                arrived.put(json.loads(line))
        arrived.put(None)

    def send(line: Line) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    Thread(target=read, name="requests", daemon=True).start()
    Worker(params, send).run(arrived)


class Worker:
    """The model of the present requests, and those in line.

    Args:
        params: how to load a model.
        send: takes the lines of the protocol.
    """

    def __init__(self, params: InferenceParams, send: Callable[[Line], None]) -> None:
        self.params = params
        self.model: ModelInference | None = None
        self._send = send
        self._line: deque[Line] = deque()
        self._rows: dict[str, Row] = {}
        self._names: dict[int, str] = {}
        self._texts: TokenBytes | None = None

    def run(self, arrived: SimpleQueue[Line | None]) -> None:
        """Take requests in and step until they have ended and are answered."""
        ended = False
        while True:
            while not ended and (not arrived.empty() or not self.busy):
                request = arrived.get()
                ended = request is None
                if request is not None:
                    self.accept(request)
            if not self.busy:
                return
            self.step()

    @property
    def busy(self) -> bool:
        """Whether anything is unanswered."""
        return bool(self._rows or self._line)

    def accept(self, request: Line) -> None:
        """Put a request in line, or take one out of it."""
        if request["type"] == "generate":
            self._line.append(request)
        elif request["id"] in self._rows:
            self._rows[request["id"]].cancelled = True
        elif waiting := next((line for line in self._line if line["id"] == request["id"]), None):
            self._line.remove(waiting)
            self._send({"type": "done", "id": request["id"], "text": "", "finish_reason": "cancelled",
                        "usage": _usage(0, 0), "timing": asdict(Timing(0, 0, 0))})  # fmt: skip

    def step(self) -> None:
        """Start those in line that this base can answer, and write a token for everybody."""
        while self._line and self._can_start(self._line[0]):
            self._start(self._line.popleft())
        if self.model is None or not self._rows:
            return
        try:
            news = self.model.decoder.step()
        except Exception as error:
            logger.exception("answering failed")
            for name in list(self._rows):
                self._fail(name, error)
            self.model = None  # nobody knows what state it is in
            return
        for row in news:
            self._report(row)

    def _can_start(self, request: Line) -> bool:
        base = request["base_model_name"]
        return not self._rows or (self.model is not None and self.model.reference.base == base)

    def _start(self, line: Line) -> None:
        try:
            model = self._model_for(line["base_model_name"])
            request = _request(model, line)
            row = model.decoder.submit(request)
        except Exception as error:  # noqa: BLE001 - the process boundary: the next request must still be served
            self._fail(line["id"], error)
            return
        self._rows[line["id"]] = row
        self._names[id(row)] = line["id"]
        self._send({"type": "started", "id": line["id"], "prompt_tokens": len(request.tokens)})

    def _model_for(self, base: str) -> ModelInference:
        if self.model is None or self.model.reference.base != base:
            self.model = None  # the old base makes room before the new one is loaded
            self.model = ModelInference(self.params.model_copy(update={"base_model_name": base, "model_path": None}))
            self._texts = TokenBytes(self.model.tokenizer)
        return self.model

    def _report(self, row: Row) -> None:
        name = self._names[id(row)]
        if row.error:
            self._fail(name, row.error)
            return
        text, choices = row.take()
        if text or choices:
            assert self._texts
            logprobs = [self._texts.described(choice) for choice in choices] if choices else None
            self._send({"type": "delta", "id": name, "text": text, "logprobs": logprobs})
        if row.answer:
            answer = row.answer
            self._forget(name)
            self._send({
                "type": "done", "id": name, "text": answer.text, "finish_reason": answer.finish_reason,
                "usage": _usage(answer.prompt_tokens, answer.completion_tokens), "timing": asdict(answer.timing),
            })  # fmt: skip

    def _fail(self, name: str, error: Exception) -> None:
        self._forget(name)
        self._send({"type": "error", "id": name, "error": described(error)})

    def _forget(self, name: str) -> None:
        row = self._rows.pop(name, None)
        self._names.pop(id(row), None)


def _request(model: ModelInference, line: Line) -> Request:
    sampling = Sampling.model_validate({name: line[name] for name in Sampling.model_fields if name in line})
    adapter = Path(line["adapter_path"]) if line.get("adapter_path") else None
    seed, logprobs = int(line.get("seed") or 0), line.get("logprobs")
    if line.get("prompt") is not None:
        return model.continuation(line["prompt"], sampling, adapter=adapter, seed=seed, logprobs=logprobs)
    return model.request(line["messages"], sampling, adapter=adapter, seed=seed, logprobs=logprobs)


def described(error: Exception) -> Line:
    """An error in the protocol's words."""
    if is_memory_error(error):
        kind = GpuOutOfMemory if "CUDA" in str(error) else OutOfMemory
        error = kind("There is not enough memory for this model: choose a smaller one, or load it in 4 bit.")
    if isinstance(error, InvalidInput):
        return {"code": _code(error), "message": str(error), "field": error.field}
    if isinstance(error, PipelineError):
        return {"code": error.reason, "message": str(error), "field": None}
    logger.error("a request failed", exc_info=error)
    return {"code": "exit_code", "message": f"{type(error).__name__}: {error}", "field": None}


def _code(error: InvalidInput) -> str:
    if isinstance(error, ContextTooLong):
        return "context_too_long"
    return "invalid_input" if error.reason == "exit_code" else error.reason


def _usage(prompt_tokens: int, completion_tokens: int) -> Line:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
