"""A log read from its end, searched, and taken whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.jobs.log import KEPT_LOGS, rotate
from backend.jobs.log_pages import Found, last_page, page_before, search, whole_log


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.txt"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)) + "50 %")
    return path


def test_a_page_opens_with_the_last_lines_and_their_numbers(log: Path) -> None:
    page = last_page(log, 3)
    assert (page.text, page.live, page.line) == ("line 99997\nline 99998\nline 99999\n", "50 %", 99_997)
    assert page.next == page.size - len("50 %")
    assert last_page(log.with_name("none.txt"), 3).text == ""


def test_a_short_log_opens_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("a\n\nb\n")
    assert (last_page(path, 10).text, last_page(path, 10).line) == ("a\n\nb\n", 0)
    assert (last_page(path, 1).text, last_page(path, 1).line) == ("b\n", 2)
    path.write_text("only\r begun")
    assert (last_page(path, 1).text, last_page(path, 1).live) == ("", " begun")


def test_pages_backwards_make_up_the_whole(log: Path) -> None:
    page = last_page(log, 10)
    end, line, texts = page.start, page.line, [page.text]
    while end:
        page = page_before(log, end, page.generation, limit=10_000)
        texts.insert(0, page.text)
        assert page.line == (line or 0) - page.text.count("\n")
        end, line = page.start, page.line
    assert "".join(texts) == log.read_text().removesuffix("50 %")


def test_nothing_comes_before_a_file_that_was_replaced(log: Path) -> None:
    page = last_page(log, 10)
    assert page_before(log, page.start, page.generation + 1).text == ""


def test_lines_are_found_in_any_case_up_to_a_place(log: Path) -> None:
    assert search(log, "LINE 77777", 10) == ([Found(77_777, "line 77777")], False)
    found, has_more = search(log, "line 7", 3)
    assert ([one.line for one in found], has_more) == ([7, 70, 71], True)
    assert search(log, "line 99999", 10, before=last_page(log, 1).start) == ([], False)
    assert search(log.with_name("none.txt"), "a", 10) == ([], False)


def test_nobody_finds_a_secret_by_looking_for_it(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    secret = "hf_" + "a1" * 12
    path.write_text(f"token {secret}\n")
    assert search(path, secret, 10) == ([], False)
    assert search(path, "token", 10) == ([Found(0, "token [redacted]")], False)


def test_the_whole_log_has_what_was_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    for number in range(KEPT_LOGS + 2):
        path.write_text(f"part {number}\n")
        rotate(path)
    path.write_text("the \x1b[31mend\x1b[0m")
    assert "".join(whole_log(path)).split("\n") == [f"part {number}" for number in range(2, KEPT_LOGS + 2)] + [
        "the end"
    ]
