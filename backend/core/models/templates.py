"""Chat templates that came with a model, rendered in a process of their own that a hostile one can only end.

One such process serves a program for as long as it lives, and sees no variable of ours. Asked one by one, a
conversation costs 0.2 ms, three quarters of it for waking each other; asked by the hundred, what its rendering takes.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from backend.core.errors import TemplateRejected
from backend.core.paths import PROJECT_ROOT

SECONDS = 5.0
"""Without a word from it, on the clock; `template_child.CPU_SECONDS` ends a busy one sooner."""
LONGEST_LINE = 2**20
"""Characters asked in one go, unless a conversation has more; the process may have 512 MB."""
PASSED_ON = ("PATH", "SYSTEMROOT", "PIPELINE_JOB_ID")
"""Variables the process sees: no keys. By its mark it is found, should it be left behind."""
MOST_KNOWN = 64
ATTEMPTS = 2
"""It may have been ended from outside; a template that ends it twice is rejected."""


OUT_OF_TIME = getattr(signal, "SIGXCPU", -1)
"""How the system ends a process at its limit."""


class Refused(Exception):
    """A template says that it cannot render a conversation."""


class ForeignTemplates:
    """The process, started with the first question and again after its end; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._known: dict[str, int] = {}

    def render_all(self, source: str, asked: Sequence[tuple[Mapping[str, Any], int]]) -> list[str]:
        """What a template makes of each of several sets of variables.

        Args:
            asked: the variables, and how many characters there may be of them at most.

        Raises:
            Refused: the template cannot render one of them.
            TemplateRejected: one takes more time, memory or room than it may.
        """
        with self._lock:
            return [_text(answer) for answer in self._answers(source, asked)]

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._known.clear()
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()

    def _answers(self, source: str, asked: Sequence[tuple[Mapping[str, Any], int]]) -> list[dict[str, Any]]:
        for _ in range(ATTEMPTS):
            process = self._ready()
            line = json.dumps(self._question(source, asked))
            if len(line) > LONGEST_LINE and len(asked) > 1:
                half = len(asked) // 2
                return [*self._answers(source, asked[:half]), *self._answers(source, asked[half:])]
            answers = self._ask(process, line, len(asked))
            if answers is not None:
                self._known.setdefault(source, len(self._known))
                return answers
        raise _rejected("ends the process that renders it")

    def _question(self, source: str, asked: Sequence[tuple[Mapping[str, Any], int]]) -> dict[str, Any]:
        if source in self._known:
            return {"template": self._known[source], "asked": asked}
        return {"template": len(self._known), "source": source, "asked": asked}

    def _ask(self, process: subprocess.Popen[bytes], line: str, count: int) -> list[dict[str, Any]] | None:
        """The answers; None = the process has ended over them."""
        assert process.stdin is not None
        try:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            lines = _lines(process, count)
        except OSError:
            lines = []
        except TimeoutError:
            self.close()
            raise _rejected(f"takes longer than {SECONDS:.0f} seconds") from None
        if len(lines) < count:
            self._require_ended_from_outside(process)
            return None
        return [json.loads(answer) for answer in lines]

    def _require_ended_from_outside(self, process: subprocess.Popen[bytes]) -> None:
        """Raises TemplateRejected when the process has reached its limit of time."""
        self.close()
        if process.returncode == -OUT_OF_TIME:
            raise _rejected("takes too long")

    def _ready(self) -> subprocess.Popen[bytes]:
        """The process of this program; a fork has its parent's, which two must not talk to."""
        if self._process is None or self._owner != os.getpid() or len(self._known) > MOST_KNOWN:
            self.close()
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "backend.core.models.template_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=PROJECT_ROOT,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                # A signal for the program's whole group is not for it; without the program, nobody asks, and it ends.
                start_new_session=True,
            )
        return self._process


def _lines(process: subprocess.Popen[bytes], count: int) -> list[bytes]:
    """The next lines of its output, or what there is of them when it ends. Raises TimeoutError."""
    assert process.stdout is not None
    found, ends = bytearray(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while ends < count:
            if not selector.select(SECONDS):
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                break
            found += piece
            ends += piece.count(b"\n")
    return bytes(found).split(b"\n")[:ends]


def _text(answer: Mapping[str, Any]) -> str:
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "rejected" in answer:
        raise _rejected(answer["rejected"])
    return str(answer["text"])


def _rejected(why: str) -> TemplateRejected:
    return TemplateRejected(
        f"The chat template that comes with the model {why}: give another with --prompt_template.", "prompt_template"
    )


FOREIGN = ForeignTemplates()
"""This program's one."""

atexit.register(FOREIGN.close)
