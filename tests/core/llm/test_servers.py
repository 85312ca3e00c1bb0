"""E7: every kind of server is asked the way it understands, found out once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.llm.kit import answered, asks, session, state
from tests.llm_server import Plan, fake_server

KINDS = {
    "openai": ("json_schema", set()),
    "lmstudio": ("json_schema", set()),
    "deepseek": ("json_object", set()),
    "ignore": ("json_schema", set()),
    "text-only": ("text", set()),
    "reasoning": ("json_schema", {"max_tokens", "temperature", "seed"}),
}


@pytest.mark.parametrize("profile", KINDS)
def test_everything_is_scored_and_little_is_wasted(tmp_path: Path, profile: str, full: bool) -> None:
    """E7: 100 % scored, at most C + 5 requests wasted, none on resume."""
    count, (rung, dropped) = 200 if full else 40, KINDS[profile]
    with fake_server(Plan(profile=profile, latency=0.01)) as server:
        replies = answered(server, tmp_path, asks(count, seed=1))
        assert {(reply.status, reply.rung) for reply in replies} == {("ok", rung)}
        wasted = len(server.log()) - count
        assert wasted <= 8 + 5
        with session(server, tmp_path) as resumed:
            more = resumed.ask_all(asks(count + 20, seed=1))
        assert all(reply.status == "ok" for reply in more)
        assert len(server.log()) - count - wasted == 20
    assert set(resumed.totals.dropped) == dropped
    assert len(resumed.totals.ladder) == {"text": 2, "json_object": 1}.get(rung, 0) + len(dropped)


def test_a_server_that_ignores_the_schema_badly_is_asked_in_words(tmp_path: Path) -> None:
    with fake_server(Plan(profile="ignore-badly", latency=0.01)) as server:
        replies = answered(server, tmp_path, asks(40))
    assert {(reply.status, reply.rung, reply.flags) for reply in replies} == {("ok", "text", ("downgraded",))}
    steps = state(tmp_path)["totals"]["ladder"]
    assert [step.split(" (")[0] for step in steps] == [
        "json_schema is ignored by the server", "json_object is ignored by the server",
    ]  # fmt: skip


def test_a_message_that_names_the_allowed_forms_is_followed(tmp_path: Path) -> None:
    with fake_server(Plan(profile="lmstudio")) as server:
        replies = answered(server, tmp_path, asks(20), structured_output="json_object")
    assert {(reply.status, reply.rung) for reply in replies} == {("ok", "json_schema")}


def test_a_form_that_was_fine_before_is_left_for_the_one_question_only(tmp_path: Path) -> None:
    with fake_server(Plan(always={"question 30:": "400_schema"})) as server:
        replies = answered(server, tmp_path, asks(40))
    assert [reply.ask.item_id for reply in replies if reply.rung != "json_schema"] == ["item-30"]
    assert (replies[30].error_class, replies[30].attempts) == ("bad_request", 3)
    assert state(tmp_path)["totals"]["ladder"] == []


def test_each_model_has_a_ladder_of_its_own(tmp_path: Path) -> None:
    with fake_server(Plan(profile="reasoning")) as server:
        answered(server, tmp_path, [*asks(3), *(one for one in asks(6, model="judge-2")[3:])])
    assert set(state(tmp_path)["service"]) == {"gpt-4o-mini", "judge-2"}


def test_the_form_is_described_in_words_on_every_rung(tmp_path: Path) -> None:
    # Some servers enforce a schema without ever showing it to the model.
    with fake_server(Plan(answerer="tests.core.llm.test_servers:last_words", profile="openai")) as server:
        reply = answered(server, tmp_path, asks(1))[0]
    assert "- score (integer, 1 to 10): how good" in reply.text
    assert "JSON" in reply.text


def last_words(request, generator):  # type: ignore[no-untyped-def]
    """The end of the request, as a rationale."""
    return {"rationale": request["messages"][-1]["content"], "score": 1}
