"""A job's folder, and what a crash leaves in ours."""

from __future__ import annotations

import os
import time
from pathlib import Path

from backend.jobs.folder import JobFolder, sweep


def test_leftovers_of_a_crash_are_removed_and_work_in_progress_is_not(tmp_path: Path) -> None:
    (tmp_path / ".partial-deleted-a-1" / "deep").mkdir(parents=True)
    (tmp_path / "job").mkdir()
    old, young, mine = tmp_path / "job" / ".tmp_x", tmp_path / ".tmp_upload_y", tmp_path / "data.json"
    for path in (old, young, mine):
        path.touch()
    yesterday = time.time() - 86_400
    os.utime(old, (yesterday, yesterday))
    os.utime(mine, (yesterday, yesterday))
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tmp_upload_y", "data.json", "job"]
    assert list((tmp_path / "job").iterdir()) == []
    sweep(tmp_path / "none")


def test_a_new_start_forgets_what_the_last_one_told_but_not_its_log(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.note("from the service")
    for name in ("result.json", "failure.json", "progress.json"):
        (folder.path / name).write_text('{"a": 1}')
    folder.prepare({"b": 2})
    assert (folder.result(), folder.failure(), folder.progress()) == (None, None, None)
    assert folder.log.read_text() == "from the service\n"


def test_half_a_file_is_nothing_yet(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    (tmp_path / "progress.json").write_text('{"step": ')
    (tmp_path / "result.json").write_text("[]")
    assert (folder.progress(), folder.result()) == (None, None)
