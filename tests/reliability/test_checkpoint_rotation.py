"""R13, checkpoints: whatever the clock does, the newest by step stays, and two whole ones do.

    pytest tests/reliability/test_checkpoint_rotation.py

The Trainer's own rotation goes by the files' times: it deletes the newest when the clock was set back.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from backend.core.runs import checkpoints
from backend.core.runs.checkpoints import by_step, is_whole, rotate, to_resume
from tests import campaign
from tests.reliability.test_damaged_checkpoints import checkpoint, flip_a_bit

HOUR, TEN_YEARS = 3600.0, 10 * 365.25 * 86_400
JUMPS = (HOUR, -HOUR, TEN_YEARS, -TEN_YEARS, 0.0)


def set_time(folder: Path, time: float) -> None:
    for path in (*folder.iterdir(), folder):
        os.utime(path, (time, time))


def test_the_clock_may_jump_at_every_save(tmp_path: Path) -> None:
    chance, clock = random.Random(13), 1_763_900_000.0
    runs, saves = campaign.number(4, 200), 8
    for run in range(runs):
        folder = tmp_path / str(run)
        for number in range(1, saves + 1):
            step = 5 * number
            clock += chance.choice(JUMPS)
            set_time(checkpoint(folder, step), clock)
            rotate(folder, 2)
            assert [path.name for path in by_step(folder)] == [
                f"checkpoint-{kept}" for kept in (step, step - 5) if kept > 0
            ]
        chosen, _ = to_resume(folder)
        assert chosen is not None
        assert chosen.step == 5 * saves
    campaign.tell("R13", part="checkpoints", saves_with_a_jump=runs * saves, newest_deleted=0)


def test_the_stock_rotation_would_have_deleted_the_newest(tmp_path: Path) -> None:
    """Why ours is: should this fail one day, the library has mended it."""
    trainer_utils = pytest.importorskip("transformers.trainer_utils")
    for step, time in ((5, 3e8), (10, 3e8 + HOUR), (15, 3e8 - HOUR)):
        set_time(checkpoint(tmp_path, step), time)
    trainer_utils.rotate_checkpoints(output_dir=str(tmp_path), save_total_limit=2, use_mtime=True)
    assert "checkpoint-15" not in {path.name for path in by_step(tmp_path)}


@pytest.mark.parametrize(("limit", "steps"), [(1, [20, 15]), (2, [20, 15]), (3, [20, 15, 10]), (9, [20, 15, 10, 5])])
def test_the_limit_is_kept_and_never_below_two(tmp_path: Path, limit: int, steps: list[int]) -> None:
    for step in (5, 10, 15, 20):
        checkpoint(tmp_path, step)
    rotate(tmp_path, limit)
    assert [checkpoints.step_of(path) for path in by_step(tmp_path)] == steps


def test_an_old_one_stays_while_those_after_it_are_damaged(tmp_path: Path) -> None:
    first, second, third = (checkpoint(tmp_path, step) for step in (5, 10, 15))
    flip_a_bit(second / "optimizer.pt")
    rotate(tmp_path, 2)
    assert [is_whole(path) for path in (first, second, third)] == [True, False, True]


def test_the_best_one_stays_however_old(tmp_path: Path) -> None:
    for step in (5, 10, 15, 20):
        checkpoint(tmp_path, step, best_step=5)
    rotate(tmp_path, 2, best_step=5)
    assert [checkpoints.step_of(path) for path in by_step(tmp_path)] == [20, 15, 5]


def test_one_of_the_same_step_is_replaced(tmp_path: Path) -> None:
    """A run that fell back to an older one comes to the step of the damaged one again."""
    checkpoint(tmp_path, 5)
    flip_a_bit(checkpoint(tmp_path, 10) / "scheduler.pt")
    assert is_whole(checkpoint(tmp_path, 10))
    assert not list(tmp_path.glob(".partial-deleted-*"))
