"""The examples that several processes share."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from accelerate.data_loader import BatchSamplerShard, SeedableRandomSampler
from torch.utils.data import BatchSampler

from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator
from backend.engine.processes.shares import Dealt, Evened, dealt
from backend.engine.tokenising import IGNORED

EXAMPLES = [{"input_ids": [5, 6, 7, n], "labels": [IGNORED, IGNORED, 7, n], "length": 4} for n in range(13)]


def test_blank_examples_fill_up_the_last_batches() -> None:
    evened = Evened(EXAMPLES, 4, 2)
    assert len(evened) == 16
    assert list(evened)[:13] == EXAMPLES
    assert list(evened)[13:] == [{"input_ids": [5], "labels": [IGNORED], "length": 1}] * 3
    assert len(Evened(EXAMPLES[:8], 4, 2)) == 8


def test_every_step_has_the_examples_that_one_process_would_have_in_it() -> None:
    """In each epoch, also when the loader leaves out a part and tells only the examples of the epoch."""
    evened = Evened(EXAMPLES, 2, 2)
    for epoch in (0, 1, 5):
        alone = SeedableRandomSampler(EXAMPLES, data_seed=7)
        alone.set_epoch(epoch)
        steps = [set(step) for step in BatchSampler(alone, 4, drop_last=False)]
        evened.set_epoch(epoch)
        order = Dealt(SeedableRandomSampler(EXAMPLES, data_seed=7), evened)
        shares = [BatchSamplerShard(BatchSampler(order, 2, drop_last=False), 2, rank) for rank in (0, 1)]
        together = [{place for place in (*a, *b) if place < 13} for a, b in zip(*shares, strict=True)]
        assert together == steps


def test_long_and_short_examples_are_dealt_out_evenly() -> None:
    lengths = [100, 90, 20, 10, 5, 5]
    assert dealt(range(6), 3, lengths.__getitem__) == [0, 3, 5, 1, 2, 4]
    assert dealt([5, 1, 3, 0], 1, lengths.__getitem__) == [0, 1, 3, 5]


@pytest.mark.parametrize("collate", [DataCollatorForCausalLM(0), EndToEndCollator()], ids=["padded", "end to end"])
def test_nothing_is_learnt_of_a_blank_example(collate: DataCollatorForCausalLM | EndToEndCollator) -> None:
    evened = Evened(EXAMPLES, 4, 2)
    batch = collate([evened[13], evened[14]])
    assert (batch["labels"] == IGNORED).all()
    assert batch["input_ids"].numel() == 2
