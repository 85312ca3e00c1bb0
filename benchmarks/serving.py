"""How quick the service's polls are while the worker writes answers as fast as it can.

    python -m benchmarks.serving [--quick]

`GET /jobs` (fifty jobs in the table) is polled over one connection, in turn with nobody else asking anything, and with
sixteen clients reading streams from four adapters. The clients run in a process of lower priority, as they would be on
other machines. A ratio is the loaded time over the idle one of the same run.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore
from benchmarks.real_service import RealService, real_service
from benchmarks.report import report

CLIENTS = 16
ADAPTERS = 4
JOBS = 50
PAUSE_SECONDS = 0.01
CLIENT_NICENESS = 15
SETTLE_SECONDS = 1.0


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer polls")
    polls = 600 if parser.parse_args().quick else 3000
    with tempfile.TemporaryDirectory() as folder:
        _fill_job_table(Path(folder) / "state")
        with real_service(Path(folder), ADAPTERS) as service:
            figures = measure(service, polls, rounds=3)
    ratios = {f"polls_idle_{at}": figures[f"loaded_{at}_ms"] / figures[f"idle_{at}_ms"] for at in ("p50", "p99")}
    report("serving", figures, ratios)


def measure(service: RealService, polls: int, rounds: int) -> dict[str, float]:
    """Poll in rounds, idle and loaded in turn."""
    seconds: dict[str, list[float]] = {"idle": [], "loaded": []}
    tokens = elapsed = 0.0
    load = Load(service.url, service.models[1:])
    load.start()  # so that the worker is up, with every adapter
    load.stop()
    for _ in range(rounds):
        seconds["idle"] += _poll(service.url, polls // rounds)
        load.start()
        began, before = time.monotonic(), load.tokens
        seconds["loaded"] += _poll(service.url, polls // rounds)
        tokens, elapsed = tokens + load.tokens - before, elapsed + time.monotonic() - began
        load.stop()
    figures = {
        f"{state}_{name}_ms": _at(found, share) * 1000
        for state, found in seconds.items()
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }
    return {**figures, "tokens_per_second": tokens / elapsed}


def _poll(url: str, times: int) -> list[float]:
    """Seconds of each of so many polls over one connection."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    found = []
    for _ in range(times):
        began = time.perf_counter()
        connection.request("GET", "/jobs")
        connection.getresponse().read()
        found.append(time.perf_counter() - began)
        time.sleep(PAUSE_SECONDS)
    connection.close()
    return found


def _at(seconds: list[float], share: float) -> float:
    """The quantile."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


class Load:
    """Clients in a process of their own that read streams, one after the other, between `start` and `stop`.

    Args:
        url: of the service.
        models: whom to ask, in turn.
    """

    def __init__(self, url: str, models: list[str]) -> None:
        context = multiprocessing.get_context("spawn")
        self._asking = context.Event()
        self._tokens: Any = context.Value("d", 0.0)
        self._open: Any = context.Value("i", 0)
        given = (url, models, self._asking, self._tokens, self._open)
        context.Process(target=_clients, args=given, daemon=True).start()

    @property
    def tokens(self) -> float:
        """Tokens read so far: a stream has an event for each."""
        return float(self._tokens.value)

    def start(self) -> None:
        """Returns once everybody reads."""
        self._asking.set()
        _until(lambda: self._open.value == CLIENTS)
        before = self.tokens
        _until(lambda: self.tokens > before + CLIENTS * ADAPTERS)

    def stop(self) -> None:
        """Returns once everybody has left and the worker rests."""
        self._asking.clear()
        _until(lambda: self._open.value == 0)
        time.sleep(SETTLE_SECONDS)


def _until(condition: Any) -> None:
    while not condition():
        time.sleep(0.02)


def _clients(url: str, models: list[str], asking: Any, tokens: Any, opened: Any) -> None:
    os.nice(CLIENT_NICENESS)
    for _, model in zip(range(CLIENTS), itertools.cycle(models), strict=False):
        threading.Thread(target=_client, args=(url, model, asking, tokens, opened), daemon=True).start()
    threading.Event().wait()


def _client(url: str, model: str, asking: Any, tokens: Any, opened: Any) -> None:
    where = urlsplit(url)
    body = {"prompt": "Tell me about light.", "model": model, "stream": True, "temperature": 5, "max_new_tokens": 800}
    while asking.wait():
        connection = http.client.HTTPConnection(where.hostname or "", where.port)
        connection.request("POST", "/generate", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        with opened.get_lock():
            opened.value += 1
        while asking.is_set() and (line := answer.readline()):
            if line != b"\n":
                with tokens.get_lock():
                    tokens.value += 1
        connection.close()
        with opened.get_lock():
            opened.value -= 1


def _fill_job_table(state: Path) -> None:
    state.mkdir()
    store = JobStore()
    store.open(state / "jobs.db")
    for number in range(JOBS):
        job_id = f"job{number}"
        store[job_id] = Job(
            id=job_id, kind="train", name=f"run {number}", status=JobStatus.succeeded, params={}, turn=number,
            created_at=now(), started_at=now(), finished_at=now(),
        )  # fmt: skip
    store.close()


if __name__ == "__main__":
    main()
