"""S10: bodies without end, slow heads, too many streams and deep JSON at once: the sign of life goes on throughout."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread
from types import TracebackType

import httpx
import psutil

from backend.api.guard.crowd import MOST_STREAMS
from tests.campaign import number, tell
from tests.service_kit import until
from tests.serving_kit import RunningService, running_service

BODY = number(2**26, 2**30)
SLOW = number(100, 1_000)
STREAMS = number(150, 500)
DEEP = number(10, 100)
POLLS = number(30, 1_000)
"""So many at least while everything is open."""
BODY_ENDS = {"body 413", "body 408", "body 503", "body cut"}
PIECE = b"100000\r\n" + b" " * 2**20 + b"\r\n"


class Poller:
    """Somebody who asks for the sign of life all the time, on a new connection each."""

    def __init__(self, service: RunningService) -> None:
        self.seconds: list[float] = []
        self.failures: list[str] = []
        self.most_bytes = 0
        self._service = service
        self._process = psutil.Process(service.process.pid)
        self._is_over = Event()
        self._thread = Thread(target=self._poll)

    def __enter__(self) -> Poller:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def _poll(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=self._service.url, limits=limits, timeout=20) as client:
            while not self._is_over.wait(0.02):
                began = time.monotonic()
                try:
                    answer = client.get("/health")
                    if answer.status_code != 200:
                        self.failures.append(answer.text)
                except httpx.TransportError as error:
                    self.failures.append(repr(error))
                self.seconds.append(time.monotonic() - began)
                self.most_bytes = max(self.most_bytes, self._process.memory_info().rss)


class Flood:
    """All of it, in one loop.

    Args:
        port: of the service.
        cue: the file that lets the streams end.
    """

    def __init__(self, port: int, cue: Path) -> None:
        self._port = port
        self._cue = cue
        self.sent = 0
        self.answers: Counter[str] = Counter()

    async def all_at_once(self, poller: Poller) -> None:
        """Open everything, keep it open for a while, and let go."""
        slow = [asyncio.open_connection("127.0.0.1", self._port) for _ in range(SLOW)]
        others = [self._large(), *(self._deep() for _ in range(DEEP))]
        streams = [self._stream() for _ in range(STREAMS)]
        opened, _, held = await asyncio.gather(
            asyncio.gather(*(self._begin(one) for one in slow)), asyncio.gather(*others), asyncio.gather(*streams)
        )
        enough = len(poller.seconds) + POLLS
        while len(poller.seconds) < enough:
            await asyncio.sleep(0.01)
        self._cue.touch()
        for reader, writer in filter(None, held):
            self.answers["streams to their end"] += b"two" in await reader.read()
            writer.close()
        for writer in opened:
            writer.close()

    async def _begin(self, opening: object) -> asyncio.StreamWriter:
        _, writer = await opening  # type: ignore[misc]
        writer.write(b"GET /health HTT")
        return writer  # type: ignore[no-any-return]

    async def _ask(self, path: str, body: bytes, framing: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
        writer.write(head.encode() + body)
        return reader, writer

    async def _status(self, what: str, reader: asyncio.StreamReader) -> str:
        status = (await reader.readline()).decode().split(" ")[1]
        self.answers[f"{what} {status}"] += 1
        return status

    async def _large(self) -> None:
        while self.sent < BODY:
            await self._endless()

    async def _endless(self) -> None:
        """One body, up to its answer."""
        reader, writer = await self._ask("/train", b"", "Transfer-Encoding: chunked")
        answered = asyncio.ensure_future(self._status("body", reader))
        try:
            while not answered.done():
                writer.write(PIECE)
                await writer.drain()
                self.sent += 2**20
        except ConnectionError:  # cut while it was sending
            self.answers["body cut"] += 1
        await answered
        writer.close()

    async def _deep(self) -> None:
        body = b"[" * 100_000
        reader, writer = await self._ask("/train", body, f"Content-Length: {len(body)}")
        await self._status("deep", reader)
        writer.close()

    async def _stream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        body = json.dumps({"prompt": f"wait {self._cue}", "stream": True}).encode()
        reader, writer = await self._ask("/generate", body, f"Content-Length: {len(body)}\r\nConnection: close")
        if await self._status("stream", reader) == "200":
            return reader, writer
        writer.close()
        return None


def test_the_sign_of_life_goes_on(tmp_path: Path) -> None:
    with running_service(tmp_path / "service") as service:
        service.client.post("/generate", json={"prompt": "the worker is there now"})
        before = psutil.Process(service.process.pid).memory_info().rss
        flood = Flood(httpx.URL(service.url).port or 0, tmp_path / "cue")
        with Poller(service) as poller:
            asyncio.run(flood.all_at_once(poller))
            over = time.monotonic()
            until(lambda: _streams(service))
            recovered = time.monotonic() - over
        assert service.stop() == 0
    tell(
        "S10", body_mib_sent=flood.sent // 2**20, slow=SLOW, answers=dict(sorted(flood.answers.items())),
        polls=len(poller.seconds), health_failures=len(poller.failures),
        health_p99_ms=round(quantiles(poller.seconds, n=100)[98] * 1000), recovered_seconds=round(recovered, 2),
        rss_mib_more=round((poller.most_bytes - before) / 2**20),
    )  # fmt: skip
    assert poller.failures == []
    # Of too many bodies at once the one that has come longest gives way: 408.
    assert flood.answers["body 413"] >= 1
    assert {one for one in flood.answers if one.startswith("body")} <= BODY_ENDS
    assert flood.answers["deep 400"] == DEEP
    assert 0 < flood.answers["stream 200"] == flood.answers["streams to their end"] <= MOST_STREAMS
    refused = flood.answers["stream 429"] + flood.answers["stream 503"]
    assert refused == STREAMS - flood.answers["stream 200"]
    assert "Traceback" not in (tmp_path / "service" / "service.log").read_text()


def _streams(service: RunningService) -> bool:
    answer = service.client.post("/generate", json={"prompt": "words 3", "stream": True})
    return answer.status_code == 200 and "word2" in answer.text
