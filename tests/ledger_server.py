"""The real service in a process of its own, with the recipe that keeps books; on request it dies at a given place.

python tests/ledger_server.py FOLDER PORT [PLACE before|after COUNT]
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import Field

from backend.api.server import serve
from backend.core.environment.settings import Settings
from backend.core.params import Params
from backend.core.params.base import Name, PathText, hints
from backend.jobs import recovery
from backend.jobs.child import Child
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.lock import ServiceLock
from backend.jobs.store import JobStore
from backend.main import create_app


class LedgerParams(Params):
    """Keep books."""

    title: ClassVar[str] = "Ledger"

    adapter_name: Name | None = None
    """Name of what it makes"""
    output_dir: PathText | None = None
    """Where it goes"""
    stray: bool = False
    """Leave a process behind that left the group"""
    resume: bool = Field(False, json_schema_extra=hints(managed=True))
    """Continue"""


SERVER = Path(__file__).resolve()
RECIPE = SERVER.with_name("ledger_recipe.py")
KINDS = {
    "train": JobKind("train", "Ledger", LedgerParams, RECIPE, "/train", required=("adapter_name",)),
    "side": JobKind("side", "Side", LedgerParams, RECIPE, "/side", needs_gpu=False),
}
PLACES: dict[str, tuple[Any, str]] = {
    "lock": (ServiceLock, "acquire"),
    "open": (JobStore, "open"),
    "recover": (recovery, "_ended"),
    "requeue": (recovery, "requeue_interrupted"),
    "write": (JobStore, "_write"),
    "spawn": (Child, "__init__"),
    "prepare": (JobFolder, "prepare"),
    "bury": (Child, "bury"),
}


def settings_of(folder: Path, port: int) -> Settings:
    """Every folder of the service below this one."""
    return Settings(
        port=port,
        data_dir=folder / "data",
        model_output_dir=folder / "models",
        state_dir=folder / "state",
        adapter_config_path=folder / "config" / "adapters.json",
    )


def die_at(place: str, when: str, count: int) -> None:
    """Have this process killed before or after the so-many-th call of the place."""
    owner, name = PLACES[place]
    original: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    def dying(*args: Any, **named: Any) -> Any:
        is_it = next(calls) == count
        if is_it and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = original(*args, **named)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, dying)


if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    if len(sys.argv) > 3:
        die_at(sys.argv[3], sys.argv[4], int(sys.argv[5]))
    raise SystemExit(serve(create_app(settings_of(folder, port), store=JobStore(), job_kinds=KINDS)))
