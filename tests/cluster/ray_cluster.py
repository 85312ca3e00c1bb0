"""A real Ray cluster of two nodes on one machine, as small as it gets, whose worker can lose its power."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from backend.core.processes.tree import JOB_ID_VARIABLE, kill_marked
from tests.service_kit import until

OBJECT_STORE_BYTES = 100_000_000
START_SECONDS = 90.0
LOOPBACK = "127.0.0.1"


class RayCluster:
    """A head that runs no job, and workers of one CPU and one `trainer` each.

    Args:
        folder: of its session and its logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._gcs, self._dashboard, self._client = _free_port(), _free_port(), _free_port()

    @property
    def settings(self) -> dict[str, Any]:
        """Those of a service that uses it."""
        return {
            "executor": "ray",
            "ray_address": f"http://{LOOPBACK}:{self._dashboard}",
            "ray_client_address": f"ray://{LOOPBACK}:{self._client}",
            "ray_work_dir": self._folder / "node",
            "ray_python": sys.executable,
            "ray_job_cpus": 1,
            "ray_job_gpus": 0,
            "ray_job_resources": {"trainer": 1},
        }

    def start_head(self) -> None:
        self._start(
            "head", "--head", f"--port={self._gcs}", f"--dashboard-host={LOOPBACK}",
            f"--dashboard-port={self._dashboard}", f"--ray-client-server-port={self._client}", "--num-cpus=0",
            f"--temp-dir={self._folder / 't'}",
        )  # fmt: skip
        until(lambda: self._nodes() is not None, START_SECONDS)

    def start_worker(self) -> subprocess.Popen[bytes]:
        before = self._nodes() or set()
        process = self._start(
            f"worker-{len(self._processes)}", f"--address={LOOPBACK}:{self._gcs}", "--num-cpus=1",
            '--resources={"trainer": 1}',
        )  # fmt: skip
        until(lambda: (self._nodes() or set()) - before, START_SECONDS)
        return process

    def cut_power(self, node: subprocess.Popen[bytes]) -> None:
        """KILL to every process of a node at once."""
        _kill_tree(node)
        kill_marked(self._mark(node))

    def stop(self) -> None:
        for process in reversed(self._processes):
            self.cut_power(process)

    def entered(self) -> list[dict[str, Any]]:
        """The jobs as the cluster's dashboard shows them to everybody."""
        jobs: list[dict[str, Any]] = httpx.get(f"{self.settings['ray_address']}/api/jobs/").json()
        return [job for job in jobs if job["type"] == "SUBMISSION"]

    def _start(self, name: str, *given: str) -> subprocess.Popen[bytes]:
        command = [
            str(Path(sys.executable).with_name("ray")), "start", "--block", "--disable-usage-stats",
            f"--node-ip-address={LOOPBACK}", f"--object-store-memory={OBJECT_STORE_BYTES}",
            f"--dashboard-agent-listen-port={_free_port()}", *given,
        ]  # fmt: skip
        environ = {
            **os.environ, JOB_ID_VARIABLE: f"{self._folder.name}-{len(self._processes)}",
            "RAY_USAGE_STATS_ENABLED": "0", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1",
        }  # fmt: skip
        environ.pop("OMP_NUM_THREADS", None)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=(self._folder / f"{name}.log").open("wb"),
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def _mark(self, node: subprocess.Popen[bytes]) -> str:
        return f"{self._folder.name}-{self._processes.index(node)}"

    def _nodes(self) -> set[str] | None:
        """The ids of the living nodes; None = the head does not answer yet."""
        try:
            answer = httpx.get(f"http://{LOOPBACK}:{self._dashboard}/nodes?view=summary", timeout=10)
            nodes = answer.json()["data"]["summary"]
        except (httpx.HTTPError, json.JSONDecodeError, KeyError):
            return None
        return {node["raylet"]["nodeId"] for node in nodes if node["raylet"].get("state") == "ALIVE"}


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[RayCluster, subprocess.Popen[bytes]]]:
    """A cluster with its first worker."""
    cluster = RayCluster(folder)
    try:
        cluster.start_head()
        yield cluster, cluster.start_worker()
    finally:
        cluster.stop()


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        below = root.children(recursive=True)
        for one in (root, *below):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        psutil.wait_procs(below, timeout=10)
    process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port
