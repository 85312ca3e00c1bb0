"""What was tokenised before is found again, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
from backend.engine.tokens import cache as cache_module
from backend.engine.tokens.cache import ABANDONED_SECONDS, TokenCache
from backend.engine.tokens.examples import IGNORED, Examples
from backend.engine.tokens.flat import FlatWriter

KEY, OTHER = "a" * 64, "b" * 64


def write(writer: FlatWriter) -> Mapping[str, Any]:
    for length in (3, 0, 5):
        writer.add([([1] * length, False), ([7, 8], True)])
    return {"sentence": "made"}


def never(writer: FlatWriter) -> Mapping[str, Any]:
    raise AssertionError("it was there already")


def features(cache: TokenCache, make: Any = never) -> list[dict[str, Any]]:
    return list(Examples(cache.entry(KEY, make).flat, range(3), max_length=6))


def test_the_second_time_it_is_found(tmp_path: Path) -> None:
    made = features(TokenCache(tmp_path), write)
    assert made[0] == {"input_ids": [1, 1, 1, 7, 8], "labels": [IGNORED] * 3 + [7, 8], "length": 5}
    assert made[2] == {"input_ids": [1] * 5 + [7], "labels": [IGNORED] * 5 + [7], "length": 6}  # cut
    assert features(TokenCache(tmp_path)) == made
    found = TokenCache(tmp_path).entry(KEY, never)
    assert Examples(found.flat, [2, 0], max_length=6).lengths == [6, 5]
    assert found.is_found
    assert found.about == {"sentence": "made"}


@pytest.mark.parametrize("name", ["ids", "spans", "offsets", "header.json"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, name: str, damage: str) -> None:
    made = features(TokenCache(tmp_path), write)
    path = tmp_path / KEY / name
    content = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    else:
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content[:-1] if damage == "cut" else content)
    assert features(TokenCache(tmp_path), write) == made
    assert features(TokenCache(tmp_path)) == made


def test_an_error_while_it_is_made_leaves_nothing(tmp_path: Path) -> None:
    def fails(writer: FlatWriter) -> Mapping[str, Any]:
        write(writer)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        TokenCache(tmp_path).entry(KEY, fails)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from backend.engine.tokens.cache import TokenCache
def write(writer):
    writer.add([([1, 2, 3], True)])
    os.kill(os.getpid(), signal.SIGKILL)
TokenCache(Path(sys.argv[1])).entry("a" * 64, write)
"""


def test_a_kill_leaves_no_half_entry_and_is_swept_up(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (partial,) = tmp_path.iterdir()
    assert not (tmp_path / KEY).exists()
    long_ago = time.time() - ABANDONED_SECONDS - 1
    os.utime(partial, (long_ago, long_ago))
    features(TokenCache(tmp_path), write)
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_of_two_that_make_it_at_once_each_has_it(tmp_path: Path) -> None:
    def meanwhile(writer: FlatWriter) -> Mapping[str, Any]:
        features(TokenCache(tmp_path), write)
        return write(writer)

    late = features(TokenCache(tmp_path), meanwhile)
    assert features(TokenCache(tmp_path)) == late
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_on_a_disk_that_takes_nothing_it_lives_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    made = features(TokenCache(tmp_path / "file" / "cache"), write)
    assert len(made) == 3
    assert "not kept for the next start" in caplog.text


def test_the_longest_unused_is_deleted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = TokenCache(tmp_path)
    for age, key in enumerate((KEY, OTHER)):
        cache.entry(key, write)
        os.utime(tmp_path / key / "header.json", (1000 + age, 1000 + age))
    cache.entry(KEY, never)  # used now
    size = sum(path.stat().st_size for path in (tmp_path / KEY).iterdir())
    monkeypatch.setattr(cache_module, "MOST_BYTES", size * 2 + 10)
    cache.entry("c" * 64, write)
    assert {path.name for path in tmp_path.iterdir()} == {KEY, "c" * 64}


def test_a_note_of_other_things_is_made_anew(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path)
    assert cache.note(KEY, ("total",), lambda: {"total": 3}) == {"total": 3}
    assert cache.note(KEY, ("total",), lambda: {"total": 4}) == {"total": 3}
    assert cache.note(KEY, ("total", "form"), lambda: {"total": 4, "form": "x"}) == {"total": 4, "form": "x"}


def test_the_notes_longest_unused_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = TokenCache(tmp_path)
    for age, key in enumerate((KEY, OTHER)):
        cache.note(key, ("total",), lambda: {"total": 3})
        os.utime(tmp_path / f"{key}.json", (1000 + age, 1000 + age))
    cache.note(KEY, ("total",), lambda: {"total": 4})  # used now
    monkeypatch.setattr(cache_module, "MOST_NOTES", 2)
    cache.note("c" * 64, ("total",), lambda: {"total": 5})
    assert {path.stem for path in tmp_path.iterdir()} == {KEY, "c" * 64}
