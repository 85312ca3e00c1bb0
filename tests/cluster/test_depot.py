"""The depot: every call may be repeated, what comes damaged is refused, and no name leads out of it."""

from __future__ import annotations

import io
import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.cluster.depot import Damaged, Depot
from backend.cluster.parcels import fetch, send
from backend.core.errors import PipelineError
from tests.cluster.cluster_kit import FAKE_RAY


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(str(tmp_path / "depot"))


def test_only_its_owner_can_open_it(depot: Depot, tmp_path: Path) -> None:
    assert (tmp_path / "depot").stat().st_mode & 0o777 == 0o700


def test_an_append_that_is_repeated_changes_nothing(depot: Depot) -> None:
    for _ in range(2):
        depot.append("a/out/log.txt", 0, b"one ")
    for piece in (b"tw", b"two"):  # the first time only a part arrived
        depot.append("a/out/log.txt", 4, piece)
    assert depot.read("a/out/log.txt", 0) == b"one two"
    assert {name: stamp[0] for name, stamp in depot.stamps("a").items()} == {"out/log.txt": 7}
    depot.drop("a")
    depot.drop("a")
    assert depot.stamps("a") == {}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/../b", "/etc/passwd", "a//b", "a/.hidden", "a\0b", "a/" * 9]
)
def test_a_name_that_leads_elsewhere_is_none(depot: Depot, name: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: depot.read(name, 0), lambda: depot.write(name, b""), lambda: depot.drop(name),
        lambda: depot.append(name, 0, b""), lambda: depot.stamps(name), lambda: depot.digest(name),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ValueError, match="no name"):
            call()


def test_a_parcel_comes_as_it_was_sent(depot: Depot, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(os.urandom(100_000))
    (folder / "link").symlink_to(folder / "weights")  # as the hub's cache has them
    for _ in range(2):
        send(depot, "a/in/inputs.tar", [(folder, "models/small")])
    fetch(depot, "a/in/inputs.tar", tmp_path / "node")
    for name in ("weights", "link"):
        arrived = tmp_path / "node" / "models" / "small" / name
        assert (arrived.read_bytes(), arrived.is_symlink()) == ((folder / "weights").read_bytes(), False)
    assert list(depot.stamps("a")) == ["in/inputs.tar"]


def test_a_parcel_that_did_not_arrive_whole_is_refused(depot: Depot) -> None:
    depot.append("a/out/x.pieces", 0, b"half")
    with pytest.raises(Damaged):
        depot.seal("a/out/x.pieces", "a/out/x", "0" * 64)
    assert depot.stamps("a") == {}


@pytest.mark.parametrize("member", ["../out", "/etc/evil", "link"])
def test_a_parcel_that_leads_elsewhere_is_not_unpacked(depot: Depot, tmp_path: Path, member: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo(member)
        if member == "link":
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    depot.write("a/out/output.tar", packed.getvalue())
    if member == "/etc/evil":  # taken for a path inside
        fetch(depot, "a/out/output.tar", tmp_path / "home")
        assert [path.name for path in (tmp_path / "home").rglob("*")] == ["etc", "evil"]
    else:
        with pytest.raises(PipelineError, match="not unpacked here"):
            fetch(depot, "a/out/output.tar", tmp_path / "home")


@pytest.fixture
def actor_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`backend.cluster.depot_actor` on the stand-in of Ray."""

    def forget() -> None:
        for name in [name for name in sys.modules if name.split(".")[0] == "ray" or name.endswith("depot_actor")]:
            del sys.modules[name]

    forget()
    monkeypatch.syspath_prepend(str(FAKE_RAY))
    import backend.cluster.depot_actor as module

    yield module
    forget()


def test_the_actor_tells_the_depots_errors_and_its_own(actor_module: Any, depot: Depot) -> None:
    import ray.exceptions

    from backend.cluster.away import ClusterAway

    lost: list[int] = []
    actor = actor_module.ActorDepot(lambda: ray.handle_of(depot), lambda: lost.append(1))
    actor.write("a/x", b"1")
    assert (actor.read("a/x", 0), lost) == (b"1", [])
    with pytest.raises(FileNotFoundError):
        actor.read("a/y", 0)
    actor.append("a/p", 0, b"half")
    with pytest.raises(Damaged):
        actor.seal("a/p", "a/z", "0" * 64)
    assert lost == []
    away = actor_module.ActorDepot(
        lambda: ray.handle_of(depot, ray.exceptions.RayError("gone")), lambda: lost.append(1)
    )
    with pytest.raises(ClusterAway, match="gone"):
        away.stamps("a")
    assert lost == [1]
