"""What both kinds of completions say alike."""

from __future__ import annotations

from backend.api.errors import told
from backend.api.openai_errors import openai_error
from backend.api.sse import event
from backend.core.errors import PipelineError
from backend.jobs.answering.protocol import Done

END = b"data: [DONE]\n\n"


class TokenCount:
    """Tokens over several answers; a prompt that is answered `n` times counts once.

    Args:
        n: answers to each prompt.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._prompt = 0
        self._completion = 0

    def add(self, row: int, done: Done) -> None:
        """Count an answer; `row` is its place among all."""
        if row % self._n == 0:
            self._prompt += done.usage.prompt_tokens
        self._completion += done.usage.completion_tokens

    @property
    def usage(self) -> dict[str, int]:
        """As OpenAI has it."""
        return {
            "prompt_tokens": self._prompt,
            "completion_tokens": self._completion,
            "total_tokens": self._prompt + self._completion,
        }


def finish_reason(done: Done) -> str:
    """`stop` or `length`: who cancelled an answer does not read it any more."""
    return "length" if done.finish_reason == "length" else "stop"


def failure(error: PipelineError) -> bytes:
    """An error in the middle of a stream, from which clients make an exception."""
    status, code, detail, _ = told(error)
    return event(openai_error(status, code, detail)[1])
