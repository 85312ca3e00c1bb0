"""`train.py` as a launcher's file starts it: the run's parameters as flags, continued where a run had begun."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from backend.core.errors import InvalidInput
from backend.core.params import TrainParams
from backend.core.params.base import hints
from backend.core.params.groups import Processes
from backend.core.storage.files import partial_of

OUTPUTS = "MODEL_OUTPUT_DIR"
WORK = "/work"
"""Where machines that share a volume see it."""
PLACES = {
    OUTPUTS: f"{WORK}/models",
    "ADAPTER_CONFIG_PATH": f"{WORK}/models/adapters.json",
    "MODEL_CACHE_DIR": f"{WORK}/hub",
}
"""What lies there, so that it outlives them and a base model is fetched once."""
MEETING_PORT = 29500
_NO_LABEL = re.compile(r"[^a-z0-9]+")
_MANAGED = next(iter(hints(managed=True)))


def name_of(params: TrainParams) -> str:
    """What the job is called, by rules that all clusters share: small letters, digits and dashes, 63 at most."""
    return _NO_LABEL.sub("-", _target(params).name.lower())[:63].strip("-")


def flags_of(params: TrainParams) -> list[str]:
    """What was given of the run, whatever the defaults are where it runs.

    How many processes there are is the launcher's to count, and whether to resume is found out there.

    Raises:
        InvalidInput: a list that cannot be written as flags.
    """
    left_out = {*Processes.model_fields, *(name for name in TrainParams.model_fields if _is_managed(name))}
    given = params.model_dump(mode="json", include=set(TrainParams.model_fields) & params.model_fields_set - left_out)
    return [word for name in TrainParams.model_fields if name in given for word in _flag(name, given[name])]


def shell(params: TrainParams, torchrun: str) -> str:
    """The lines that start the run, or continue it if the same file has started it before.

    Args:
        torchrun: with its flags.
    """
    target = _target(params)
    folder = shlex.quote(str(target.parent)) if params.output_dir else f'"${OUTPUTS}"'
    begun = f"{folder}/{shlex.quote(f'{partial_of(target).name}/params.json')}"
    words = " \\\n    ".join(_lines(flags_of(params)))
    return (
        f'resume=""\nif [ -f {begun} ]; then resume="--resume"; fi\n'
        f"{torchrun} train.py \\\n    {words} \\\n    $resume\n"
    )


def _target(params: TrainParams) -> Path:
    return Path(params.output_dir or params.adapter_name or "")


def _is_managed(name: str) -> bool:
    extra = TrainParams.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(_MANAGED))


def _flag(name: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        value = [f"{key}={one}" for key, one in value.items()]
    if isinstance(value, list):
        words = [str(one) for one in value]
        if any(word.startswith("-") for word in words):
            raise InvalidInput(f"{name}: what begins with a dash cannot be given in a list of flags: {words}.", name)
        return [f"--{name}", *words] if words else []
    if value is None:
        return []
    return [f"--{name}={value if isinstance(value, str) else json.dumps(value)}"]


def _lines(flags: list[str]) -> list[str]:
    """A flag a line, with the words that belong to it."""
    lines: list[str] = []
    for word in flags:
        if word.startswith("--"):
            lines.append(shlex.quote(word))
        else:
            lines[-1] += f" {shlex.quote(word)}"
    return lines
