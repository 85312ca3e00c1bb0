"""How well the client keeps a language model server busy, against the plainest pool there is and against waves.

    python -m benchmarks.llm_client [--quick]

The same requests go to the same local server, which answers each after a planned time: by our client (every answer
checked against its schema, journal, ledger and progress on the disk), by a bare pool of `AsyncOpenAI` workers that
throws the answers away, and in waves of `asyncio.gather`. All in turn, in one run. Efficiency is the time that the
server's answers take, divided by the places and by the wall clock: 1 = no place was ever empty. A ratio is our
efficiency over another's in the same turn, the median of the turns.

    constant     100 requests of 1.0 s, 20 at a time (ideal: 5.0 s)
    lognormal    300 requests of 0.26 s on average, some ten times that, 20 at a time
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import BaseModel, Field

from backend.core.environment.settings import Settings
from backend.core.llm import Ask, LLMSession, key_of
from backend.core.llm.ladder import Ladder
from backend.core.llm.request import request_for
from backend.core.params.llm import LLMParams
from benchmarks.report import report
from tests.llm_server import FakeServer, Plan, fake_server

CONCURRENCY = 20
LOADS = {"constant": (100, Plan(latency=1.0)), "lognormal": (300, Plan(latency=0.26, spread=0.9))}


class Verdict(BaseModel):
    """What a judge says."""

    rationale: str = Field(description="why, in a sentence")
    score: int = Field(ge=1, le=10, description="how good the answer is")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    rounds = 1 if parser.parse_args().quick else 5
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for load in LOADS:
        found = measure(load, rounds)
        for name, turns in found.items():
            figures[f"{load}_{name}_efficiency"] = median(efficiency for efficiency, _ in turns)
            figures[f"{load}_{name}_cpu_ms_per_request"] = median(cpu for _, cpu in turns)
        for peer in ("bare_pool", "waves"):
            pairs = zip(found["ours"], found[peer], strict=True)
            ratios[f"{load}_{peer}"] = median(ours[0] / theirs[0] for ours, theirs in pairs)
    report("llm_client", figures, ratios)


def measure(load: str, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Efficiency and CPU milliseconds per request of each contender, in turn, forth and back."""
    count, plan = LOADS[load]
    asks = [_ask(number) for number in range(count)]
    contenders = {"ours": ours, "bare_pool": bare_pool, "waves": waves}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in list(contenders) if turn % 2 == 0 else list(reversed(contenders)):
            with fake_server(plan) as server:
                wall, cpu = contenders[name](server, asks)
                planned = sum(server_seconds(plan, count))
            found[name].append((planned / CONCURRENCY / wall, cpu / count * 1e3))
    return found


def server_seconds(plan: Plan, count: int) -> Iterable[float]:
    """The planned latencies: those of the n-th request to arrive, whoever sends it."""
    return (plan.latency_of(number) for number in range(1, count + 1))


def _ask(number: int) -> Ask:
    text = f"Question {number}: what is the unit of force? Answer to judge: it is the newton, kg m / s^2. " * 4
    return Ask(key_of("benchmark", number=number), str(number), ({"role": "user", "content": text},), Verdict)


def ours(server: FakeServer, asks: list[Ask]) -> tuple[float, float]:
    """Seconds of the wall clock and of this process with our client."""
    params = LLMParams(openai_api_base=server.url, concurrency=CONCURRENCY)
    with (
        tempfile.TemporaryDirectory() as folder,
        LLMSession(params, Settings(), Path(folder), model="m", phase="benchmark", total=len(asks)) as session,
    ):
        started, cpu = time.perf_counter(), time.process_time()
        replies = session.ask_all(asks)
        taken = time.perf_counter() - started, time.process_time() - cpu
    assert all(reply.status == "ok" for reply in replies)
    return taken


def bare_pool(server: FakeServer, asks: list[Ask]) -> tuple[float, float]:
    """The same with workers that pull from one iterator."""

    async def run(create: Callable[..., Awaitable[Any]], requests: list[dict[str, Any]]) -> None:
        left = iter(requests)

        async def worker() -> None:
            for request in left:
                await create(**request)

        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))

    return _with_client(server, asks, run)


def waves(server: FakeServer, asks: list[Ask]) -> tuple[float, float]:
    """The same in batches, each waiting for its slowest."""

    async def run(create: Callable[..., Awaitable[Any]], requests: list[dict[str, Any]]) -> None:
        for begin in range(0, len(requests), CONCURRENCY):
            await asyncio.gather(*(create(**request) for request in requests[begin : begin + CONCURRENCY]))

    return _with_client(server, asks, run)


def _with_client(
    server: FakeServer,
    asks: list[Ask],
    run: Callable[[Callable[..., Awaitable[Any]], list[dict[str, Any]]], Awaitable[None]],
) -> tuple[float, float]:
    from openai import AsyncOpenAI

    requests = [request_for(ask, "m", Ladder(), "json_schema", ask.max_tokens, None) for ask in asks]

    async def timed() -> tuple[float, float]:
        async with AsyncOpenAI(api_key="none", base_url=server.url, max_retries=0) as client:
            started, cpu = time.perf_counter(), time.process_time()
            await run(client.chat.completions.create, requests)
            return time.perf_counter() - started, time.process_time() - cpu

    return asyncio.run(timed())


if __name__ == "__main__":
    main()
