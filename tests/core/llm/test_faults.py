"""Whatever the server does, a question ends with its own answer or with none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from backend.core.llm import Ask, Reply, key_of
from tests.core.llm.kit import Verdict, answered, ask, asks, rows, session, state
from tests.llm_server import FakeServer, Plan, fake_server

RECOVERABLE = [
    "429:0.05", "429_ms:0.05", "500", "503", "503_after:0.05", "cut", "broken_json", "html", "error_200", "no_choices",
    "null_content", "length", "length_null", "prose", "fenced", "wrong_types", "true_score", "score_11",
    "empty_object",
]  # fmt: skip


def score(reply: Reply) -> int | None:
    """The score of a judgment."""
    return reply.value.score if isinstance(reply.value, Verdict) else None


def check_ledger(server: FakeServer, folder: Path) -> None:
    """The attempts in the ledger are the requests in the server's log, each with the status it was answered with."""
    log, attempts = server.log(), rows(folder / "attempts.jsonl")
    assert len(log) == len(attempts)
    assert sorted(row["http_status"] or 0 for row in attempts) == sorted(
        0 if row["fault"] == "cut" else row["status"] for row in log
    )


def test_every_fault_that_passes_leaves_full_coverage_and_an_exact_ledger(tmp_path: Path) -> None:
    """E2: a mix of all faults: coverage 1, attempts = requests in the server's log, scores as without any fault."""
    mix = {fault: 0.95 / len(RECOVERABLE) for fault in RECOVERABLE}
    with fake_server(Plan(faults=mix, seed=1)) as faulty, fake_server(Plan(seed=1)) as clean:
        scores = [score(reply) for reply in answered(faulty, tmp_path / "faulty", asks(100))]
        assert {row["fault"] for row in faulty.log()} == {None, *RECOVERABLE}
        check_ledger(faulty, tmp_path / "faulty")
        assert None not in scores
        assert scores == [score(reply) for reply in answered(clean, tmp_path / "clean", asks(100))]


@pytest.mark.campaign
@pytest.mark.parametrize("fault", RECOVERABLE)
def test_a_fault_at_twenty_percent_is_survived(tmp_path: Path, fault: str) -> None:
    """E2 with the full numbers: 200 questions per fault."""
    with fake_server(Plan(faults={fault: 0.2})) as server:
        replies = answered(server, tmp_path, asks(200))
        assert [reply.status for reply in replies] == ["ok"] * 200
        assert len(server.log()) > 200 or fault == "fenced"
        check_ledger(server, tmp_path)


def test_what_never_answers_properly_is_unscored_and_nothing_else(tmp_path: Path, full: bool) -> None:
    """E3: 5 % of the questions never get a proper answer: exactly those have no value, none has a default."""
    count = 200 if full else 60
    bad = {f"question {number}:" for number in range(0, count, 20)}
    with fake_server(Plan(always=dict.fromkeys(bad, "prose"))) as server:
        replies = answered(server, tmp_path, asks(count))
    failed = [reply for reply in replies if reply.status == "failed"]
    assert len(failed) == len(bad) == count // 20
    assert {reply.ask.messages[0]["content"].split(" how")[0] for reply in failed} == bad
    for reply in failed:
        assert (reply.value, reply.error_class) == (None, "invalid_output")
        assert reply.detail == "there is no complete JSON object in the answer"
        assert reply.text.startswith("I would say")
    assert state(tmp_path)["failed"] == len(bad)


WAYS_TO_FAIL = {
    "refusal": ("refusal", 1), "content_filter": ("content_filter", 1), "too_long": ("too_long", 1),
    "400": ("bad_request", 1), "length": ("truncated", 2), "length_null": ("truncated", 2),
    "score_11": ("invalid_output", 2), "true_score": ("invalid_output", 2), "no_choices": ("bad_response", 3),
    "broken_json": ("bad_response", 3), "null_content": ("bad_response", 3), "500": ("server_error", 6),
    "cut": ("connection", 6), "error_200": ("server_error", 6),
}  # fmt: skip
"""Class and number of attempts of a question that is always met by a fault."""


def test_each_way_to_fail_has_its_class_and_its_number_of_attempts(tmp_path: Path) -> None:
    """E19 among them: a deterministic 500 on one item ends after six attempts and the others complete."""
    always = {f"question {2 * number}:": fault for number, fault in enumerate(WAYS_TO_FAIL)}
    with fake_server(Plan(always=always)) as server:
        replies = answered(server, tmp_path, asks(2 * len(WAYS_TO_FAIL)))
        sent = Counter(row["question"].partition(":")[0] for row in server.log())
    for number, (fault, (error_class, attempts)) in enumerate(WAYS_TO_FAIL.items()):
        failed, other = replies[2 * number], replies[2 * number + 1]
        told = (failed.status, failed.value, failed.error_class, failed.attempts)
        assert told == ("failed", None, error_class, attempts), fault
        assert sent[f"question {2 * number}"] == attempts, fault
        assert (other.status, other.attempts) == ("ok", 1)


