"""R4, R5: whatever call fails, a file of state is old or new, an acknowledged change is new, and flushed in order."""

from __future__ import annotations

import json
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import number, tell
from tests.reliability import file_changes
from tests.reliability.faults import DIED, FAULTS
from tests.reliability.file_changes import CHANGES, TOLD

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["tests.reliability.file_changes"])
EVERY = number(3, 1)
"""Of the points, one in so many; which, moves on from one fault to the next."""


def attempt(name: str, folder: Path, at: int = 0, fault: str = "die", notes: Path | None = None) -> int | None:
    """The exit code of a process that makes the change."""
    process = FORKS.Process(target=file_changes.attempt, args=(name, folder, at, fault, notes))
    process.start()
    process.join()
    return process.exitcode


def calls_of(name: str, folder: Path) -> list[list[str]]:
    """Every call of the change when nothing fails."""
    place = folder / "whole"
    place.mkdir()
    CHANGES[name].before(place)
    assert attempt(name, place, notes=folder / "calls.json") == 0
    calls: list[list[str]] = json.loads((folder / "calls.json").read_text())
    return calls


@pytest.mark.parametrize("name", CHANGES)
def test_a_failing_disk_leaves_the_old_or_the_new(name: str, in_memory: Path) -> None:
    change, calls = CHANGES[name], calls_of(name, in_memory)
    new = change.seen(in_memory / "whole")
    points = [
        (at, fault) for turn, fault in enumerate(FAULTS) for at in range(1 + turn % EVERY, len(calls) + 1, EVERY)
    ]
    refused = 0
    for at, fault in points:
        place = in_memory / f"{at}-{fault}"
        place.mkdir()
        change.before(place)
        old = change.seen(place) if name != "register the first" else []
        code = attempt(name, place, at, fault)
        assert code in (0, TOLD, DIED), (at, fault, calls[at - 1])
        found = change.seen(place)
        assert found == new if code == 0 else found in (old, new), (at, fault, calls[at - 1], found)
        refused += code != 0
        again(name, place, new)
    assert refused > len(points) / 2
    tell("R4", change=name, calls=len(calls), points=len(points), violations=0)


def again(name: str, place: Path, new: Any) -> None:
    """The change can be made after the fault, and nothing is left of the first attempt."""
    if CHANGES[name].seen(place) != new:
        CHANGES[name].do(place)
    assert CHANGES[name].seen(place) == new


@pytest.mark.parametrize("name", CHANGES)
def test_a_name_is_given_to_what_is_on_the_disk(name: str, in_memory: Path) -> None:
    calls = calls_of(name, in_memory)
    renames = [at for at, call in enumerate(calls) if call[0] in ("replace", "rename")]
    assert renames
    for at in renames:
        source, target = calls[at][1:]
        written = [call[1] for call in calls[:at] if call[0] == "write" and call[1] == source]
        flushed = [call[1] for call in calls[:at] if call[0] == "fsync" and call[1].startswith(source)]
        last = max((n for n, call in enumerate(calls[:at]) if call[0] == "write" and call[1] == source), default=-1)
        assert flushed
        assert not written or ["fsync", source] in calls[last:at]
        assert ["fsync", str(Path(target).parent)] in calls[at:]
    if name == "publish":
        inside = {Path(call[1]).name for call in calls[: renames[0]] if call[0] == "fsync"}
        assert inside == {"weights", "config", "inner", ".partial-adapter"}
    tell("R5", change=name, renames=len(renames), in_order=len(renames))
