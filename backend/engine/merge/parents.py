"""The adapters to be merged, opened, weighted and checked against each other before anything is computed."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel, InvalidInput
from backend.core.params import MergeParams
from backend.core.registry import AdapterRegistry
from backend.engine.adapter_file import AdapterFile, Update

logger = logging.getLogger(__name__)

FIELD = "adapters"
MOST_NAMED = 5


@dataclass(frozen=True)
class Parent:
    """An adapter and its weight.

    Args:
        name: as the person called it.
        file: the opened adapter.
        weight: as used; `given` is as typed.
    """

    name: str
    file: AdapterFile
    weight: float
    given: float

    @cached_property
    def run(self) -> dict[str, Any]:
        """Its training record; empty when it has none."""
        try:
            found = json.loads((self.file.folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def base(self) -> str:
        """The base it was trained on: as its run says, else its config."""
        return str(self.run.get("params", {}).get("base_model_name") or self.file.base)

    @cached_property
    def content_hash(self) -> str:
        """Of its tensors."""
        return self.file.content_hash()


def open_parents(params: MergeParams, settings: Settings) -> list[Parent]:
    """The adapters of a merge.

    Raises:
        InvalidInput: a weight that is no number, or none that counts.
        BadModel: an adapter that cannot be merged, or that does not fit the others; it names file, module and value.
    """
    parents = [_open(text, settings) for text in params.adapters]
    parents = _weighted(parents, params.normalize)
    for parent in parents:
        _require_plain(parent)
    if not params.allow_duplicates:
        _require_distinct(parents)
    if not params.assume_same_base:
        _require_same_base(parents)
    _require_same_targets(parents, partial=params.allow_partial)
    _require_same_shapes(parents)
    return parents


def modules_of(parents: Sequence[Parent]) -> list[str]:
    """Every module any of them adapts, in the first one's order."""
    return list(dict.fromkeys(module for parent in parents for module in parent.file.modules))


def updates_of(parents: Sequence[Parent], module: str) -> tuple[list[Update], list[float]]:
    """The updates of a module, and the weights of the parents that have one."""
    having = [parent for parent in parents if module in parent.file.modules]
    return [parent.file.update(module) for parent in having], [parent.weight for parent in having]


def _open(text: str, settings: Settings) -> Parent:
    name, weight = _name_and_weight(text)
    registry = AdapterRegistry(settings.adapter_config_path)
    folder = registry.folder_of(name, settings.model_output_dir)
    if folder is None:
        known = ", ".join(adapter.name for adapter in registry.read().adapters) or "none yet"
        raise BadModel(f"There is no adapter {name!r}: give a folder or a name of the registry ({known}).", FIELD)
    return Parent(name, AdapterFile(folder), weight, weight)


def _name_and_weight(text: str) -> tuple[str, float]:
    """`name:0.5`; a colon that is followed by something else belongs to the name (a Windows path)."""
    name, colon, tail = text.rpartition(":")
    try:
        weight = float(tail) if colon else None
    except ValueError:
        if "/" in tail or "\\" in tail:
            return text, 1.0
        raise InvalidInput(f"{text}: {tail!r} is no weight: write name:0.5, or the name alone for 1.", FIELD) from None
    if weight is None:
        return text, 1.0
    if not isfinite(weight):
        raise InvalidInput(f"{text}: the weight is {weight}, which is no finite number.", FIELD)
    return name, weight


def _weighted(parents: Sequence[Parent], normalize: bool) -> list[Parent]:
    if not any(parent.weight for parent in parents):
        raise InvalidInput("All weights are 0: the result would be the base itself.", FIELD)
    if not normalize:
        return list(parents)
    total = sum(parent.weight for parent in parents)
    if abs(total) < 1e-9:
        weights = ", ".join(f"{parent.weight:g}" for parent in parents)
        raise InvalidInput(f"The weights {weights} add up to 0, so they cannot be normalized.", "normalize")
    return [replace(parent, weight=parent.weight / total) for parent in parents]


def _require_plain(parent: Parent) -> None:
    if parent.file.features:
        raise BadModel(
            f"The adapter {parent.name} has {' and '.join(parent.file.features)}, which is no weighted sum of updates "
            "and cannot be merged with others.",
            FIELD,
        )
    if parent.file.changed_base:
        raise BadModel(
            f"The adapter {parent.name} was begun with {parent.file.changed_base}, which changes the base's weights: "
            "save it with PEFT's path_initial_model_for_weight_conversion first, which makes it a plain adapter.",
            FIELD,
        )


def _require_distinct(parents: Sequence[Parent]) -> None:
    seen: dict[str, str] = {}
    for parent in parents:
        if parent.content_hash in seen:
            raise BadModel(
                f"{seen[parent.content_hash]} and {parent.name} are the same adapter: give it once with the sum of "
                "the weights, or pass --allow_duplicates.",
                FIELD,
            )
        seen[parent.content_hash] = parent.name


def _require_same_base(parents: Sequence[Parent]) -> None:
    bases = {parent.name: _identity(parent) for parent in parents}
    if len(set(bases.values())) > 1:
        listed = "; ".join(f"{name} on {base or 'an unnamed base'}" for name, base in bases.items())
        raise BadModel(
            f"The adapters were trained on different bases ({listed}): pass --assume_same_base if they are the same "
            "model under different names.",
            FIELD,
        )


def _identity(parent: Parent) -> str:
    revision = parent.file.config.get("revision")
    return f"{parent.base}@{revision}" if revision else parent.base


def _require_same_targets(parents: Sequence[Parent], *, partial: bool) -> None:
    first = parents[0]
    for other in parents[1:]:
        mine, theirs = set(first.file.modules), set(other.file.modules)
        if mine == theirs:
            continue
        if not mine & theirs:
            raise BadModel(
                f"{first.name} and {other.name} have no layer in common ({_some(mine)} against {_some(theirs)}).",
                FIELD,
            )
        finding = " and ".join(
            f"only {parent.name} adapts {_some(alone)}"
            for parent, alone in ((first, mine - theirs), (other, theirs - mine))
            if alone
        )
        if not partial:
            raise BadModel(
                f"The adapters adapt different layers: {finding}. Pass --allow_partial to count a missing update as "
                "nothing.",
                FIELD,
            )
        logger.warning("The adapters adapt different layers: %s.", finding)


def _require_same_shapes(parents: Sequence[Parent]) -> None:
    for module in modules_of(parents):
        having = [parent for parent in parents if module in parent.file.modules]
        shapes = {(shape[0], shape[2]) for shape in (parent.file.shapes(module) for parent in having)}
        kinds = {parent.file.is_embedding(module) for parent in having}
        if len(shapes) > 1 or len(kinds) > 1:
            listed = "; ".join(
                f"{parent.name}: {parent.file.shapes(module)[0]} x {parent.file.shapes(module)[2]}"
                for parent in having
            )
            raise BadModel(f"{module} has different shapes in these adapters ({listed}): their bases differ.", FIELD)


def _some(names: set[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
