"""The parts that the variables are read in: what the machine is set to, then the defaults of each kind of run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.core.environment.settings import SettingGroup, Settings
from backend.core.environment.variables import Variable
from backend.core.params.table import RECIPES

TITLES = {
    "train.py": "Training",
    "run_inference.py": "Inference",
    "eval.py": "Evaluation",
    "merge_multiple_loras.py": "Merging",
    "dataset_generator.py": "Writing data",
    "prepare_dataset.py": "Preparing data",
}


@dataclass(frozen=True)
class Section:
    """One part.

    Args:
        id: for addresses.
        title, help: for people.
        of_runs: whether it holds defaults of runs, not settings of the machine.
    """

    id: str
    title: str
    help: str
    of_runs: bool


def sections() -> list[Section]:
    """All of them, in reading order."""
    groups = [
        group for group in reversed(Settings.__mro__) if issubclass(group, SettingGroup) and vars(group).get("title")
    ]
    machine = [Section(_id(group.title), group.title, group.__doc__ or "", of_runs=False) for group in groups]
    runs = [
        Section(_id(TITLES[name]), TITLES[name], kind.__doc__ or "", of_runs=True) for name, kind in RECIPES.items()
    ]
    return [*machine, *runs]


def section_of(variable: Variable) -> str:
    """The part a variable stands in: a setting's own group, and of a default the first kind of run that takes it."""
    if Settings in variable.owners:
        return _id(variable.group)
    kinds = (name for name, kind in RECIPES.items() if kind in variable.owners)
    return _id(TITLES[next(kinds)])


def _id(title: str) -> str:
    return re.sub(r"[^a-z]+", "-", title.lower())
