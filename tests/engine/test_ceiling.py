"""The share of the ceiling that a run reached."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from backend.engine import ceiling  # noqa: E402
from backend.engine.device import Device  # noqa: E402


def test_a_product_is_measured_and_draws_nothing_from_the_run() -> None:
    before = torch.get_rng_state()
    assert ceiling.products_per_second(Device("cpu", torch.float32, "")) > 1e7  # type: ignore[operator]
    assert torch.equal(before, torch.get_rng_state())
    assert ceiling.products_per_second(Device("mps", torch.float32, "")) is None


def test_the_share_is_what_was_reached_over_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceiling, "products_per_second", lambda _: 1e12)
    cpu = Device("cpu", torch.float32, "")
    assert ceiling.matmul_share(5e12, 10.0, cpu) == 0.5
    assert ceiling.matmul_share(5e12, 0.0, cpu) is None


def test_memory_that_is_refused_leaves_the_share_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")

    monkeypatch.setattr(torch, "randn", refused)
    assert ceiling.matmul_share(5e12, 10.0, Device("cpu", torch.float32, "")) is None
