"""The folder of a run: what is kept, what is refused, what is finished later."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import Conflict, DiskFull, NotFound, ResumeRefused
from backend.core.runs import folder as run_folder
from backend.core.runs.checkpoints import give_name, seal
from backend.core.runs.folder import RunFolder
from backend.core.storage import hold

RUN = {"learning_rate": 1e-4, "seed": 1}


def open_run(folder: Path, *, resume: bool = False, **changes: Any) -> RunFolder:
    return RunFolder(folder / "a", {**RUN, **changes}, resume=resume)


def save(run: RunFolder, step: int) -> None:
    """What the Trainer and the callback do."""
    made = run.saving / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "adapter_model.safetensors").write_text(f"step {step}")
    seal(made, run.identity)
    give_name(made, run.checkpoints)


def killed_run(folder: Path, *steps: int, saving: int | None = None) -> None:
    """What a run that was killed leaves; `saving` = a checkpoint that was being made."""
    run = open_run(folder)
    run.checkpoints.mkdir(parents=True)
    (run.partial / "params.json").write_text(json.dumps(RUN))
    for step in steps:
        save(run, step)
    if saving:
        (run.saving / f"checkpoint-{saving}").mkdir(parents=True)
        (run.checkpoints / ".partial-deleted-checkpoint-1-ab").mkdir()


def test_a_resumed_run_continues_from_the_highest_step_and_clears_up(tmp_path: Path) -> None:
    killed_run(tmp_path, 9, 10, saving=11)
    with open_run(tmp_path, resume=True) as run:
        assert run.checkpoint is not None
        assert run.checkpoint.step == 10
        assert sorted(path.name for path in run.checkpoints.iterdir()) == ["checkpoint-10", "checkpoint-9"]


def test_a_run_killed_before_its_first_checkpoint_begins_again(tmp_path: Path) -> None:
    killed_run(tmp_path, saving=5)
    with open_run(tmp_path, resume=True, seed=2) as run:
        assert run.checkpoint is None
        assert not run.saving.exists()
        assert json.loads((run.partial / "params.json").read_text())["seed"] == 2


def test_damage_of_the_record_of_a_run_is_no_loss(tmp_path: Path) -> None:
    killed_run(tmp_path, 5)
    (tmp_path / ".partial-a" / "params.json").write_text("{")
    with open_run(tmp_path, resume=True) as run:
        assert run.checkpoint is not None


def test_the_one_that_is_refused_stays_as_it_was(tmp_path: Path) -> None:
    killed_run(tmp_path, 5)
    before = sorted(path.name for path in (tmp_path / ".partial-a").rglob("*"))
    with (
        pytest.raises(ResumeRefused, match=r"learning_rate was 0\.0001 and is 0\.1"),
        open_run(tmp_path, resume=True, learning_rate=0.1),
    ):
        pass
    with pytest.raises(Conflict, match="continue it with --resume"), open_run(tmp_path):
        pass
    assert sorted(path.name for path in (tmp_path / ".partial-a").rglob("*")) == before
    with pytest.raises(NotFound, match="no unfinished run"), RunFolder(tmp_path / "b", RUN, resume=True):
        pass


def test_changes_that_are_wanted_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed_run(tmp_path, 5)
    with (
        caplog.at_level(logging.WARNING),
        RunFolder(tmp_path / "a", {**RUN, "seed": 2}, resume=True, with_changes=True) as run,
    ):
        assert run.checkpoint is not None
    assert "Continuing with changes: seed was 1 and is 2." in caplog.text


def run_out_of_room(run: RunFolder, *steps: int) -> None:
    for step in steps:
        save(run, step)
    (run.saving / "checkpoint-10").mkdir(parents=True)
    raise DiskFull("full")


def test_an_error_keeps_whole_checkpoints_and_nothing_else_that_was_saved(tmp_path: Path) -> None:
    with pytest.raises(DiskFull), open_run(tmp_path) as run:
        run_out_of_room(run, 5)
    assert [path.name for path in (tmp_path / ".partial-a" / "checkpoints").iterdir()] == ["checkpoint-5"]
    with pytest.raises(DiskFull), RunFolder(tmp_path / "b", RUN, resume=False) as run:
        run_out_of_room(run)
    assert not (tmp_path / ".partial-b").exists()


def finish(run: RunFolder) -> None:
    (run.partial / "run.json").write_text("{}")
    run.publish()


def test_a_finished_run_drops_what_only_a_resume_needs(tmp_path: Path) -> None:
    with open_run(tmp_path) as run:
        save(run, 5)
        finish(run)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["params.json", "run.json", "training.log"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


class Killed(BaseException):
    """Ends a run without any of its own clearing up."""


def die(*_: object) -> None:
    raise Killed


def save_and_finish(run: RunFolder) -> None:
    save(run, 5)
    finish(run)


def test_killed_while_it_gets_its_name_a_run_has_its_checkpoint_or_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "publish", die)
        with pytest.raises(Killed), open_run(tmp_path) as run:
            save_and_finish(run)
    resumed = open_run(tmp_path, resume=True)
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "remove_folder", die)
        with pytest.raises(Killed), resumed:
            finish(resumed)
    assert resumed.checkpoint is not None
    with open_run(tmp_path, resume=True) as run:
        assert run.ended
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["params.json", "run.json", "training.log"]


def test_a_finished_run_of_other_parameters_is_not_taken_for_ours(tmp_path: Path) -> None:
    with open_run(tmp_path) as run:
        finish(run)
    with pytest.raises(Conflict, match="exists already"), open_run(tmp_path, resume=True, seed=2):
        pass


def test_every_file_and_the_folder_are_flushed_before_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        flushed.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        real(handle)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not tell which file a descriptor is")
    monkeypatch.setattr(os, "fsync", fsync)
    folder = tmp_path / ".saving" / "checkpoint-5"
    folder.mkdir(parents=True)
    for name in ("optimizer.pt", "scheduler.pt"):
        (folder / name).write_text(name)
    seal(folder, RUN)
    give_name(folder, tmp_path)
    names = ["manifest" if "manifest" in name else name for name in flushed]
    assert names == ["optimizer.pt", "scheduler.pt", "checkpoint-5", "manifest", "checkpoint-5", tmp_path.name]


def test_two_never_work_on_one_folder_and_the_lock_goes_while_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed after the release, it could be a second run's lock by then, and a third run would hold a new one."""
    lock, there = tmp_path / ".a.lock", []
    release = hold.FileLock.release

    def observed(self: hold.FileLock, *args: Any, **kwargs: Any) -> None:
        there.append(lock.exists())
        release(self, *args, **kwargs)

    with open_run(tmp_path):
        with pytest.raises(Conflict, match="Another run is working"), open_run(tmp_path):
            pass
        assert lock.exists()
        monkeypatch.setattr(hold.FileLock, "release", observed)
    assert there[0] is False
