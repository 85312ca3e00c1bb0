"""Every way in which files of state change: what is there before, the change, and what may be there after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from fastapi import Request

from backend.api.uploads import receive
from backend.core.data.appending import append_exchange
from backend.core.data.folder import DataFolder
from backend.core.environment.env_file import EnvFile
from backend.core.environment.variable_changes import change_variables
from backend.core.environment.variables import variables
from backend.core.errors import PipelineError
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.runs.checkpoints import give_name, seal, to_resume
from backend.core.storage.files import partial_of, publish, write_json
from tests.reliability.faults import FaultPlan

TOLD, UNTOLD = 3, 4
variables()  # made once, before the processes are forked
TALK = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]


@dataclass(frozen=True)
class Change:
    """A change of state.

    Args:
        before: makes the old state in a folder.
        do: the change.
        seen: what a reader finds; it raises when that is neither.
    """

    before: Callable[[Path], None]
    do: Callable[[Path], None]
    seen: Callable[[Path], Any]


def _registry(folder: Path) -> AdapterRegistry:
    return AdapterRegistry(folder / "adapters.json")


def _two_adapters(folder: Path) -> None:
    for name in ("a", "b"):
        _registry(folder).add(Adapter(name=name, path=f"models/{name}"))


def _names(folder: Path) -> list[str]:
    return [adapter.name for adapter in _registry(folder).read().adapters]


def _env(folder: Path) -> None:
    (folder / ".env").write_text("# mine\nPORT=9000\n")


def _folder(folder: Path) -> None:
    partial = partial_of(folder / "adapter")
    (partial / "inner").mkdir(parents=True)
    for name in ("weights", "inner/config"):
        (partial / name).write_text("x" * 1000)


class _Body:
    """A request with a dataset in it."""

    headers: ClassVar[Mapping[str, str]] = {}

    async def stream(self) -> AsyncIterator[bytes]:
        """Its body, in two pieces."""
        for piece in (b'{"input": "q", ', b'"output": "a"}\n'):
            yield piece


def _take_in(folder: Path) -> None:
    partial = asyncio.run(receive(cast(Request, _Body()), folder, ".jsonl"))
    DataFolder(folder).publish(partial, "qa.jsonl")


def _checkpoint(folder: Path) -> None:
    (folder / "checkpoints").mkdir()
    for step in (1, 2):
        sealed = folder / "saving" / f"checkpoint-{step}"
        sealed.mkdir(parents=True)
        for name in ("adapter_model.safetensors", "optimizer.pt"):
            (sealed / name).write_text(f"{name} {step}")
    _sealed(folder, 1)


def _sealed(folder: Path, step: int) -> None:
    seal(folder / "saving" / f"checkpoint-{step}", {"seed": 1})
    give_name(folder / "saving" / f"checkpoint-{step}", folder / "checkpoints")


def _newest(folder: Path) -> int:
    checkpoint, _ = to_resume(folder / "checkpoints")
    return checkpoint.step if checkpoint else 0


def _published(folder: Path) -> list[str] | None:
    target = folder / "adapter"
    return sorted(path.name for path in target.rglob("*")) if target.exists() else None


CHANGES: dict[str, Change] = {
    "register": Change(_two_adapters, lambda f: _registry(f).add(Adapter(name="c", path="models/c")), _names),
    "register the first": Change(lambda f: None, lambda f: _registry(f).add(Adapter(name="c", path="m")), _names),
    "register again": Change(_two_adapters, lambda f: _registry(f).add(Adapter(name="a", path="models/new")),
                             lambda f: [adapter.path for adapter in _registry(f).read().adapters]),
    "unregister": Change(_two_adapters, lambda f: _registry(f).remove("a"), _names),
    "set": Change(_env, lambda f: change_variables(EnvFile(f / ".env"), {"PORT": 1, "EVAL_MODEL": "a b"}),
                  lambda f: EnvFile(f / ".env").values()),
    "set the first": Change(lambda f: None, lambda f: change_variables(EnvFile(f / ".env"), {"PORT": 1}),
                            lambda f: EnvFile(f / ".env").values()),
    "add a record": Change(lambda f: write_json(f / "qa.json", [{"input": "q", "output": "a"}]),
                           lambda f: append_exchange(f / "qa.json", TALK) and None,
                           lambda f: json.loads((f / "qa.json").read_text())),
    "add a line": Change(lambda f: (f / "qa.jsonl").write_text('{"input": "q", "output": "a"}\n') and None,
                         lambda f: append_exchange(f / "qa.jsonl", TALK) and None,
                         lambda f: (f / "qa.jsonl").read_text()),
    "add the first record": Change(lambda f: None, lambda f: append_exchange(f / "qa.json", TALK) and None,
                                   lambda f: (f / "qa.json").exists() and json.loads((f / "qa.json").read_text())),
    "take in an upload": Change(lambda f: None, _take_in,
                                lambda f: (f / "qa.jsonl").exists() and (f / "qa.jsonl").read_text()),
    "save a checkpoint": Change(_checkpoint, lambda f: _sealed(f, 2), _newest),
    "publish": Change(_folder, lambda f: publish(partial_of(f / "adapter"), f / "adapter"), _published),
}  # fmt: skip


def attempt(name: str, folder: Path, at: int, fault: str, notes: Path | None) -> None:
    """Make the change in this process with a fault; the exit code says how it was acknowledged."""
    plan = FaultPlan(folder, at, fault)
    plan.install()
    try:
        CHANGES[name].do(folder)
    except PipelineError:
        raise SystemExit(TOLD) from None
    except OSError:
        raise SystemExit(UNTOLD) from None
    if notes:
        plan.save(notes)
