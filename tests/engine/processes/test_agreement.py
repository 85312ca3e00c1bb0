"""What one process finds, all go by: the layout of the batches and their size."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch")

from backend.core.params.groups import Throughput
from backend.engine import batch_size
from backend.engine.batch_size import with_what_fits
from backend.engine.processes.place import Place
from backend.engine.processes.world import World
from backend.engine.unpadded.layout import choose_layout
from tests.engine.test_batch_size import CPU, params_of, parts, prepared_of
from tests.engine.unpadded.models import ARCHITECTURES, adapted, examples


class WithAnother(World):
    """A world in which the other process has found this."""

    def __init__(self, found: Any) -> None:
        super().__init__(Place(0, 2, 0, 2))
        self.found = found

    def all_of(self, why: str, value: Any) -> list[Any]:
        return [value, self.found]


def test_all_pad_where_one_model_must() -> None:
    model = adapted(ARCHITECTURES["qwen2"])
    layout = choose_layout(model, Throughput(), examples(5), CPU, WithAnother("its gradients would be others"))
    assert layout.pads
    assert "its gradients would be others" in layout.sentence
    assert "forward" not in vars(model.get_base_model())
    assert not choose_layout(model, Throughput(), examples(5), CPU, WithAnother(None)).pads


def test_all_take_the_batch_that_fits_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size, "peak_of", lambda work: work() or 1)
    model, data = adapted(ARCHITECTURES["qwen2"]).train(), prepared_of(examples(8))
    params = params_of(per_device_train_batch_size=8, gradient_accumulation_steps=1)
    for there, taken in ((2, (2, 4)), (16, (8, 1))):
        found = with_what_fits(model, params, data, CPU, None, pads=True, world=WithAnother([there, "there"]))
        assert parts(found) == taken
