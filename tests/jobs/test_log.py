"""Reading a log in pieces, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.jobs.folder import JobFolder
from backend.jobs.log import clean, last_lines, read_log, rotate


def test_a_log_ends_at_a_line_and_the_rest_is_live(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("one\ntwo\nthr")
    piece = read_log(log)
    assert (piece.text, piece.live, piece.next, piece.size) == ("one\ntwo\n", "thr", 8, 11)
    log.write_text("one\ntwo\nthree\n")
    assert read_log(log, piece.next, piece.generation).text == "three\n"


def test_colours_links_and_progress_bars_are_settled() -> None:
    text = "\x1b[1;32mdone\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\n 1%\r50%\r100%\nend\r\n\x07bell\x00"
    assert clean(text) == "done link\n100%\nend\nbell"


def test_pieces_of_any_size_make_up_the_whole(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    text = "".join(f"{'ψ🙂é'[number % 3]} line {number}\n" for number in range(300))
    log.write_text(text, encoding="utf-8")
    for limit in (16, 17, 18, 64, 1000):
        cursor, found = 0, ""
        while (piece := read_log(log, cursor, limit=limit)).next > cursor:
            found, cursor = found + piece.text, piece.next
        assert found == text


@given(st.text(alphabet="aé∑🙂", min_size=1, max_size=200), st.integers(4, 30))
def test_a_line_longer_than_a_piece_is_never_cut_inside_a_character(line: str, limit: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        log.write_text(line + "\n", encoding="utf-8")
        cursor, found = 0, ""
        while (piece := read_log(log, cursor, limit=limit)).next > cursor:
            found, cursor = found + piece.text, piece.next
        assert found == line + "\n"


def test_a_cursor_from_another_file_starts_afresh(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("old old old\n")
    piece = read_log(log)
    log.write_text("new\n")
    assert read_log(log, piece.next, piece.generation).text == "new\n"
    assert read_log(log, 2, piece.generation + 1).start == 0


def test_the_last_lines_of_a_large_log_are_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        stream.writelines(f"line {number}\n" for number in range(200_000))
    assert last_lines(log, 2) == ["line 199998", "line 199999"]
    assert last_lines(tmp_path / "none.txt", 2) == []


def test_bytes_that_are_no_text_become_marks(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"a\xff\xfeb\n" + b"\x80" * 10)
    assert read_log(log).text == "a\ufffd\ufffdb\n"


def test_a_log_without_end_keeps_its_newest_pieces_and_cursors_start_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.jobs.folder.LOG_BYTES", 20)
    folder = JobFolder(tmp_path)
    with folder.log.open("a") as run:  # as the run does: opened once, appending
        generations = set()
        for number in range(7):
            run.write(f"line {number} of a run that goes on and on\n")
            run.flush()
            piece = read_log(folder.log)
            generations.add(piece.generation)
            folder.rotate_log()
            assert read_log(folder.log, piece.next, piece.generation).start == 0
        run.write("short\n")
    folder.rotate_log()
    assert folder.log.read_text() == "short\n"
    kept = {path.name: path.read_text()[:6] for path in tmp_path.glob("log.*.txt")}
    assert kept == {"log.1.txt": "line 6", "log.2.txt": "line 5", "log.3.txt": "line 4", "log.4.txt": "line 3"}
    assert len(generations) == 7


def test_a_full_disk_costs_old_lines_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backend.jobs.log.shutil.copyfile", full)
    log = tmp_path / "log.txt"
    log.write_text("a line\n")
    rotate(log)
    assert log.read_text() == ""
