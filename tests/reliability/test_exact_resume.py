"""R3a: a run that is killed anywhere and resumed makes, on CPU, the adapter of the uninterrupted run, byte for byte.

    CAMPAIGN=1 pytest tests/reliability/test_exact_resume.py

The blows fall on a batch, on a file that is touched (in saving, in sealing, in removing, in publishing, in
registering), at any instant, or as a TERM that asks for a checkpoint; a third of the runs are struck twice.
"""

from __future__ import annotations

import json
import random
import signal
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from tests import campaign
from tests.reliability.training_kit import Blow, Marks, Runs

SETTINGS: dict[str, dict[str, Any]] = {
    "dropout, accumulation, grouped by length": {"gradient_accumulation_steps": 2, "lora_dropout": 0.1},
    "early stopping on validation data": {
        "validation_split": 0.25, "early_stopping_patience": 1, "learning_rate": 0.03, "warmup_ratio": 0,
        "num_train_epochs": 6,
    },
    "accumulation with a remainder, in random order, linear": {
        "gradient_accumulation_steps": 3, "group_by_length": False, "lr_scheduler_type": "linear",
    },
    "a checkpoint at every epoch's edge": {"save_steps": 8, "num_train_epochs": 4},
    "single examples, a cut last epoch": {
        "per_device_train_batch_size": 1, "max_steps": 21, "save_steps": 4, "lr_scheduler_type": "constant",
    },
    "noise on the embeddings, recomputed activations": {
        "neftune_noise_alpha": 5, "gradient_checkpointing": True, "lr_scheduler_type": "constant_with_warmup",
    },
    "evaluation within epochs": {"validation_split": 0.25, "eval_steps": 2, "lora_dropout": 0.2},
    "early stopping within epochs": {
        "validation_split": 0.25, "eval_steps": 2, "early_stopping_patience": 3, "learning_rate": 0.03,
        "warmup_ratio": 0, "num_train_epochs": 6,
    },
    "DoRA in float32, another optimiser": {
        "load_in_4bit": False, "use_dora": True, "dtype": "float32", "optim": "adafactor", "num_train_epochs": 2,
    },
}  # fmt: skip


def blows(chance: random.Random, whole: Marks, count: int) -> list[Blow]:
    """So many, of every kind, all over the run."""
    ways = [
        lambda: Blow(batch=chance.randint(1, whole.batches)),
        lambda: Blow(touch=chance.randint(1, whole.touches)),
        lambda: Blow(batch=chance.randint(1, whole.batches), signal=signal.SIGTERM),
        lambda: Blow(seconds=chance.uniform(0.1, whole.seconds)),
    ]
    return [ways[number % len(ways)]() for number in range(count)]


def result_of(runs: Runs, name: str) -> dict[str, Any]:
    """What a run says of itself that no resume may change."""
    result = json.loads((runs.finished(name) / "run.json").read_text())["result"]
    return {key: result[key] for key in ("steps", "epochs", "final_loss", "eval_loss")}


DAILY = {
    # The middle of the second epoch, where the stock sampler takes another order; between the name and the registry.
    "dropout, accumulation, grouped by length": [Blow(batch=13), Blow(touch=-2)],
    # The middle of an epoch, where a look would be one without gain and end the run.
    "early stopping on validation data": [Blow(batch=14, signal=signal.SIGTERM)],
    # After two looks without gain, which count with the third; and when the third has ended the run.
    "early stopping within epochs": [Blow(batch=17), Blow(touch=-30)],
}
"""What the daily run tries; a touch is counted from the end of the run."""


@pytest.mark.parametrize("setting", SETTINGS if campaign.IS_FULL else DAILY)
def test_the_resumed_run_makes_the_same_adapter(training_runs: Runs, setting: str) -> None:
    runs, given, name = training_runs, SETTINGS[setting], "whole"
    reference = runs.start(name, given)
    assert reference.code == 0, reference.log
    whole = runs.marks()
    chance = random.Random(setting)
    plan = blows(chance, whole, 8) if campaign.IS_FULL else DAILY[setting]
    same = 0
    for number, blow in enumerate(plan):
        name = f"struck_{number}"
        if blow.touch and blow.touch < 0:
            blow = Blow(touch=whole.touches + blow.touch)
        ended = runs.start(name, given, blow)
        if campaign.IS_FULL and number % 3 == 0 and ended.code:
            runs.resume(name, given, blows(chance, whole, number % 4 + 1)[-1])
        if ended.code:
            ended = runs.resume(name, given)
        assert ended.code == 0, f"{blow}\n{ended.log}"
        assert runs.hash(name) == runs.hash("whole"), f"{blow} changed the adapter"
        assert result_of(runs, name) == result_of(runs, "whole"), f"{blow} changed the result"
        assert not list(runs.finished(name).rglob("checkpoint*"))
        same += 1
    campaign.tell("R3a", setting=setting, struck=len(plan), identical=same)
