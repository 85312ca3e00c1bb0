"""What an optimiser remembers of each parameter it trains."""

from __future__ import annotations

ONE = ("lion", "rmsprop", "adagrad", "lomo")
"""Pieces of the names of those that remember one number; plain gradient descent and Adafactor next to none."""
NEXT_TO_NONE = ("adafactor", "sgd")
THREE = ("ademamix",)


def moments(name: str, device: str) -> float:
    """Bytes per trained parameter beside its gradient.

    Args:
        name: as `optim` has it; what is not known is taken for an Adam, two float32 numbers.
        device: a GPU's paged optimisers have theirs where the host can take them back.
    """
    if "paged" in name and device == "cuda":
        return 0
    return _numbers(name) * (0.5 if "4bit" in name else 1 if "8bit" in name else 4)


def _numbers(name: str) -> int:
    if any(piece in name for piece in NEXT_TO_NONE):
        return 0
    if any(piece in name for piece in ONE):
        return 1
    return 3 if any(piece in name for piece in THREE) else 2
