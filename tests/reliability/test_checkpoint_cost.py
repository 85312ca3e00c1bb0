"""R3c: a kill costs at most `save_steps` steps, and making checkpoints at most 5 % of the time at the default.

    CAMPAIGN=1 pytest tests/reliability/test_checkpoint_cost.py

The share of the time is told, not asserted: it is a figure of the machine.
"""

from __future__ import annotations

import random
import re

import pytest

from tests import campaign
from tests.reliability.training_kit import Blow, Runs

pytest.importorskip("torch")


def test_a_kill_costs_no_more_steps_than_lie_between_two_checkpoints(training_runs: Runs) -> None:
    chance, most = random.Random(3), 0
    kills = campaign.number(1, 20)
    for number in range(kills):
        name, save_steps = f"struck_{number}", chance.randint(2, 7)
        given = {"save_steps": save_steps}
        assert training_runs.start(name, given, Blow(batch=chance.randint(9, 24))).code < 0
        reached = training_runs.last_step(name)
        ended = training_runs.resume(name, given)
        assert ended.code == 0, ended.log
        told = re.search(r"Continuing after step (\d+)", ended.log)
        assert told
        repeated = reached - int(told[1])
        assert 0 <= repeated <= save_steps
        most = max(most, repeated)
    campaign.tell("R3c", kills=kills, most_steps_repeated=most)


@pytest.mark.campaign
def test_the_share_of_the_time_that_checkpoints_take_is_told(training_runs: Runs) -> None:
    """The worst case: steps of some milliseconds, with the adapter of a two-layer model."""
    given = {"num_train_epochs": 100, "save_steps": 200, "logging_steps": 5}
    ended = training_runs.start("long", given)
    assert ended.code == 0, ended.log
    marks = training_runs.marks()
    assert marks.batches == 800
    campaign.tell(
        "R3c",
        steps=800,
        checkpoints=4,
        saving_seconds=round(marks.saving, 3),
        share=round(marks.saving / marks.seconds, 4),
    )
