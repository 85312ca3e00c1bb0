"""The small parts: prices, the budget, answers by their class, the ladder, the files of lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import InvalidInput
from backend.core.llm.answer import of_body, of_error
from backend.core.llm.asking import Usage
from backend.core.llm.budget import Budget
from backend.core.llm.errand import LONGEST_BACKOFF, Errand
from backend.core.llm.ladder import Ladder
from backend.core.llm.lines import Lines, repaired
from backend.core.llm.prices import Price, read_prices
from backend.core.params.llm import LLMParams
from backend.core.paths import PROJECT_ROOT
from tests.core.llm.kit import ask


def test_the_shipped_prices_are_read() -> None:
    prices = read_prices(PROJECT_ROOT / LLMParams.model_fields["prices_file"].default)
    assert prices.as_of
    assert (
        prices.of("gpt-4o-mini-2024-07-18")
        == prices.of("gpt-4o-mini")
        == Price(input=0.15, cached_input=0.075, output=0.60)
    )
    assert prices.of("gpt-4o-mini-audio") is None


def test_a_fraction_of_a_cent_is_a_price() -> None:
    price = Price(input=0.15, cached_input=0.075, output=0.6)
    assert price.of(Usage(1000, 400, 100, 50)) == pytest.approx((600 * 0.15 + 400 * 0.075 + 100 * 0.6) / 1e6)
    assert Price(input=1, output=1).of(Usage(10, 10, 0, 0)) == 10 / 1e6  # no price of its own for cached tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: {m: {input: cheap, output: 1}}", "models.m.input"), ("models: {m: {output: 1}}", "models.m.input"),
        ("models: {m: {input: -1, output: 1}}", "models.m.input"), ("a: [", "is not YAML"), ("[1]", "valid"),
    ],
)  # fmt: skip
def test_a_wrong_prices_file_is_explained(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "prices.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=words):
        read_prices(tmp_path / "prices.yaml")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 100), st.integers(0, 50)), max_size=60))
def test_the_budget_is_never_exceeded(requests: list[tuple[int, int, int]]) -> None:
    """Whatever the requests turn out to take (within half a token per byte), many under way at a time."""
    price, budget, limit, flying = Price(input=10, output=30), Budget(None, 0.01), 0.01, []
    for size, tokens, answered in requests:
        reserve = budget.reserve(size, 50, price)
        if budget.allows(reserve):
            budget.sent(reserve)
            flying.append((reserve, Usage(min(tokens, size // 2), 0, answered, 0)))
        if len(flying) > 8:
            reserve, usage = flying.pop(0)
            budget.settled(reserve, usage, price.of(usage))
    for reserve, usage in flying:
        budget.settled(reserve, usage, price.of(usage))
    assert budget.spent <= limit + 1e-12


def test_an_answer_without_usage_counts_at_its_worst() -> None:
    budget = Budget(None, 1.0)
    reserve = budget.reserve(1000, 100, Price(input=100, output=100))
    budget.sent(reserve)
    budget.settled(reserve, None, None)
    assert budget.spent == reserve.cost > 0


@pytest.mark.parametrize(
    ("status", "error", "retry_after", "trouble"),
    [
        (429, {"code": "insufficient_quota", "message": "x"}, None, "quota"),
        (429, {"code": "insufficient_quota", "message": "x"}, 5.0, "quota"),
        (429, {"message": "You exceeded your current quota, please check your plan"}, None, "quota"),
        # Gemini's words for a rate limit; it says when to come back.
        (429, {"code": 429, "message": "You exceeded your current quota", "status": "RESOURCE_EXHAUSTED"}, 7.0,
         "rate_limit"),
        (429, {"message": "Rate limit reached for requests"}, None, "rate_limit"),
        (402, {"message": "Payment required"}, None, "quota"), (402, "Insufficient Balance", None, "quota"),
        (401, None, None, "auth"), (403, {"message": "no"}, None, "auth"),
        (403, {"message": "your input was flagged by moderation"}, None, "content_filter"),
        (400, {"code": "content_filter", "message": "filtered due to content management policy"}, None,
         "content_filter"),
        (404, "no such model", None, "not_found"), (413, None, None, "too_long"),
        (400, {"code": "context_length_exceeded", "message": "maximum context length"}, None, "too_long"),
        (400, {"message": "response_format unsupported"}, None, "unsupported"), (501, None, None, "unsupported"),
        (500, "<html>", None, "server_error"), (529, {"message": "overloaded"}, None, "server_error"),
        (408, None, None, "server_error"), (418, None, None, "bad_request"),
    ],
)  # fmt: skip
def test_errors_by_class(status: int, error: object, retry_after: float | None, trouble: str) -> None:
    assert of_error(status, error, retry_after, None).trouble == trouble


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["error", "choices", "message", "content", "usage", "prompt_tokens", "finish_reason",
                             "refusal", "code", "completion_tokens", "prompt_tokens_details"]), inner, max_size=5),
        max_leaves=25,
    )
)  # fmt: skip
def test_no_body_breaks_the_reading(body: object) -> None:
    answer = of_body(json.dumps(body), 200, None, None)
    assert answer.http_status == 200
    assert answer.trouble is not None or answer.text.strip()


def test_the_ladder_survives_its_file() -> None:
    ladder = Ladder()
    sent = {"response_format": {}, "max_tokens": 5, "temperature": 0.0, "seed": 1}
    assert ladder.adapt(sent, "json_schema", "400: json_schema is not supported", None)
    assert ladder.adapt(sent, "json_schema", "400: json_schema is not supported", None)  # another one, sent before
    assert ladder.adapt(sent, "json_object", "Unknown parameter: 'seed'", "seed")
    ladder.answered("json_object", valid=False)
    assert Ladder.from_json(json.loads(json.dumps(ladder.as_json()))) == ladder
    assert (ladder.rung, ladder.dropped, len(ladder.steps)) == ("json_object", {"seed"}, 2)
    assert not ladder.adapt(sent, "json_object", "your question is impolite", None)
    for broken in ({}, {**ladder.as_json(), "rung": "x"}, {**ladder.as_json(), "trial": None}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Ladder.from_json(broken)


def test_a_limit_that_is_too_high_is_no_refusal_of_the_parameter() -> None:
    message = "max_tokens is too large: 40000. This model supports at most 16384 completion tokens"
    ladder = Ladder()
    assert not ladder.adapt({"max_tokens": 40_000}, "text", message, "max_tokens")
    assert ladder == Ladder()


def test_token_limits_that_are_both_refused_are_left_out() -> None:
    ladder = Ladder()
    assert ladder.adapt({"max_tokens": 5}, "text", "Use 'max_completion_tokens' instead", "max_tokens")
    assert ladder.token_limit == "max_completion_tokens"
    assert ladder.adapt({"max_completion_tokens": 5}, "text", "Extra inputs: max_completion_tokens", None)
    assert ladder.token_limit is None


def test_the_backoff_doubles_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.llm.errand.FIRST_BACKOFF", 0.5)
    errand, waits = Errand(ask(0), "m", 10), []
    for errand.charged in range(1, 9):
        waits.append(errand.backoff())
    for wait, full in zip(waits, [0.5, 1, 2, 4, 8, 8, 8, 8], strict=True):
        assert 0.75 * full <= wait <= full <= LONGEST_BACKOFF


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=8) | st.integers(), max_size=3)), st.data())
def test_a_file_cut_anywhere_gives_its_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, object]], data: st.DataObject
) -> None:
    """E13: wherever a crash cut the file, what was whole is there and the next line is whole too."""
    path = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    lines = Lines(path)
    begins = [lines.append(row) for row in written]
    assert [lines.read_at(begin) for begin in begins] == written
    lines.close()
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = [row for _, row in repaired(path)]
    assert kept == written[: whole[:cut].count(b"\n")]
    lines = Lines(path)
    assert lines.read_at(lines.append({"next": 1})) == {"next": 1}
    lines.close()
    assert [row for _, row in repaired(path)] == [*kept, {"next": 1}]
