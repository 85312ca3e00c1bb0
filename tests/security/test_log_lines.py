"""T28: no text of a client's makes a record of the service's log, hides one, or makes one long."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from backend.api.log_lines import LONGEST_LINE, MOST_LINES, LogLines
from tests.campaign import number, tell
from tests.service_kit import app_in

TEXTS = number(1000, 10_000)
BEGINNING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [a-z.]+: ")
FORGED = "2026-11-23 12:00:00,000 ERROR backend.jobs.runner: all jobs are lost"
BREAKS = ["\n", "\r", "\r\n", "\n\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x1b[2K\r", "\x1b[1A", "\0"]
HOSTILE = st.one_of(
    st.builds(lambda ends, text: f"{ends}{FORGED}{ends}{text}", st.sampled_from(BREAKS), st.text()),
    st.text(st.characters(), max_size=200),
    st.sampled_from(["%s%s%n%(password)s{0}", "x" * 1_000_000, "\n" * 10_000, f"a\n{FORGED}\n" * 1_000, "  | \n  | "]),
)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger that writes as the service's do."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(LogLines())
    logger = logging.getLogger("backend.probe")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, text
    logger.removeHandler(handler)
    logger.propagate = True


def records_of(text: str) -> list[str]:
    """The records as the most generous reader takes them apart: by everything that ends a line for anybody."""
    return [line for line in text.splitlines() if not line.startswith("  | ")]


def test_there_are_as_many_records_as_were_logged(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, text = log
    logged = 0

    @seed(28)
    @settings(max_examples=TEXTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(HOSTILE, st.booleans())
    def each(hostile: str, is_error: bool) -> None:
        nonlocal logged
        text.seek(0)
        text.truncate()
        if is_error:
            try:
                raise RuntimeError(hostile)
            except RuntimeError:
                logger.error("request %s", hostile, exc_info=sys.exc_info())
        else:
            logger.warning("job %s", hostile)
        logged += 1
        written = text.getvalue()
        (record,) = records_of(written)
        assert BEGINNING.match(record)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", written.replace("\t", ""))
        assert max(map(len, written.split("\n"))) <= LONGEST_LINE + len("  | …")
        assert written.count("\n") <= MOST_LINES + 1

    each()
    tell("T28", texts=logged, forged=0)


def test_a_traceback_keeps_its_end_and_its_shape(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, text = log
    try:
        raise ValueError("what is wrong\n" * 1000 + "the end")
    except ValueError:
        logger.exception("request %s", "abc")
    lines = text.getvalue().splitlines()
    assert BEGINNING.sub("", lines[0]) == "request abc"
    assert lines[1] == "  | Traceback (most recent call last):"
    assert lines[-1] == "  | the end"


def test_a_defect_is_told_without_its_reason_and_behind_the_same_headers(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    router = APIRouter()

    @router.get("/defect")
    async def defect() -> None:
        raise RuntimeError("a path, a secret")

    app.include_router(router)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer, other = client.get("/defect"), client.get("/health")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    kept = {name for name in other.headers if name not in ("content-length", "content-type")}
    assert {name: answer.headers.get(name) for name in kept - {"x-request-id"}} == {
        name: other.headers[name] for name in kept - {"x-request-id"}
    }
