"""R1: however the service is killed, no acknowledged job is lost, none runs twice, nothing outlives it.

The real service in a process of its own, under load, killed at random moments and at given places: in the middle of a
request, of a change of status, of its own start.
"""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import psutil
import pytest

from backend.core.runs.events import JOB_DIR_VARIABLE
from tests.campaign import number, tell
from tests.ledger_server import PLACES, SERVER

KILLS = number(4, 220)
SEED = 20_261_123
PAUSE_SECONDS = 0.3
MOST_WAITING = 10
"""A client that submits some hundred jobs a minute, as long as no more wait."""


class Server:
    """The service, started again and again on the same folder and port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("data", "models", "config", "books"):
            (folder / name).mkdir()
        self.ready_seconds: list[float] = []

    def start(self, *place: str) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(SERVER), str(self.folder), str(self.port), *place], stderr=log, stdout=log
            )

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """False if it died before."""
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 60:
            try:
                httpx.get(f"{self.url}/health", timeout=2)
            except httpx.TransportError:
                time.sleep(0.01)
                continue
            self.ready_seconds.append(time.monotonic() - began)
            return True
        return False

    def processes(self) -> list[int]:
        """Every living process of a job of this service."""
        mark = str(self.folder / "state" / "jobs")
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(JOB_DIR_VARIABLE, "").startswith(mark):
                    found += [process.pid] * (process.status() != psutil.STATUS_ZOMBIE)
            except (psutil.Error, OSError):
                continue
        return found


class Load(threading.Thread):
    """A client that submits, cancels, and sends again what was not acknowledged, with the same key."""

    def __init__(self, url: str, random: Random) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self._client = httpx.Client(base_url=url, timeout=5)
        self._random = random
        self._open: list[tuple[str, str, dict[str, object]]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS * self._random.random() * 2):
            if self._open:  # the service was down: first what it was asked before
                self.send()
                continue
            if self._count_waiting() > MOST_WAITING:
                continue
            key = f"job-{len(self.acknowledged) + len(self._open)}"
            path = self._random.choice(["/train", "/side"])
            self._open.append((key, path, {"adapter_name": key, "stray": self._random.random() < 0.2}))
            self.send()

    def _count_waiting(self) -> int:
        try:
            return int(self._client.get("/jobs", params={"status": "queued", "limit": 1}).json()["total"])
        except httpx.TransportError:
            return 0

    def send(self) -> None:
        """Everything that is not acknowledged yet, and now and then a cancel."""
        try:
            while self._open:
                key, path, body = self._open[0]
                answer = self._client.post(path, json=body, headers={"Idempotency-Key": key})
                assert answer.status_code == 202, answer.text
                self.acknowledged[key] = answer.json()["job_id"]
                self._open.pop(0)
            if self.acknowledged and self._random.random() < 0.15:
                job_id = self._random.choice(list(self.acknowledged.values()))
                if self._client.post(f"/jobs/{job_id}/cancel").status_code == 200:
                    self.cancelled.add(job_id)
        except httpx.TransportError:
            return  # the service is down; what is open is sent again

    def end(self) -> None:
        self._ended.set()
        self.join()
        self.send()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_no_kill_loses_doubles_or_orphans_a_job(server: Server) -> None:
    random = Random(SEED)
    load = Load(server.url, Random(SEED))
    load.start()
    gone_seconds: list[float] = []
    orphans = unreadable = 0
    for kill in range(KILLS):
        place = _place(random, kill)
        process = server.start(*place)
        if kill % 6 == 0:  # at any moment of its start
            until(lambda: process.poll() is not None, random.uniform(0.0, 1.0))  # noqa: B023
        elif server.wait_until_ready(process):
            until(lambda: process.poll() is not None, 1.5 if place else random.uniform(0.0, 1.5))  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.wait()
        began = time.monotonic()
        until(lambda: not server.processes(), 10.0)
        gone_seconds.append(time.monotonic() - began)
        orphans += len(server.processes())
        unreadable += not _is_readable(server.folder)
    load.end()
    jobs = _run_to_the_end(server, load)
    doubled = [book.name for book in (server.folder / "books").iterdir() if "." in book.name and " " in book.name]
    lost = [key for key, job_id in load.acknowledged.items() if jobs.get(job_id, {}).get("name") != key]
    wrong = {key: jobs[job_id]["status"] for key, job_id in load.acknowledged.items() if key not in lost}
    wrong = {
        key: status
        for key, status in wrong.items()
        if status not in (("cancelled", "succeeded") if load.acknowledged[key] in load.cancelled else ("succeeded",))
    }
    tell(
        "R1", kills=KILLS, jobs=len(jobs), lost=len(lost), doubled=len(doubled), wrong_ends=len(wrong),
        orphans=orphans, unreadable=unreadable, children_gone_seconds_max=round(max(gone_seconds), 2),
        ready_seconds_median=round(statistics.median(server.ready_seconds), 2),
        ready_seconds_max=round(max(server.ready_seconds), 2),
    )  # fmt: skip
    assert (lost, doubled, wrong, orphans, unreadable) == ([], [], {}, 0, 0)
    assert sorted(jobs) == sorted(load.acknowledged.values()), "a job that nobody asked for, or twice the same"
    made = {entry.name for entry in (server.folder / "models").iterdir() if not entry.name.startswith(".")}
    registry = json.loads((server.folder / "config" / "adapters.json").read_text(encoding="utf-8"))
    listed = [entry["name"] for entry in registry["adapters"]]
    assert sorted(listed) == sorted(made)
    assert {key for key, job_id in load.acknowledged.items() if jobs[job_id]["status"] == "succeeded"} == made


def _place(random: Random, kill: int) -> tuple[str, ...]:
    """Every other kill is at a place of the service's own code, half of them in its start; the rest at any moment."""
    if kill % 2 == 0:
        return ()
    place = random.choice(list(PLACES))
    return (place, random.choice(["before", "after"]), str(1 if place in ("lock", "open") else random.randint(1, 4)))


def _is_readable(folder: Path) -> bool:
    registry = folder / "config" / "adapters.json"
    if registry.exists():
        json.loads(registry.read_text(encoding="utf-8"))
    table = folder / "state" / "jobs.db"
    if not table.exists():
        return True
    with closing(sqlite3.connect(table)) as database:
        return database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _run_to_the_end(server: Server, load: Load) -> dict[str, dict[str, str]]:
    """Start it once more, resume what was given up, wait for the last job; every job by its id."""
    process = server.start()
    try:
        assert server.wait_until_ready(process), (server.folder / "server.log").read_text()[-2000:]
        load.send()
        with httpx.Client(base_url=server.url, timeout=10) as client:
            for job in _jobs(client).values():
                if job["status"] == "interrupted":
                    assert client.post(f"/jobs/{job['job_id']}/resume").status_code == 202
            ended = ("succeeded", "failed", "cancelled", "interrupted")
            assert until(lambda: all(job["status"] in ended for job in _jobs(client).values()), 600)
            return _jobs(client)
    finally:
        process.terminate()
        assert process.wait(10) == 0


def _jobs(client: httpx.Client) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    while len(found) < (page := client.get("/jobs", params={"limit": 100, "offset": len(found)}).json())["total"]:
        found.update({job["job_id"]: job for job in page["jobs"]})
    return found
