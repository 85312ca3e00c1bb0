"""How quick polls are while two jobs use every core, and what a long log costs.

    python -m benchmarks.polling [--quick]

A hundred clients ask for a job's page every two seconds, in turn with an idle service and with two jobs at work that
never pause: one in each lane, started by the service as it starts every run. The ratio is the loaded p99 over the idle
one, the median of five repeats forth and back. The log is one of two gigabytes, and one that grows by 5,000 lines a
second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import ClassVar

import httpx
import psutil

from backend.api.server import serve
from backend.core.environment.settings import Settings
from backend.core.params import Params
from backend.core.paths import PROJECT_ROOT
from backend.jobs.kinds import JobKind
from backend.jobs.log import last_lines, read_log
from backend.jobs.store import JobStore
from backend.main import create_app
from benchmarks.report import report

CLIENTS = 100
PAUSE_SECONDS = 2.0
LOG_BYTES = 2 * 10**9
LINES_PER_SECOND = 5_000
BURNING = PROJECT_ROOT / "benchmarks" / "burning.py"


class BurnParams(Params):
    """Keep a core busy."""

    title: ClassVar[str] = "Burn"


KINDS = {
    name: JobKind(name, name, BurnParams, BURNING, f"/{name}", needs_gpu=needs_gpu, makes=None)
    for name, needs_gpu in (("gpu", True), ("cpu", False))
}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two short repeats")
    repeats, seconds = (2, 4.0) if parser.parse_args().quick else (5, 12.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with service(folder) as url:
            found = [measured(url, seconds, forth=turn % 2 == 0) for turn in range(repeats)]
        figures = {
            f"{state}_{key}": median(turn[state][key] for turn in found)
            for state in found[0]
            for key in found[0][state]
        }
        figures |= long_log(folder) | growing_log(folder)
    ratio = median(turn["loaded"]["p99_ms"] / turn["idle"]["p99_ms"] for turn in found)
    report("polling", figures, {"polls_idle_p99": ratio})


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """The real service in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.polling", "--serve", str(folder), str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()


def run_service(folder: Path, port: int) -> int:
    """What that process does."""
    for name in ("data", "models"):
        (folder / name).mkdir()
    settings = Settings(
        port=port, data_dir=folder / "data", model_output_dir=folder / "models", state_dir=folder / "state",
        adapter_config_path=folder / "adapters.json", stop_grace_seconds=0,
    )  # fmt: skip
    return serve(create_app(settings, store=JobStore(), job_kinds=KINDS))


def measured(url: str, seconds: float, *, forth: bool) -> dict[str, dict[str, float]]:
    """Both states, one after the other."""
    states = {"idle": idle, "loaded": loaded}
    return {state: states[state](url, seconds) for state in (states if forth else reversed(states))}


def idle(url: str, seconds: float) -> dict[str, float]:
    """Polls while nothing runs."""
    job_id = httpx.post(f"{url}/cpu", json={}).json()["job_id"]
    _end(url, job_id)
    return asyncio.run(polled(url, job_id, seconds))


def loaded(url: str, seconds: float) -> dict[str, float]:
    """Polls while both lanes are at work."""
    ids = [httpx.post(f"{url}/{kind}", json={}).json()["job_id"] for kind in KINDS]
    for job_id in ids:
        _until(lambda: _status(url, job_id) == "running")  # noqa: B023
    found = asyncio.run(polled(url, ids[0], seconds))
    for job_id in ids:
        _end(url, job_id)
    return found


async def polled(url: str, job_id: str, seconds: float) -> dict[str, float]:
    """Quantiles of every poll of all clients, in milliseconds, and how many failed."""
    began = time.monotonic()
    clients = [
        _client(url, f"/jobs/{job_id}/tick", began + at * PAUSE_SECONDS / CLIENTS, began + seconds)
        for at in range(CLIENTS)
    ]
    found = sorted(millis for client in await asyncio.gather(*clients) for millis in client)
    good = [millis for millis in found if millis >= 0]
    return {"p50_ms": _at(good, 0.5), "p99_ms": _at(good, 0.99), "polls": len(found), "errors": len(found) - len(good)}


async def _client(url: str, path: str, first: float, end: float) -> list[float]:
    """Milliseconds of each poll over one connection, -1 for one that failed. Bare HTTP: it must not be the load."""
    where = httpx.URL(url)
    reader, writer = await asyncio.open_connection(where.host, where.port)
    request = f"GET {path} HTTP/1.1\r\nHost: {where.host}:{where.port}\r\n\r\n".encode()
    found, due = [], first
    while due < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        found.append((time.perf_counter() - began) * 1000 if head.startswith(b"HTTP/1.1 200") else -1.0)
        due += PAUSE_SECONDS
    writer.close()
    return found


def long_log(folder: Path) -> dict[str, float]:
    """The last 200 lines of a log of two gigabytes."""
    log = folder / "long.txt"
    with log.open("wb") as stream:
        stream.truncate(LOG_BYTES)  # what lies before the end is never read, so it may be a hole
        stream.seek(0, os.SEEK_END)
        stream.write(b"".join(b"step %d loss 1.234\n" % step for step in range(100_000)))
    before, found = psutil.Process().memory_info().rss, []
    for _ in range(200):
        began = time.perf_counter()
        assert len(last_lines(log, 200)) == 200
        found.append((time.perf_counter() - began) * 1000)
    grown = psutil.Process().memory_info().rss - before
    log.unlink()
    return {"long_log_p99_ms": _at(sorted(found), 0.99), "long_log_rss_mb": grown / 2**20}


def growing_log(folder: Path) -> dict[str, float]:
    """The share of one core that it takes to follow 5,000 lines a second, asking every two seconds."""
    log, cursor, spent, turns = folder / "growing.txt", 0, 0.0, 20
    lines = "".join(f"step {step} loss 1.234 learning rate 0.0002\n" for step in range(LINES_PER_SECOND * 2))
    for _ in range(turns):
        with log.open("a", encoding="utf-8") as stream:
            stream.write(lines)
        began = time.process_time()
        while (piece := read_log(log, cursor)).next > cursor:
            cursor = piece.next
        spent += time.process_time() - began
    assert cursor == len(lines) * turns
    return {"growing_log_core_share": spent / (turns * 2)}


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _status(url: str, job_id: str) -> str:
    return str(httpx.get(f"{url}/jobs/{job_id}/status").json()["status"])


def _end(url: str, job_id: str) -> None:
    _until(lambda: _status(url, job_id) == "running")
    httpx.post(f"{url}/jobs/{job_id}/cancel")
    _until(lambda: _status(url, job_id) == "cancelled")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        raise SystemExit(run_service(Path(sys.argv[2]), int(sys.argv[3])))
    main()
