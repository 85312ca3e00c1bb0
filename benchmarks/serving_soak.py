"""Does anything leak, is anybody left without an answer? Requests with random models, cancels and disconnects.

    python -m benchmarks.serving_soak [--quick] [--requests N] [--seed N]

A real service answers on the model `tiny` with eight adapters, of which the worker keeps four at a time. Two in five
clients leave: in the middle of a stream, or before a whole answer has come. Memory and open files of the service and
its worker are printed as it goes; the ratios at the end are theirs after the last request over those after half of
them. In the first half the worker still grows: the matrix library keeps a kernel for every shape it meets, up to 1,024
of them, after which memory stays where it is. It fails when anybody who stayed had no answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.real_service import RealService, real_service
from benchmarks.report import report

AT_ONCE = 16
PATIENCE_SECONDS = 120.0
QUESTIONS = ("What is the SI unit of force?", "Who formulated the law of gravity?", "Tell me about light.", "Hello!")
PATHS = ("/generate", "/v1/chat/completions", "/v1/completions")


def main() -> int:
    """Soak it; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 requests")
    parser.add_argument("--requests", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    count = given.requests or (100 if given.quick else 1000)
    os.environ["MAX_ADAPTERS"] = "4"
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder), adapters=8) as service:
        return asyncio.run(Soak(service, count, random.Random(given.seed)).run())


class Soak:
    """All the requests, and what came of them.

    Args:
        service: who answers.
        count: how many requests.
        dice: what is random.
    """

    def __init__(self, service: RealService, count: int, dice: random.Random) -> None:
        self._service = service
        self._count = count
        self._dice = dice
        self._ends: Counter[str] = Counter()
        self._marks: dict[str, dict[str, float]] = {}

    async def run(self) -> int:
        """Ask, look, tell."""
        client = httpx.AsyncClient(
            base_url=self._service.url,
            timeout=PATIENCE_SECONDS,
            limits=httpx.Limits(max_connections=AT_ONCE),
            trust_env=False,
        )
        async with client:
            await self._one(client, stay=True)  # the worker is up
            tenth = max(self._count // 10, 1)
            asked = 1
            while asked < self._count:
                burst = min(tenth, self._count - asked)
                gate = asyncio.Semaphore(AT_ONCE)
                await asyncio.gather(*(self._gated(client, gate) for _ in range(burst)))
                asked += burst
                await self._one(client, stay=True)  # what was cancelled has gone by then
                self._look(asked)
        return self._tell()

    async def _gated(self, client: httpx.AsyncClient, gate: asyncio.Semaphore) -> None:
        async with gate:
            await self._one(client)

    async def _one(self, client: httpx.AsyncClient, stay: bool = False) -> None:
        path, body = self._request()
        leaves = not stay and self._dice.random() < 0.4
        try:
            if body["stream"]:
                events = self._dice.randrange(6) if leaves else None
                end = await asyncio.wait_for(_stream(client, path, body, events), PATIENCE_SECONDS)
            else:
                patience = self._dice.random() * 0.2 if leaves else PATIENCE_SECONDS
                answer = await client.post(path, json=body, timeout=patience)
                end = "answered" if answer.status_code == 200 else f"refused {answer.status_code}"
        except httpx.TimeoutException:
            end = "left" if leaves else "UNANSWERED"
        except (httpx.HTTPError, asyncio.TimeoutError) as error:
            end = f"UNANSWERED {type(error).__name__}"
        self._ends[end] += 1

    def _request(self) -> tuple[str, dict[str, Any]]:
        dice = self._dice
        path = dice.choice(PATHS)
        text = dice.choice(QUESTIONS) if dice.random() > 0.02 else "too long " * 2000
        body: dict[str, Any] = {
            "model": dice.choice(self._service.models) if dice.random() > 0.02 else "nobody",
            "stream": dice.random() < 0.6, "temperature": dice.choice((0, 0.7, 1.5)), "seed": dice.randrange(2**31),
            ("max_new_tokens" if path == "/generate" else "max_tokens"): dice.randrange(1, 96),
        }  # fmt: skip
        if path == "/v1/chat/completions":
            return path, {**body, "messages": [{"role": "user", "content": text}]}
        return path, {**body, "prompt": text}

    def _look(self, asked: int) -> None:
        worker = self._service.worker
        found = {**_size("service", self._service.process), **(_size("worker", worker) if worker else {})}
        if asked >= self._count / 2:
            self._marks.setdefault("half", found)
        self._marks["last"] = found
        sizes = "   ".join(f"{name} {value:,.0f}" for name, value in found.items())
        print(f"{asked:6,} requests   {sizes}", flush=True)

    def _tell(self) -> int:
        for end, count in self._ends.most_common():
            print(f"{count:6,} {end}")
        unanswered = sum(count for end, count in self._ends.items() if end.startswith("UNANSWERED"))
        half, last = self._marks["half"], self._marks["last"]
        figures = {"requests": sum(self._ends.values()), "unanswered": unanswered, **last}
        report("serving_soak", figures, {name: last[name] / half[name] for name in half if name in last})
        return 1 if unanswered else 0


async def _stream(client: httpx.AsyncClient, path: str, body: dict[str, Any], leave_after: int | None) -> str:
    """Read a stream to its end, or leave it after so many events."""
    async with client.stream("POST", path, json=body) as answer:
        if answer.status_code != 200:
            return f"refused {answer.status_code}"
        events = 0
        async for line in answer.aiter_lines():
            if not line.startswith("data: "):
                continue
            if leave_after is not None and events >= leave_after:
                return "left"
            events += 1
            if line == "data: [DONE]" or json.loads(line[6:]).get("type") == "done":
                return "answered"
            if "error" in line[:16] or '"type":"error"' in line[:24]:
                return "told an error"
    return "UNANSWERED: the stream broke off"


def _size(name: str, process: psutil.Process) -> dict[str, float]:
    """Memory in MiB and open files."""
    return {f"{name}_rss_mib": process.memory_info().rss / 2**20, f"{name}_files": float(process.num_fds())}


if __name__ == "__main__":
    raise SystemExit(main())
