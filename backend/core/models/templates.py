"""Chat templates that came with a model, rendered in a process of their own that a hostile one can only end.

One such process serves a program for as long as it lives; it costs 0.1 ms a conversation and sees no variable of ours.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from backend.core.errors import TemplateRejected
from backend.core.paths import PROJECT_ROOT

SECONDS = 5.0
"""For one conversation, on the clock; `template_child.CPU_SECONDS` ends a busy one sooner."""
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

    def render(self, source: str, variables: Mapping[str, Any], most: int) -> str:
        """What a template makes of its variables.

        Args:
            most: characters at most.

        Raises:
            Refused: the template cannot render this.
            TemplateRejected: it takes more time, memory or room than it may.
        """
        with self._lock:
            for _ in range(ATTEMPTS):
                answer = self._ask(source, variables, most)
                if answer is not None:
                    break
        if answer is None:
            raise _rejected("ends the process that renders it")
        if "refused" in answer:
            raise Refused(answer["refused"])
        if "rejected" in answer:
            raise _rejected(answer["rejected"])
        return str(answer["text"])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._known.clear()
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()

    def _ask(self, source: str, variables: Mapping[str, Any], most: int) -> dict[str, Any] | None:
        """The answer; None = the process has ended over it."""
        process = self._ready()
        asked: dict[str, Any] = {"variables": variables, "most": most}
        if source not in self._known:
            asked["source"] = source
            self._known[source] = len(self._known)
        asked["template"] = self._known[source]
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            line = _line(process, time.monotonic() + SECONDS)
        except OSError:
            line = b""
        except TimeoutError:
            self.close()
            raise _rejected(f"takes longer than {SECONDS:.0f} seconds") from None
        if not line.endswith(b"\n"):
            self._require_ended_from_outside(process)
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

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


def _line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """The next line of its output, or what there is of it when it ends. Raises TimeoutError."""
    assert process.stdout is not None
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                break
            found += piece
    return bytes(found)


def _rejected(why: str) -> TemplateRejected:
    return TemplateRejected(
        f"The chat template that comes with the model {why}: give another with --prompt_template.", "prompt_template"
    )


FOREIGN = ForeignTemplates()
"""This program's one."""

atexit.register(FOREIGN.close)
