"""The service's inference worker: requests as JSON lines on standard input, answers on standard output.

    {"id", "messages", "adapter_path", "base_model_name", "max_new_tokens", "temperature", ...}
    -> {"id", "text", "usage", "finish_reason"}   or   {"id", "error": {"code", "message"}}

One base model stays in memory; asking for another one replaces it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from backend.core.errors import InvalidInput, PipelineError
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.engine.inference import ModelInference, require_question

logger = logging.getLogger(__name__)


def serve(params: InferenceParams, requests: Iterable[str], answers: TextIO) -> None:
    """Answer until the requests end."""
    worker = Worker(params)
    for line in requests:
        if line.strip():
            answers.write(json.dumps(worker.answer(json.loads(line))) + "\n")
            answers.flush()


class Worker:
    """Keeps the model of the last request."""

    def __init__(self, params: InferenceParams) -> None:
        self.params = params
        self.model: ModelInference | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; an error is an answer too, since the next request must still be served."""
        try:
            require_question(request["messages"])
            model = self._model_for(request["base_model_name"])
            sampling = Sampling.model_validate(
                {name: request[name] for name in Sampling.model_fields if name in request}
            )
            adapter = Path(request["adapter_path"]) if request.get("adapter_path") else None
            answer = model.generate(request["messages"], sampling, adapter=adapter, seed=request.get("seed"))
        except PipelineError as error:
            code = "invalid_input" if isinstance(error, InvalidInput) else error.reason
            return {"id": request["id"], "error": {"code": code, "message": str(error)}}
        except Exception as error:
            logger.exception("request %s failed", request["id"])
            return {"id": request["id"], "error": {"code": "exit_code", "message": f"{type(error).__name__}: {error}"}}
        return {
            "id": request["id"],
            "text": answer.text,
            "usage": {
                "prompt_tokens": answer.prompt_tokens,
                "completion_tokens": answer.completion_tokens,
                "total_tokens": answer.prompt_tokens + answer.completion_tokens,
            },
            "finish_reason": answer.finish_reason,
        }

    def _model_for(self, base: str) -> ModelInference:
        if self.model is None or self.model.reference.base != base:
            self.model = None  # the old base makes room before the new one is loaded
            self.model = ModelInference(self.params.model_copy(update={"base_model_name": base, "model_path": None}))
        return self.model
