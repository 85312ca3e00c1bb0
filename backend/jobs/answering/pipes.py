"""What an event loop needs of a child process: its lines, and its end."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any


class Lines(asyncio.Protocol):
    """Whole lines out of the pieces a pipe delivers; empty ones are left out.

    Args:
        heard: takes the lines that came together.
        silent: done once nothing more can come.
    """

    def __init__(self, heard: Callable[[list[bytes]], None], silent: asyncio.Future[Any]) -> None:
        self._heard, self._silent = heard, silent
        self._pieces: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        """A piece has come."""
        head, newline, rest = data.rpartition(b"\n")
        if newline:
            whole = b"".join([*self._pieces, head])
            self._pieces = [rest]
            self._heard([line for line in whole.split(b"\n") if line])
        else:
            self._pieces.append(data)

    def connection_lost(self, _: Exception | None) -> None:
        """The other end is closed."""
        if not self._silent.done():
            self._silent.set_result(None)


def exit_of(process: subprocess.Popen[bytes]) -> asyncio.Future[Any]:
    """Done when the process has ended.

    The thread that waits for it holds nobody up, as the loop's own would when it stops: a process stuck in a GPU's
    driver outlives even KILL.
    """
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[Any] = loop.create_future()

    def wait() -> None:
        process.wait()
        with suppress(RuntimeError):  # the loop has not waited
            loop.call_soon_threadsafe(exited.set_result, None)

    Thread(target=wait, name="child-exit", daemon=True).start()
    return exited
