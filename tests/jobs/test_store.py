"""The job table: a mapping that lasts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from backend.core.errors import Conflict, DiskFull, NotFound
from backend.jobs.models import TRANSITIONS, Job, JobStatus, now
from backend.jobs.store import JobStore, JobTableUnreadable


def _job(job_id: str, **changes: object) -> Job:
    given = {"id": job_id, "kind": "train", "name": job_id, "params": {}, "created_at": now(), **changes}
    return Job.model_validate(given)


def test_it_is_a_mapping_and_touches_no_disk_before_it_is_opened() -> None:
    store = JobStore()
    store["a"] = _job("a")
    assert store["a"].id == "a"
    assert store.get("b") is None
    assert "a" in store
    assert len(store) == 1
    assert [job.id for job in store.values()] == ["a"]
    store.clear()
    assert len(store) == 0
    with pytest.raises(KeyError):
        store["a"]
    with pytest.raises(NotFound):
        store.require("a")


def test_every_change_lasts(tmp_path: Path) -> None:
    store = JobStore()
    store.open(tmp_path / "jobs.db")
    for name in ("a", "b", "c"):
        store[name] = _job(name)
    store.change("a", status=JobStatus.starting)
    del store["b"]
    reader = JobStore()
    reader.open(tmp_path / "jobs.db")  # while the first still has it open, as after a crash
    assert {job.id: job.status.value for job in reader.values()} == {"a": "starting", "c": "queued"}
    reader.close()
    store.close()


@pytest.mark.parametrize("before", list(JobStatus))
@pytest.mark.parametrize("after", list(JobStatus))
def test_only_the_drawn_transitions_happen(before: JobStatus, after: JobStatus) -> None:
    store = JobStore()
    store["a"] = _job("a", status=before)
    if after is before or after in TRANSITIONS[before]:
        assert store.change("a", status=after).status is after
    else:
        with pytest.raises(Conflict):
            store.change("a", status=after)
        assert store["a"].status is before


def test_an_end_that_finds_no_room_is_kept_and_written_later(tmp_path: Path) -> None:
    store = JobStore()
    store.open(tmp_path / "jobs.db")
    store["a"], store["b"] = _job("a", status=JobStatus.running), _job("b")
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[union-attr]
    store._database.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[union-attr]
    long = {"error": "x" * 100_000, "status": JobStatus.failed}
    with pytest.raises(DiskFull):
        store.change("a", **long)
    assert store["a"].status is JobStatus.running
    assert store.settle("a", **long).status is JobStatus.failed
    store._database.execute("PRAGMA max_page_count = 1000000")  # type: ignore[union-attr]
    store.change("b", status=JobStatus.starting)
    reader = JobStore()
    reader.open(tmp_path / "jobs.db")
    assert [job.status.value for job in reader.values()] == ["failed", "starting"]
    reader.close()
    store.close()


def test_a_file_that_is_no_job_table_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(b"this is not a database, but somebody's notes\n" * 50)
    before = path.read_bytes()
    with pytest.raises(JobTableUnreadable, match="move it away"):
        JobStore().open(path)
    assert path.read_bytes() == before


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    store = JobStore()
    store.open(tmp_path / "jobs.db")
    store.close()
    database = sqlite3.connect(tmp_path / "jobs.db")
    database.execute("INSERT INTO jobs (id, record) VALUES ('a', '{}')")
    database.commit()
    database.close()
    with pytest.raises(JobTableUnreadable, match="a record is damaged"):
        JobStore().open(tmp_path / "jobs.db")


def test_a_table_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "jobs.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(JobTableUnreadable, match="newer version"):
        JobStore().open(tmp_path / "jobs.db")
