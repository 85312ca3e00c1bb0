"""R3b: no damaged checkpoint is ever continued: an older whole one is, else the run is refused (`resume_refused`).

    CAMPAIGN=1 pytest tests/reliability/test_damaged_checkpoints.py

Eight files, four damages, with an older checkpoint and without. The daily run proves the choice on all of them and
really resumes from one; a campaign really resumes all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from backend.core.errors import ResumeRefused
from backend.core.runs.checkpoints import MANIFEST, give_name, is_whole, seal, to_resume
from tests import campaign
from tests.reliability.training_kit import Blow, Runs

FILES = (
    "adapter_model.safetensors", "adapter_config.json", "optimizer.pt", "scheduler.pt", "rng_state.pth",
    "trainer_state.json", "training_args.bin", MANIFEST,
)  # fmt: skip
RUN = {"learning_rate": 1e-4}


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "a flipped bit": flip_a_bit,
}
CASES = list(product(FILES, DAMAGES))


def checkpoint(folder: Path, step: int, best_step: int | None = None) -> Path:
    """One with the eight files, sealed."""
    made = folder / ".saving" / f"checkpoint-{step}"
    made.mkdir(parents=True)
    for name in FILES[:-1]:
        (made / name).write_bytes(f"{name} of step {step} ".encode() * 40)
    seal(made, RUN, best_step)
    return give_name(made, folder)


@pytest.mark.parametrize(("file", "damage"), CASES)
def test_a_damaged_checkpoint_is_never_chosen(tmp_path: Path, file: str, damage: str) -> None:
    older, newer = checkpoint(tmp_path, 4), checkpoint(tmp_path, 8)
    DAMAGES[damage](newer / file)
    chosen, told = to_resume(tmp_path)
    assert chosen is not None
    assert (chosen.folder, chosen.step, chosen.run) == (older, 4, RUN)
    assert len(told) == 1
    assert "checkpoint-8 is damaged" in told[0]
    shutil.rmtree(older)
    with pytest.raises(ResumeRefused, match="checkpoint-8 is damaged"):
        to_resume(tmp_path)


def test_what_is_no_damage_of_a_file_is_seen_too(tmp_path: Path) -> None:
    """A file more would be loaded in place of the adapter; a renamed folder would be taken for a later step."""
    older, newer = checkpoint(tmp_path, 4), checkpoint(tmp_path, 8)
    (newer / "pytorch_model.bin").write_bytes(b"\x80\x04")
    assert not is_whole(newer)
    (newer / "pytorch_model.bin").unlink()
    assert is_whole(newer)
    newer.rename(tmp_path / "checkpoint-12")
    (tmp_path / "checkpoint-16").mkdir()
    (tmp_path / "checkpoint-20").write_text("a file")
    (tmp_path / ".saving" / "checkpoint-24").mkdir(parents=True)
    chosen, told = to_resume(tmp_path)
    assert chosen is not None
    assert chosen.folder == older
    assert [sentence.split()[0] for sentence in told] == ["checkpoint-20", "checkpoint-16", "checkpoint-12"]


def test_a_checkpoint_leads_back_to_a_whole_best_one(tmp_path: Path) -> None:
    """With early stopping the end of the run loads the best: it counts as a part of the newest."""
    oldest, best = checkpoint(tmp_path, 4, best_step=4), checkpoint(tmp_path, 8, best_step=8)
    newest = checkpoint(tmp_path, 12, best_step=8)
    assert is_whole(newest)
    flip_a_bit(best / "adapter_model.safetensors")
    chosen, told = to_resume(tmp_path)
    assert chosen is not None
    assert chosen.folder == oldest
    assert told[0].startswith("checkpoint-12 is damaged: checkpoint-8, the best so far: adapter_model.safetensors")


def test_nothing_saved_is_no_damage(tmp_path: Path) -> None:
    assert to_resume(tmp_path) == (None, [])


DAILY = [("optimizer.pt", "missing")]


def test_a_real_run_resumes_from_the_older_or_not_at_all(training_runs: Runs) -> None:
    """The stock Trainer goes on without its optimiser, schedule or random state, and makes another adapter."""
    given = {"lora_dropout": 0.1, "num_train_epochs": 2}
    assert training_runs.start("whole", given).code == 0
    assert training_runs.start("struck", given, Blow(batch=8)).code < 0
    kept, partial = training_runs.folder / "kept", training_runs.partial("struck")
    partial.rename(kept)
    same = refused = 0
    cases = CASES if campaign.IS_FULL else DAILY
    for (file, damage), alone in product(cases, (False, True)):
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(training_runs.finished("struck"), ignore_errors=True)
        shutil.copytree(kept, partial)
        DAMAGES[damage](partial / "checkpoints" / "checkpoint-6" / file)
        if alone:
            shutil.rmtree(partial / "checkpoints" / "checkpoint-3")
        ended = training_runs.resume("struck", given)
        if alone:
            assert ended.code == 2, ended.log
            assert "No checkpoint" in ended.log
            assert not training_runs.finished("struck").exists()
            refused += 1
        else:
            assert ended.code == 0, ended.log
            assert "The older checkpoint-3 is taken" in ended.log
            assert training_runs.hash("struck") == training_runs.hash("whole")
            same += 1
    assert (same, refused) == (len(cases), len(cases))
    campaign.tell("R3b", chosen_rightly=2 * len(CASES), same_adapter=same, refused=refused, silent=0)
