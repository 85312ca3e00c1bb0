"""A run that was killed goes on: nothing answered is lost, asked again or changed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from backend.core.errors import Conflict
from backend.core.llm import Ask, Reply, key_of
from tests.core.llm.kit import Counting, Verdict, answered, ask, asks, program, rows, session, state
from tests.llm_server import FakeServer, Plan, fake_server


def killed(server: FakeServer, folder: Path, count: int, concurrency: int, kills: int, seed: int) -> None:
    """Run the program, kill it `kills` times at random points, then let it finish."""
    generator = random.Random(seed)
    for _ in range(kills):
        child = program(folder, count, {"openai_api_base": server.url, "concurrency": concurrency})
        here = len(server.log())
        server.wait_for_arrivals(min(here + generator.randint(1, count // (kills + 1)), count))
        before = (folder / "journal.jsonl").read_bytes()
        child.kill()
        child.communicate()
        # What was whole before is there, byte for byte; at most a torn line may follow.
        assert (folder / "journal.jsonl").read_bytes().startswith(before)
    child = program(folder, count, {"openai_api_base": server.url, "concurrency": concurrency})
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 0, errors


def check_killed(tmp_path: Path, count: int, concurrency: int, kills: int, seed: int) -> None:
    """E12 for one trial."""
    with fake_server(Plan(latency=0.05)) as server:
        killed(server, tmp_path / "killed", count, concurrency, kills, seed)
        asked = Counter(row["question"] for row in server.log())
    with fake_server(Plan()) as server:
        undisturbed = answered(server, tmp_path / "undisturbed", asks(count))
    kept = [row for row in rows(tmp_path / "killed" / "journal.jsonl") if row["status"] == "ok"]
    assert len({row["key"] for row in kept}) == len(kept) == count
    assert sum(asked.values()) - count <= kills * concurrency
    values = {reply.ask.key: reply.value for reply in undisturbed}
    assert {row["key"]: Verdict(**row["value"]) for row in kept} == values


def test_nothing_is_lost_by_kill_9(tmp_path: Path) -> None:
    """E12: lost 0, duplicates 0, re-asked at most kills x C, the same values as undisturbed."""
    check_killed(tmp_path, 60, 8, 2, seed=1)


@pytest.mark.campaign
@pytest.mark.parametrize("trial", range(10))
def test_nothing_is_lost_by_kill_9_in_full(tmp_path: Path, trial: int) -> None:
    """E12 with the full numbers: 3 kills x 10 trials, N = 200, C = 16."""
    check_killed(tmp_path, 200, 16, 3, seed=trial)


def test_only_answers_satisfy_a_key(tmp_path: Path) -> None:
    with fake_server(Plan(always={"question 1:": "refusal"})) as server:
        assert answered(server, tmp_path, asks(3))[1].status == "failed"
    with fake_server() as server:
        replies = answered(server, tmp_path, asks(3))
        assert len(server.log()) == 1
    assert [(reply.status, reply.from_journal) for reply in replies] == [("ok", True), ("ok", False), ("ok", True)]


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    with fake_server(Plan(faults={"prose": 0.3})) as server:
        first = answered(server, tmp_path, [*asks(10), ask(77, schema=None)])
        again = answered(server, tmp_path, [*asks(10), ask(77, schema=None)])
    for before, now in zip(first, again, strict=True):
        assert now.from_journal
        assert vars(now) | {"from_journal": False, "ask": 0} == vars(before) | {"ask": 0}


def test_an_answer_that_no_longer_fits_is_asked_for_again(tmp_path: Path) -> None:
    class Stricter(BaseModel):
        rationale: str
        score: int = Field(ge=1, le=10)
        confidence: int = Field(ge=1, le=5)

    with fake_server() as server:
        answered(server, tmp_path, asks(2))
        replies = answered(server, tmp_path, asks(2, schema=Stricter))
    assert [(type(reply.value), reply.from_journal) for reply in replies] == [(Stricter, False)] * 2


def test_one_key_twice_is_asked_once(tmp_path: Path) -> None:
    twins = [Ask(key_of("same"), f"item-{number}", ask(0).messages, Verdict) for number in range(20)]
    with fake_server(Plan(latency=0.05)) as server:
        replies = answered(server, tmp_path, twins)
        assert len(server.log()) == 1
    assert [reply.from_journal for reply in replies] == [False] + [True] * 19
    assert [reply.ask.item_id for reply in replies] == [f"item-{number}" for number in range(20)]


def test_torn_and_corrupt_lines_are_cut_and_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """E13: a torn last line, a corrupt middle line: no traceback, only those questions are asked again."""
    with fake_server() as server:
        answered(server, tmp_path, asks(10))
        journal = tmp_path / "journal.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        bad = b'{"key": "\xff\xfe broken\n'
        journal.write_bytes(b"".join([*lines[:4], bad, b"[1, 2]\n", *lines[5:9], lines[9][:40]]))
        (tmp_path / "attempts.jsonl").write_bytes((tmp_path / "attempts.jsonl").read_bytes()[:-7])
        (tmp_path / "state.json").write_text("{not", encoding="utf-8")
        replies = answered(server, tmp_path, asks(10))
        assert len(server.log()) == 12
    assert all(reply.status == "ok" for reply in replies)
    assert (tmp_path / "journal.jsonl.corrupt").read_bytes() == bad + b"[1, 2]\n"
    assert len(rows(journal)) == 10
    assert "2 unreadable lines are moved to journal.jsonl.corrupt" in caplog.text
    assert "a line cut off by a crash" in caplog.text


def test_a_mock_run_is_never_continued_for_real(tmp_path: Path) -> None:
    answered(None, tmp_path, asks(3))
    with fake_server() as server:
        with pytest.raises(Conflict, match="holds MOCK answers"):
            answered(server, tmp_path, asks(3))
        answered(server, tmp_path / "real", asks(3))
        assert len(server.log()) == 3
    with pytest.raises(Conflict, match="holds real answers"):
        answered(None, tmp_path / "real", asks(3))


def test_sums_go_on_over_sittings(tmp_path: Path) -> None:
    with fake_server(Plan(faults={"500": 0.3})) as server:
        with session(server, tmp_path) as first:
            first.ask_all(asks(20))
        with session(server, tmp_path) as second:
            second.ask_all(asks(30))
        log = server.log()
    assert second.totals.requests == len(log)
    assert second.totals.tokens.prompt == sum(row["usage"]["prompt_tokens"] for row in log if row["usage"])
    assert second.totals.wall_s > first.totals.wall_s
    assert second.totals.kept == 20


def test_a_source_is_asked_again_after_a_reply(tmp_path: Path) -> None:
    """A source that has nothing now (it waits for a reply) is asked again after the next one."""

    class TwoSteps(Counting):
        def next(self) -> Ask | None:
            if self.given >= 5 and self.back < 5:
                return None
            return super().next()

        def done(self, reply: Reply) -> None:
            assert self.given == 5 or self.back >= 5
            super().done(reply)

    source = TwoSteps(12)
    with fake_server(Plan(latency=0.01)) as server, session(server, tmp_path) as running:
        running.run(source)
        assert len(server.log()) == source.back == 12


def test_the_state_says_where_the_run_stands(tmp_path: Path) -> None:
    seen = []
    with fake_server(Plan(faults={"refusal": 0.2})) as server, session(server, tmp_path) as running:
        running._progress._on_progress = seen.append
        running.begin("judging again", 25)
        running.ask_all(asks(25))
    final = state(tmp_path)
    assert (final["status"], final["phase"], final["total"], final["done"]) == ("finished", "judging again", 25, 25)
    assert final["failed"] == sum(row["status"] == "failed" for row in rows(tmp_path / "journal.jsonl")) > 0
    assert final["in_flight"] == 0
    assert final["host"] == "127.0.0.1"
    assert seen[0]["done"] == 0
    assert not list(tmp_path.glob(".asking*"))


def test_keys_are_of_content_alone() -> None:
    assert key_of("judge", a=1, b="x") == key_of("judge", b="x", a=1) != key_of("record", a=1, b="x")
    with pytest.raises(TypeError):
        key_of("judge", when=Path("x"))
