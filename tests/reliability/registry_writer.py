"""A program that enters adapters one after the other and notes each once it is acknowledged."""

from __future__ import annotations

import os
import time
from pathlib import Path

from backend.core.errors import Conflict
from backend.core.registry import Adapter, AdapterRegistry


def main(registry: AdapterRegistry, acknowledged: Path, name: str, count: int) -> None:
    """Go on behind the last acknowledged one."""
    done = len(acknowledged.read_bytes().splitlines()) if acknowledged.exists() else 0
    with acknowledged.open("ab", buffering=0) as notes:
        for number in range(done, count):
            started = time.monotonic()
            add(registry, Adapter(name=f"{name}-{number}", path=f"models/{name}-{number}"))
            os.write(notes.fileno(), f"{(time.monotonic() - started) * 1000:.1f}\n".encode())


def add(registry: AdapterRegistry, adapter: Adapter) -> None:
    """Enter it; a writer that is put off on a busy machine does what it is told, and tries again."""
    while True:
        try:
            registry.add(adapter)
            return
        except Conflict:
            continue