def test_a_planted_verdict_is_never_the_score(tmp_path: Path) -> None:
    """E8: a judge that quotes a planted verdict is read by its own, 100 times of 100."""
    with fake_server(Plan(faults={"planted": 1.0}, profile="text-only")) as planted, fake_server(Plan()) as clean:
        scores = [score(reply) for reply in answered(planted, tmp_path / "a", asks(100))]
        assert scores == [score(reply) for reply in answered(clean, tmp_path / "b", asks(100))]


def test_a_slow_answer_times_out_and_is_asked_again(tmp_path: Path) -> None:
    with fake_server(Plan(script={1: "slow:30"})) as server:
        reply = answered(server, tmp_path, [ask(0)], request_timeout=0.2)[0]
    assert (reply.status, reply.attempts) == ("ok", 2)
    assert [row["outcome"] for row in rows(tmp_path / "attempts.jsonl")] == ["timeout", "ok"]


def test_a_server_that_drips_is_ended_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A byte now and then keeps every timeout of the HTTP library from running out.
    monkeypatch.setattr("backend.core.llm.pool.TIMEOUT_MARGIN", 0.1)
    with fake_server(Plan(always={"question 1:": "drip:0.05"})) as server:
        replies = answered(server, tmp_path, asks(4), request_timeout=0.3, max_attempts=2)
    assert [reply.error_class for reply in replies] == [None, "timeout", None, None]
    assert replies[1].attempts == 2


def test_a_question_ends_at_its_deadline(tmp_path: Path) -> None:
    with fake_server(Plan(faults={"slow:30": 1.0}, faults_each=99)) as server:
        reply = answered(server, tmp_path, [ask(0)], request_timeout=0.4, item_deadline=1.0, max_attempts=20)[0]
    assert (reply.status, reply.error_class) == ("failed", "timeout")
    assert reply.attempts <= 3


def test_half_a_surrogate_pair_can_be_asked_about(tmp_path: Path) -> None:
    odd = Ask(key_of("odd"), "odd", ({"role": "user", "content": "half \ud800 pair"},), None)
    with fake_server(Plan(answerer="echo")) as server:
        assert answered(server, tmp_path, [odd])[0].value == "half ? pair"
        assert answered(server, tmp_path, [odd])[0].from_journal


def test_free_text_comes_without_the_reasoning_but_is_kept_whole(tmp_path: Path) -> None:
    with fake_server(Plan(profile="reasoning", answerer="echo")) as server:
        reply = answered(server, tmp_path, [ask(7, schema=None)])[0]
    assert reply.value == "question 7: how good is this answer?"
    assert reply.text.startswith("<think>")


def test_tokens_and_cost_equal_what_the_server_counted(tmp_path: Path) -> None:
    """E23: sums equal the server's ledger, cached tokens too; the price of cached tokens is their own."""
    with fake_server(Plan(faults={"prose": 0.2, "500": 0.2})) as server:
        with session(server, tmp_path) as open_session:
            replies = open_session.ask_all(asks(40))
        used = [row["usage"] for row in server.log() if row.get("usage")]
    totals = open_session.totals
    cached = sum(usage["prompt_tokens_details"]["cached_tokens"] for usage in used)
    assert totals.tokens.prompt == sum(usage["prompt_tokens"] for usage in used)
    assert totals.tokens.completion == sum(usage["completion_tokens"] for usage in used)
    assert totals.tokens.cached == cached > 0
    expected = (
        (totals.tokens.prompt - cached) * 0.15 + cached * 0.075 + totals.tokens.completion * 0.60
    ) / 1e6  # gpt-4o-mini
    assert totals.cost == pytest.approx(expected, abs=1e-12)
    assert sum(reply.cost or 0 for reply in replies) == pytest.approx(expected, abs=1e-12)


def test_missing_usage_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    """E23: a server that drops its usage leaves tokens null and the cost unknown."""
    with fake_server(Plan(always={"question 1:": "no_usage"})) as server, session(server, tmp_path) as open_session:
        replies = open_session.ask_all(asks(3))
    assert (replies[1].usage, replies[1].cost) == (None, None)
    assert replies[0].cost is not None
    assert (open_session.totals.unreported, open_session.totals.cost) == (1, None)
    assert state(tmp_path)["cost"] == "unknown"
