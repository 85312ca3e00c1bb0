"""How processes wait for each other and end together; threads play them, with a store between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch.distributed as dist

from backend.core.errors import BadDataset, DiskFull, OneProcessFailed, Stopped
from backend.engine.processes import world as worlds
from backend.engine.processes.place import Place
from backend.engine.processes.world import ALONE, World

Body = Callable[[World], Any]


class Met(World):
    """A world that has met in a store at hand: nothing of the process is changed."""

    def __init__(self, rank: int, size: int, store: dist.Store) -> None:
        super().__init__(Place(rank, size, rank, size))
        self._store = store

    def __enter__(self) -> World:
        return self


@pytest.fixture(autouse=True)
def _no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dist, "destroy_process_group", lambda: None)


def played(*bodies: Body) -> list[Any]:
    """What each of several processes returns, or the error it ends with."""
    store = dist.HashStore()

    def play(rank: int) -> Any:
        with Met(rank, len(bodies), store) as world:
            return bodies[rank](world)

    with ThreadPoolExecutor(len(bodies)) as pool:
        ends = [pool.submit(play, rank) for rank in range(len(bodies))]
    return [end.exception() or end.result() for end in ends]


def failing(error: BaseException) -> Body:
    def body(world: World) -> None:
        raise error

    return body


def waiting(world: World) -> None:
    world.meet("what never comes")


def test_all_hear_what_each_gives_and_what_the_main_one_gives() -> None:
    def body(world: World) -> Any:
        return world.all_of("numbers", world.place.rank * 10), world.of_main("a word", f"from {world.place.rank}")

    assert played(body, body, body) == [([0, 10, 20], "from 0")] * 3


def test_the_main_process_goes_first() -> None:
    order: list[int] = []

    def body(world: World) -> None:
        with world.main_first("a file"):
            order.append(world.place.rank)

    played(body, body, body)
    assert order[0] == 0
    assert sorted(order) == [0, 1, 2]


def test_alone_nobody_is_waited_for() -> None:
    with ALONE.main_first("a file"):
        ALONE.meet("the end")
    assert (ALONE.all_of("a word", [1]), ALONE.of_main("a word", 2), ALONE.any(True)) == ([[1]], 2, True)
    assert ALONE.sentences(16) == []
    with pytest.raises(ValueError, match="as it is"), World() as world:
        failing(ValueError("as it is"))(world)


def test_those_who_wait_end_with_the_main_process_in_silence() -> None:
    refused, other = played(failing(BadDataset("no such file")), waiting)
    assert (str(refused), refused.exit_code, refused.reason, refused.is_told) == (
        "no such file",
        2,
        "bad_dataset",
        False,
    )
    assert (str(other), other.exit_code, other.reason, other.is_told) == ("no such file", 2, "bad_dataset", True)


def test_what_all_have_met_the_main_process_tells() -> None:
    stopped = [failing(Stopped("after step 3"))] * 3
    main, *others = played(*stopped)
    assert (main.exit_code, main.is_told) == (4, False)
    assert [(error.exit_code, error.is_told) for error in others] == [(4, True)] * 2


def test_what_the_main_process_has_not_met_another_tells_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "MAIN_SPEAKS_SECONDS", 0.0)
    main, other = played(waiting, failing(BadDataset("not on this machine")))
    assert (str(other), other.is_told) == ("In process 1 of 2 (counted from 0): not on this machine", False)
    assert (str(main), main.is_told, main.exit_code) == (str(other), True, 2)


def test_an_error_of_another_process_is_named() -> None:
    main, other = played(waiting, failing(DiskFull("no room")))
    assert (str(other), other.is_told, other.reason) == (
        "In process 1 of 2 (counted from 0): no room",
        False,
        "disk_full",
    )
    assert (str(main), main.is_told, main.reason) == (str(other), True, "disk_full")


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    main, other = played(failing(KeyError("boom")), waiting)
    assert isinstance(main, KeyError)
    assert isinstance(other, OneProcessFailed)
    main, other = played(waiting, failing(KeyError("boom")))
    assert isinstance(other.__cause__, KeyError)
    assert str(other) == "In process 1 of 2 (counted from 0): KeyError('boom')"
    assert (str(main), main.is_told) == (str(other), True)


def test_a_cancelled_run_is_cancelled_everywhere() -> None:
    main, other = played(failing(KeyboardInterrupt()), waiting)
    assert isinstance(main, KeyboardInterrupt)
    assert (other.exit_code, other.is_told) == (130, True)


def test_a_process_that_is_gone_is_told_of_in_words() -> None:
    lost = RuntimeError("[../third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:1")
    main, other = played(failing(lost), failing(lost))
    assert {main.is_told, other.is_told} == {False, True}
    assert all("ended without a word" in str(error) for error in (main, other))


class Ended(SystemExit):
    """In place of the end of the process."""


class Gone(dist.HashStore):
    """A store whose launcher was killed."""

    def check(self, keys: list[str]) -> bool:
        raise dist.DistNetworkError("Connection reset by peer")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dist.Store], int]:
    """Has a main process watch the others until that ends it, and returns its exit code."""

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(worlds, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr(worlds, "ENDS_BY_ITSELF_SECONDS", 0.0)
    monkeypatch.setattr(worlds.os, "_exit", end)
    monkeypatch.setenv("PIPELINE_JOB_DIR", str(tmp_path))

    def watch(store: dist.Store) -> int:
        with pytest.raises(Ended) as ended:
            Met(0, 2, store)._watch()
        return int(ended.value.code or 0)

    return watch


def test_who_hangs_in_its_work_ends_with_the_one_that_failed(
    watched: Callable[[dist.Store], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = dist.HashStore()
    with pytest.raises(OneProcessFailed), Met(1, 2, store) as other:
        failing(DiskFull("no room"))(other)
    assert watched(store) == 1
    assert json.loads((tmp_path / "failure.json").read_text())["reason"] == "disk_full"
    assert capsys.readouterr().err == ""  # the other has told


def test_a_process_ends_with_its_launcher(
    watched: Callable[[dist.Store], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched(Gone()) == 1
    told = json.loads((tmp_path / "failure.json").read_text())
    assert told == {"reason": "signal", "message": worlds.LAUNCHER_GONE}
    assert capsys.readouterr().err == f"error: {worlds.LAUNCHER_GONE}\n"
