"""X8 in training: a disk that fills while a checkpoint is made costs that checkpoint, never the one before.

pytest tests/reliability/test_checkpoint_on_a_full_disk.py
"""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest

from backend.core.runs.checkpoints import by_step, is_whole
from tests import campaign
from tests.reliability.conftest import SmallDisk
from tests.reliability.training_kit import Blow, Ended, Runs

pytest.importorskip("torch")


def require_told_and_kept(runs: Runs, ended: Ended, steps: list[int]) -> None:
    assert ended.code == 1, ended.log
    assert "No room left on the disk" in ended.log
    left = by_step(runs.partial("a") / "checkpoints")
    assert [path.name for path in left] == [f"checkpoint-{step}" for step in steps]
    assert all(map(is_whole, left))
    assert not (runs.partial("a") / "checkpoints" / ".saving").exists()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT] if campaign.IS_FULL else [errno.ENOSPC])
def test_the_checkpoint_before_is_kept_and_continued(training_runs: Runs, error: int) -> None:
    blow = Blow(touch=4, within=".saving/checkpoint-9", error=error)
    require_told_and_kept(training_runs, training_runs.start("a", {}, blow), [6, 3])
    ended = training_runs.resume("a", {})
    assert ended.code == 0, ended.log
    assert "Continuing after step 6." in ended.log
    assert training_runs.finished("a").is_dir()


@pytest.mark.campaign
def test_on_a_real_disk_with_room_for_two_the_third_is_lost_and_room_mends_it(
    training_runs: Runs, small_disk: SmallDisk, tmp_path: Path
) -> None:
    assert training_runs.start("a", {}).code == 0
    disk = small_disk("1200k")  # room for two checkpoints of half a megabyte and a half
    runs = Runs(disk, training_runs.common, logs=tmp_path)
    require_told_and_kept(runs, runs.start("a", {}), [6, 3])
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    ended = runs.resume("a", {})
    assert ended.code == 0, ended.log
    assert runs.hash("a") == training_runs.hash("a")
