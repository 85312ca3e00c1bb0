"""What a run computes on: the same names whoever asks."""

from __future__ import annotations

import pytest

from backend.core.environment.hardware import hardware


def test_a_card_is_named_as_it_is_and_a_processor_as_the_system_does() -> None:
    assert hardware("cuda", "NVIDIA H200").name == "NVIDIA H200"
    assert hardware("cpu").name
    assert hardware("cpu") == hardware("cpu")


def test_threads_and_processes_make_another_machine_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert hardware("cpu").cores == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert hardware("cpu").cores >= 1
    assert hardware("cpu", processes=2) != hardware("cpu")
