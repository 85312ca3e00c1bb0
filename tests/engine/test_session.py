"""What a run tells of itself when it was made in several starts."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from transformers import TrainerState

from backend.engine.artifacts import forget_after, read_metrics
from backend.engine.session import _mean_loss


def curve(*points: tuple[int, float]) -> TrainerState:
    rows: list[dict[str, float]] = [{"step": step, "loss": loss} for step, loss in points]
    return TrainerState(log_history=[*rows, {"step": points[-1][0], "eval_loss": 9.0}])


def test_the_mean_loss_is_that_of_all_starts() -> None:
    """Steps 1, 2-5 and 6-10 before the resume, ten after it with a mean of 1; the curve's later points are those."""
    state = curve((1, 6.0), (5, 4.0), (10, 2.0), (15, 1.0), (20, 1.0))
    assert _mean_loss(state, 10, 10, 1.0) == pytest.approx((6 + 4 * 4 + 5 * 2 + 10) / 20)
    assert _mean_loss(state, 0, 20, 3.0) == 3.0
    assert _mean_loss(state, 20, 0, 0.0) == pytest.approx((6 + 4 * 4 + 5 * 2 + 10) / 20)


def test_steps_that_no_point_tells_of_are_left_out() -> None:
    assert _mean_loss(curve((5, 2.0)), 7, 3, 1.0) == pytest.approx((5 * 2 + 3) / 8)


def test_a_line_torn_by_a_kill_is_no_row(tmp_path: Path) -> None:
    whole = '{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.5}\n{"step": 3, "loss": 1.2}\n'
    for torn in ('{"step": 4, "lo', '{"step": 4, "loss": 1.0', "\x00\x00\x00", "{}", "4"):
        (tmp_path / "metrics.jsonl").write_text(whole + torn)
        assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2, 3]
        forget_after(tmp_path, 2)
        assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2]
