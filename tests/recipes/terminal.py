"""A recipe on a real pseudo-terminal, driven as a person would: type, read what appears, press Ctrl-C."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from backend.core.paths import PROJECT_ROOT

CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"

# Makes the terminal its own and hears Ctrl-C, as a shell would arrange it: what a shell starts in the background
# ignores that signal, and everything started from there inherits it.
START = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
)

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07")


class Terminal:
    """A process on a terminal of its own; a context that leaves nothing behind.

    Args:
        recipe: name of the program in the project's root.
        flags: its arguments.
        environ: variables beside the test's own.
        cwd: where it runs.
        output: a file for its standard output, in place of the terminal.
    """

    def __init__(
        self, recipe: str, *flags: object, environ: Mapping[str, str], cwd: Path, output: Path | None = None
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        command = [str(PROJECT_ROOT / f"{recipe}.py"), *map(str, flags)]
        stdout = theirs if output is None else output.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, sys.executable, *command],
            stdin=theirs, stdout=stdout, stderr=theirs, cwd=cwd, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(PROJECT_ROOT), **environ},
        )  # fmt: skip
        os.close(theirs)
        if output is not None:
            stdout.close()  # type: ignore[union-attr]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._raw = ""
        self.seen = ""
        self._read_to = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._ours, text.encode())

    def expect(self, pattern: str, seconds: float = 120.0) -> str:
        """Read on until the pattern appears; returns what stood before its end. Fails the test when it does not."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.compile(pattern).search(self.seen, self._read_to)
            if found:
                text, self._read_to = self.seen[self._read_to : found.end()], found.end()
                return text
            if not self._read_more(deadline - time.monotonic()):
                raise AssertionError(f"{pattern!r} did not appear; there was:\n{self.seen[self._read_to :]}")

    def interrupt(self, pattern: str) -> None:
        """Press Ctrl-C at a prompt until the pattern appears.

        Python overlooks a signal that comes between the drawing of the prompt and the wait for a key, a moment that
        no person meets and this program does.
        """
        for _ in range(10):
            self.type(CTRL_C)
            with contextlib.suppress(AssertionError):
                self.expect(pattern, seconds=3.0)
                return
        self.expect(pattern, seconds=0.0)

    def end(self, seconds: float = 60.0) -> int:
        """Read to the end of the process; returns its exit code."""
        deadline = time.monotonic() + seconds
        while self._read_more(deadline - time.monotonic()):
            continue
        return self.process.wait(max(1.0, deadline - time.monotonic()))

    def _read_more(self, seconds: float) -> bool:
        """Take in what has come; False when nothing came in time, or the process is gone."""
        if not select.select([self._ours], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # how Linux says that nobody holds the other side any more
            return False
        self._raw += self._decoder.decode(data)
        self.seen = _ESCAPES.sub("", self._raw).replace("\r\n", "\n")
        return bool(data)
