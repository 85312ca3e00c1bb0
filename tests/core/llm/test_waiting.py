"""A server that says when to come back is taken at its word, by all workers at once."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import Stopped
from backend.core.llm import ServiceStopped
from backend.core.llm.gate import MINUTE, Gate, Window
from backend.core.llm.service import retry_after
from tests.core.llm.kit import answered, asks, in_time, rows, session, state
from tests.llm_server import FakeServer, Plan, fake_server

EARLY = 0.02
CLOCK = 0.005
"""Of the ledger's milliseconds."""


def early_arrivals(server: FakeServer, folder: Path) -> list[dict[str, Any]]:
    """Requests that arrived before the server wanted any, less those that had left before its answer came in."""
    left, back = {}, {}
    for row in rows(folder / "attempts.jsonl"):
        number = int(row["request_id"].removeprefix("req-"))
        left[number] = datetime.fromisoformat(row["t"]).timestamp()
        back[number] = left[number] + row["latency_s"]
    log = server.log()
    found = []
    for told in (row for row in log if row.get("told_s")):
        until = told["answered"] + told["told_s"] - EARLY
        found += [
            row for row in log
            if told["answered"] < row["arrived"] < until and left[row["n"]] > back[told["n"]] + CLOCK
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("fault", ["429:1.0", "429_ms:0.3", "429_date:2.5", "503_after:0.3"])
def test_nobody_sends_before_the_time_the_server_names(tmp_path: Path, fault: str) -> None:
    """E4: Retry-After in seconds, milliseconds and as a date: no request of any worker is early."""
    with fake_server(Plan(script={10: fault, 11: fault}, latency=0.02)) as server:
        replies = answered(server, tmp_path, asks(60))
        assert all(reply.status == "ok" for reply in replies)
        log = server.log()
        told = next(row for row in log if row.get("told_s"))
        assert max(row["arrived"] for row in log) > told["answered"] + told["told_s"]
        assert early_arrivals(server, tmp_path) == []


def test_being_put_off_is_no_attempt(tmp_path: Path) -> None:
    with fake_server(Plan(faults={"429_ms:0.01": 1.0}, faults_each=10)) as server:
        reply = answered(server, tmp_path, asks(1), max_attempts=2)[0]
    assert (reply.status, reply.attempts) == ("ok", 11)


def test_rate_limits_for_ever_stop_the_run(tmp_path: Path) -> None:
    """E18: 429 for ever ends the run at max_wait, resumable, with the reason."""
    began = time.monotonic()
    with (
        fake_server(Plan(after=(1, "429:0.2"))) as server,
        pytest.raises(Stopped, match="No answer succeeded") as told,
    ):
        answered(server, tmp_path, asks(50), max_wait=1.5)
    assert in_time(time.monotonic() - began, 1.5 + 5)
    assert (told.value.exit_code, told.value.reason) == (4, "network")
    assert "Rate limit reached" in str(told.value)
    assert (state(tmp_path)["status"], state(tmp_path)["done"]) == ("stopped", 0)


def test_a_wait_beyond_patience_stops_at_once(tmp_path: Path) -> None:
    with fake_server(Plan(script={5: "429:3600"})) as server, pytest.raises(ServiceStopped, match="in 3600 seconds"):
        answered(server, tmp_path, asks(50), concurrency=4)


def test_a_limit_of_requests_holds_over_any_minute() -> None:
    window, now, moments = Window(10), 0.0, []
    for _ in range(35):
        now += window.wait(1, now)
        window.add(1, now)
        moments.append(now)
    assert max(sum(start <= at < start + MINUTE for at in moments) for start in moments) == 10
    assert moments[-1] == 3 * MINUTE


def test_a_limit_of_tokens_takes_the_true_figure_once_it_is_known() -> None:
    window = Window(100)
    entry = window.add(90, 0.0)
    assert window.wait(20, 1.0) == 59.0
    window.correct(entry, 30)
    assert window.wait(20, 1.0) == 0.0
    assert window.wait(1000, 61.0) == 0.0  # more than the limit itself: alone, but not never


def test_requests_per_minute_reach_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.llm.gate.MINUTE", 0.5)
    with fake_server() as server:
        answered(server, tmp_path, asks(12), requests_per_minute=5)
        arrived = [row["arrived"] for row in server.log()]
    assert arrived[5] - arrived[0] > 0.4
    assert arrived[10] - arrived[5] > 0.4


def test_the_limit_shrinks_once_per_episode_and_grows_by_clean_answers() -> None:
    gate = Gate(20, None, None)
    for _ in range(20):  # all of them left before the first came back
        gate.put_off(1.0, sent_at=0.0, now=5.0)
    assert (gate.limit, gate.wait(0, 5.0)) == (14, 1.0)
    gate.put_off(1.0, sent_at=7.0, now=8.0)
    assert gate.limit == 9
    for _ in range(9):
        gate.succeeded()
    assert gate.limit == 10
    gate.succeeded()
    gate.troubled()
    for _ in range(9):
        gate.succeeded()
    assert gate.limit == 10
    gate.succeeded()
    assert gate.limit == 11


def test_without_a_word_the_pause_doubles_and_has_an_end() -> None:
    gate, now, pauses = Gate(8, None, None), 0.0, []
    for _ in range(12):
        pauses.append(gate.put_off(None, sent_at=now, now=now))
        now = gate.opens_at + 1
    assert 0.75 <= pauses[0] <= 1
    assert 1.5 <= pauses[1] <= 2
    assert 45 <= pauses[-1] <= 60


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "1.5"}, 1.5), ({"retry-after-ms": "300", "retry-after": "9"}, 0.3), ({}, None),
        ({"retry-after": "soon"}, None), ({"retry-after": "-3"}, 0.0),
        # The server's clock is an hour off: what counts is the distance between its two dates.
        ({"retry-after": "Thu, 01 Jan 1970 01:00:30 GMT", "date": "Thu, 01 Jan 1970 01:00:00 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 10.0),
    ],
)  # fmt: skip
def test_ways_to_say_when(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=0.0) == seconds


def test_one_request_at_a_time_finds_out_how_the_server_wants_to_be_asked(tmp_path: Path) -> None:
    with fake_server(Plan(profile="reasoning", latency=0.02)) as server, session(server, tmp_path) as open_session:
        open_session.ask_all(asks(30, seed=1))
        refused = [row for row in server.log() if row["status"] == 400]
    assert len(refused) <= open_session.params.concurrency + 2
