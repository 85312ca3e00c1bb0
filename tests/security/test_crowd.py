"""T29: so many streams and no more, each let go at its end; one that is silent is written to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Any

import pytest

from backend.api.errors import Refusal
from backend.api.guard.crowd import MOST_STREAMS, MOST_STREAMS_OF_ONE, Crowd
from backend.api.sse import PING, EventStream


def scope_of(peer: str, server: str = "127.0.0.1") -> dict[str, Any]:
    return {"type": "http", "client": (peer, 50_000), "server": (server, 8000)}


def refused(crowd: Crowd, scope: dict[str, Any]) -> Refusal:
    """How one stream more is refused."""
    with pytest.raises(Refusal) as error, crowd.streaming(scope):
        pass
    assert (error.value.status, error.value.code) == (429, "too_many_streams")
    assert error.value.headers == {"Retry-After": "5"}
    return error.value


def test_one_peer_elsewhere_leaves_room_for_others() -> None:
    crowd, lan = Crowd(), "192.0.2.1"
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS_OF_ONE):
            streams.enter_context(crowd.streaming(scope_of("192.0.2.7", lan)))
        assert str(MOST_STREAMS_OF_ONE) in str(refused(crowd, scope_of("192.0.2.7", lan)))
        with crowd.streaming(scope_of("192.0.2.8", lan)), crowd.streaming(scope_of("127.0.0.1")):
            pass
    with crowd.streaming(scope_of("192.0.2.7", lan)):
        pass


def test_all_together_have_a_limit_too() -> None:
    crowd = Crowd()
    with ExitStack() as streams:
        for at in range(MOST_STREAMS):
            streams.enter_context(crowd.streaming(scope_of(f"192.0.2.{at // 20}", "192.0.2.200")))
        refused(crowd, scope_of("192.0.2.99", "192.0.2.200"))
        refused(crowd, scope_of("127.0.0.1"))
    assert not crowd._streams, "every peer is forgotten at the end"


def test_this_machine_may_have_all_of_them() -> None:
    crowd = Crowd()
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS):
            streams.enter_context(crowd.streaming(scope_of("127.0.0.1")))
        refused(crowd, scope_of("127.0.0.1"))


def played(stream: EventStream, crowd: Crowd, on_sent: Any = lambda _: None) -> list[Any]:
    """What an application sends for this response, to a client that stays."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)
        on_sent(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    asyncio.run(stream({**scope_of("127.0.0.1"), "state": {"crowd": crowd}}, receive, send))
    return sent


def test_a_refused_stream_lets_go_of_what_it_would_have_told() -> None:
    closed: list[str] = []

    async def events() -> AsyncGenerator[bytes, None]:
        yield b"data: never\n\n"

    crowd = Crowd()
    with ExitStack() as streams:
        for _ in range(MOST_STREAMS):
            streams.enter_context(crowd.streaming(scope_of("127.0.0.1")))
        with pytest.raises(Refusal):
            played(EventStream(events(), lambda: closed.append("closed")), crowd)
    assert closed == ["closed"]


def test_a_silent_stream_is_written_to_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.sse.PING_SECONDS", 0.0)
    pinged = False

    async def events() -> AsyncGenerator[bytes, None]:
        while not pinged:
            await asyncio.sleep(0)
        yield b"data: late\n\n"

    def on_sent(message: Any) -> None:
        nonlocal pinged
        pinged = pinged or message.get("body") == PING

    crowd = Crowd()
    start, *bodies = played(EventStream(events(), lambda: None), crowd, on_sent)
    assert start["status"] == 200
    texts = [message["body"] for message in bodies]
    assert texts[0] == PING
    assert [text for text in texts if text != PING] == [b"data: late\n\n", b""]
    assert not crowd._streams
