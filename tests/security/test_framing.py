"""T14, T16: what two readers could see differently, what is too large and what is too slow is refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn

from backend.api.connection import Connection
from backend.api.framing import fault_of
from backend.api.server import Server
from tests.campaign import tell
from tests.service_kit import app_in, until

HOST = b"Host: localhost\r\n"
POST = b"POST /train HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
REFUSED = {
    "length and encoding": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "the same length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "two encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an unknown encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": b"GET /health HTTP/1.1\nHost: localhost\n\n",
    "one bare line feed": b"GET /health HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "a bare carriage return": b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\rY: b\r\n\r\n",
    "a null byte": b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
    "a folded header": b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 2\r\n\r\n{}",
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /health HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "the whole address": b"GET http://localhost/health HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A service on a free port of this machine, in a thread."""
    app = app_in(tmp_path_factory.mktemp("service"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", http=Connection, ws="none", timeout_graceful_shutdown=2)
        server = Server(config, app.state.service)
        thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        until(lambda: server.started)
        yield int(listener.getsockname()[1])
        server.should_exit = True
        thread.join()


def answer_to(port: int, *pieces: bytes) -> bytes:
    """Everything that comes back until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for piece in pieces:
            client.sendall(piece)
        parts = []
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED.keys())
def test_what_has_two_readings_is_refused_and_closed(port: int, request_bytes: bytes) -> None:
    hidden = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = answer_to(port, request_bytes + hidden)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 4") + answer.count(b"HTTP/1.1 2") == 1
    assert b"application/problem+json" in answer
    assert b"frame-ancestors" in answer
    tell("T16", shapes=len(REFUSED), refused=len(REFUSED)) if request_bytes is REFUSED["two hosts"] else None


def test_a_head_that_comes_in_pieces_is_read_and_a_second_request_in_its_shadow_is_not(port: int) -> None:
    good = b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    assert answer_to(port, *(good[at : at + 1] for at in range(len(good)))).startswith(b"HTTP/1.1 200 ")
    assert answer_to(port, good + good).count(b"HTTP/1.1 200 ") == 1


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"GET /" + b"x" * 100_000, 414), (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
     (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 200_000, 431),
     (b"GET / HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 9_000 + b"\r\n", 431)],
)  # fmt: skip
def test_what_is_too_large_is_told(port: int, head: bytes, status: int) -> None:
    assert answer_to(port, head).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_declared_gigabyte_is_refused_before_it_is_sent(port: int) -> None:
    answer = answer_to(port, POST + b"Content-Length: 1073741824\r\n\r\n", b"x" * 2**20)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_head_that_never_ends_is_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.connection.HEAD_SECONDS", 0.0)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /health HTT")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_never_ends_is_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.guard.body.BODY_SECONDS", 0.1)
    for path in (b"/train", b"/datasets?name=x.json"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(POST.replace(b"/train", path) + b"Content-Length: 100\r\n\r\n{")
            assert client.recv(100).startswith(b"HTTP/1.1 408 "), path


def test_the_oldest_body_gives_way(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.guard.body.MOST_ARRIVING", 1)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        whole = POST.replace(b"/train", b"/jobs/x/cancel") + b"Content-Length: 2\r\n\r\n{}"

        def slow_gave_way() -> bool:
            assert answer_to(port, whole).startswith((b"HTTP/1.1 404", b"HTTP/1.1 408"))
            slow.settimeout(0.05)
            try:
                return slow.recv(100).startswith(b"HTTP/1.1 408 ")
            except TimeoutError:
                return False

        until(slow_gave_way)


def test_who_waits_longest_gives_way_to_who_comes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.api.connection.CONNECTIONS", 20)
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(60)]
    try:
        good = b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        assert answer_to(port, good).startswith(b"HTTP/1.1 200 ")
        with pytest.raises((ConnectionError, AssertionError)):
            assert silent[0].recv(1)
    finally:
        for one in silent:
            one.close()


def test_an_unfinished_head_is_no_fault_yet() -> None:
    whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert [fault_of(whole[:end]) for end in range(len(whole) + 1)] == [None] * (len(whole) + 1)
