"""A sweep: one configuration with several values in some of its fields, as the runs it stands for."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from backend.core.errors import InvalidInput

MOST_RUNS = 64
LONGEST_NAME = 96
SHORT = {
    "per_device_train_batch_size": "batch",
    "gradient_accumulation_steps": "accum",
    "num_train_epochs": "epochs",
    "max_length": "length",
    "base_model_name": "base",
}
"""What a name says of a field whose initials would say nothing."""
_FAMILY = re.compile(r"^(?:lora|bnb|use|load_in)_(?=.)")
_UNFIT = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True)
class SweepRun:
    """One of the runs.

    Args:
        name: the configuration's, with the values of this run.
        values: of the fields that vary.
    """

    name: str
    values: dict[str, JsonValue]


def runs_of(name: str, vary: Mapping[str, Sequence[JsonValue]]) -> list[SweepRun]:
    """Every combination, the first field moving slowest; a value that is given twice counts once.

    Args:
        name: of the configuration.
        vary: the values by field.

    Raises:
        InvalidInput: there are too many.
    """
    several = {field: _distinct(values) for field, values in vary.items()}
    count = math.prod(len(values) for values in several.values())
    if count > MOST_RUNS:
        raise InvalidInput(f"That would be {count} runs; {MOST_RUNS} are the most of a sweep.", "vary")
    telling = [field for field, values in several.items() if len(values) > 1] or list(several)
    names: set[str] = set()
    runs = []
    for combination in itertools.product(*several.values()):
        values = dict(zip(several, combination, strict=True))
        own = _unused(named(name, {field: values[field] for field in telling}), names)
        names.add(own)
        runs.append(SweepRun(own, values))
    return runs


def named(name: str, values: Mapping[str, JsonValue]) -> str:
    """`physics` with a learning rate and a rank: `physics-lr2e-4-r8`."""
    return "-".join([name, *(f"{short(field)}{_spoken(value)}" for field, value in values.items())])[:LONGEST_NAME]


def short(field: str) -> str:
    """`learning_rate` -> `lr`, `lora_r` -> `r`, `lora_dropout` -> `dropout`."""
    words = _FAMILY.sub("", field).split("_")
    return SHORT.get(field) or (words[0] if len(words) == 1 else "".join(word[0] for word in words if word))


def _spoken(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "" if value else "-off"
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:e}".partition("e")
        small = value != 0 and abs(value) < 1e-3
        return f"{float(mantissa):g}e{int(exponent)}" if small else f"{value:g}"
    if isinstance(value, list):
        return "+".join(_spoken(part) for part in value).replace("+", ".")
    return _UNFIT.sub("_", "none" if value is None else str(value)).strip("_")[-24:]


def _distinct(values: Sequence[JsonValue]) -> list[JsonValue]:
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())


def _unused(name: str, taken: set[str]) -> str:
    candidates: Any = (f"{name[: LONGEST_NAME - 4]}-{number}" for number in itertools.count(2))
    return name if name not in taken else next(candidate for candidate in candidates if candidate not in taken)
