"""Adapters compared in a short-lived child process of the recipe: this service never imports torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.params import MergeParams
from backend.core.paths import normalise_path
from backend.core.registry import Adapter
from backend.jobs.confine import adapters_named
from backend.jobs.inquiries import MOST_WAITING, Busy, Failed, Inquiries, TooSlow, stamp_of
from backend.jobs.kinds import MERGE

__all__ = ["MOST_WAITING", "ComparisonBusy", "ComparisonFailed", "ComparisonTooSlow", "Comparisons"]

MOST_SECONDS = 120.0
"""Two adapters of a 7B model take a few; sixteen of them under a busy machine must end some time."""
FILES = ("adapter_config.json", "adapter_model.safetensors", "run.json")
"""What a comparison reads of an adapter."""


class ComparisonTooSlow(TooSlow):
    """It was ended, since nobody waits for ever."""


class ComparisonBusy(Busy):
    """Others wait already."""


class ComparisonFailed(Failed):
    """The child ended without an answer and without a reason of the adapters'."""


class Comparisons(Inquiries):
    """Compares adapters of the registry, one comparison at a time, and remembers the last ones.

    An answer holds as long as the adapters' files are the same: moving a slider back costs nothing.

    Args:
        settings: where models and the registry are.
        program: the recipe.
        seconds: how long a comparison may take.
    """

    noun = "comparison"
    elsewhere = "`python merge_multiple_loras.py --report --adapters ...` has no limit."
    too_slow, busy, failed = ComparisonTooSlow, ComparisonBusy, ComparisonFailed

    def __init__(self, settings: Settings, program: Path = MERGE.program, seconds: float = MOST_SECONDS) -> None:
        super().__init__(settings, program, seconds)

    def compare(self, params: MergeParams, is_unwanted: Callable[[], bool] = lambda: False) -> dict[str, Any]:
        """What `merge_multiple_loras.py --report` finds, as JSON.

        Args:
            params: with `report`; its adapters are names of the registry.
            is_unwanted: whether nobody waits for the answer any more; the child is ended then.

        Raises:
            InvalidInput: an adapter is not in the registry, or the recipe refuses them; the message is the recipe's.
            ComparisonBusy, ComparisonTooSlow, ComparisonFailed: there is no answer now.
        """
        adapters = adapters_named(params.adapters, self._settings)
        key = (params.model_dump_json(), *(_stamp(adapter) for adapter in adapters))
        return self.answer(key, params.model_dump(mode="json"), "comparison", is_unwanted, "adapters")


def _stamp(adapter: Adapter) -> tuple[Any, ...]:
    """Differs once the adapter is another one."""
    folder = normalise_path(adapter.path)
    return (str(folder), *(stamp_of(folder / name) for name in FILES))
