"""Starting the fake server's process and reading its log."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.llm_server.plan import Plan

ROOT = Path(__file__).parents[2]


class FakeServer:
    """A running server.

    Args:
        url: for `openai_api_base`.
        log_file: where its rows are.
    """

    def __init__(self, url: str, log_file: Path) -> None:
        self.url = url
        self._log_file = log_file

    def log(self) -> list[dict[str, Any]]:
        """A row per request that arrived, in the order of arrival; `status` is None before it is answered."""
        found: dict[int, dict[str, Any]] = {}
        for line in self._log_file.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                row = json.loads(line)
                found.setdefault(row["n"], {}).update(row)
        return [found[number] for number in sorted(found)]

    def wait_for_arrivals(self, count: int, seconds: float = 60.0) -> None:
        """Until so many requests have arrived."""
        end = time.monotonic() + seconds
        while len(self.log()) < count:
            assert time.monotonic() < end, f"only {len(self.log())} of {count} requests came"
            time.sleep(0.005)


@contextmanager
def fake_server(plan: Plan | None = None) -> Iterator[FakeServer]:
    """A server of this plan on a free port of this machine, for the length of the block; its log can be read after."""
    with tempfile.TemporaryDirectory(prefix="llm_server_") as folder:
        log_file = Path(folder) / "log.jsonl"
        log_file.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.llm_server.server", str(log_file)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write((plan or Plan()).to_json() + "\n")
            process.stdin.flush()
            port = int(process.stdout.readline())
            yield FakeServer(f"http://127.0.0.1:{port}/v1", log_file)
        finally:
            process.kill()
            process.communicate()
