"""R6: eight programs write the registry at a time, one is killed every 100 ms, and no acknowledged entry is lost."""

from __future__ import annotations

import os
import random
import time
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles

from backend.core.registry import AdapterRegistry
from tests.campaign import number, tell
from tests.reliability import registry_writer

WRITERS = 8
ENTRIES = number(50, 500)
KILL_SECONDS = 0.1
DEADLINE_SECONDS = 900.0


FORKS = get_context("forkserver")
"""A writer that was killed is back in milliseconds: what it imports is loaded once."""
FORKS.set_forkserver_preload(["tests.reliability.registry_writer"])


class Writer:
    """A writing program, started again when it was killed."""

    def __init__(self, folder: Path, name: str) -> None:
        self.acknowledged = folder / f"{name}.txt"
        self._arguments = (AdapterRegistry(folder / "adapters.json"), self.acknowledged, name, ENTRIES)
        self.start()

    def start(self) -> None:
        """Begin, or go on."""
        self.process = FORKS.Process(target=registry_writer.main, args=self._arguments)
        self.process.start()

    def stop(self) -> None:
        """Kill it, whatever it does."""
        self.process.kill()
        self.process.join()

    def count(self) -> int:
        """Entries that were acknowledged."""
        return len(self.waits())

    def waits(self) -> list[float]:
        """Milliseconds that each took."""
        return [float(line) for line in self.acknowledged.read_bytes().split()] if self.acknowledged.exists() else []


def test_no_acknowledged_entry_is_lost(in_memory: Path) -> None:
    choice, kills, reads = random.Random(6), 0, 0
    registry = AdapterRegistry(in_memory / "adapters.json")
    writers = [Writer(in_memory, f"w{number}") for number in range(WRITERS)]
    deadline = time.monotonic() + DEADLINE_SECONDS
    try:
        while busy := [writer for writer in writers if writer.process.is_alive()]:
            assert time.monotonic() < deadline
            time.sleep(KILL_SECONDS)
            registry.read()  # raises when it was ever torn
            reads += 1
            writer = choice.choice(busy)
            if writer.process.is_alive() and writer.count() < ENTRIES:
                writer.stop()
                writer.start()
                kills += 1
    finally:
        for writer in writers:
            writer.stop()
    assert [writer.process.exitcode for writer in writers] == [0] * WRITERS
    names = {adapter.name for adapter in registry.read().adapters}
    assert {writer.count() for writer in writers} == {ENTRIES}
    assert names == {f"w{which}-{entry}" for which in range(WRITERS) for entry in range(ENTRIES)}
    assert [name for name in os.listdir(in_memory) if name.startswith(".tmp")] == []
    waits = sorted(wait for writer in writers for wait in writer.waits())
    tell(
        "R6",
        acknowledged=len(waits),
        present=len(names),
        kills=kills,
        readable=f"{reads}/{reads}",
        write_p99_ms=round(quantiles(waits, n=100)[98], 1),
    )
