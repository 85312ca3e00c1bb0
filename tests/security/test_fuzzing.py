"""S4: seven readers of anybody's bytes end in an answer or an error of ours, whatever they are given."""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign import IS_FULL, number, tell
from tests.security.fuzz_targets import READERS, Reader

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
SECONDS = 70
PIECES = [b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"../", b"\\", b"{", b"[", b'"', b"\n", b"\r",
          b"\x1b[", b"1e999", b"NaN", b"-1", b"9" * 400, b"[" * 2000, b"\xf0\x9f\x99\x82", b"=", b"'", b"${A}", b"%2e",
          b"\x7f", b"null", b"true", b",", b":", b"\xe2\x80\xa8", b"hf_" + b"x1" * 16]  # fmt: skip


def mutated(seed: bytes, dice: random.Random) -> bytes:
    """The seed with a few changes: pieces put in, taken out, doubled, bits flipped."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(0, len(data))
        match dice.randrange(5):
            case 0:
                data[at:at] = dice.choice(PIECES)
            case 1:
                del data[at : at + dice.randint(1, 16)]
            case 2:
                data[at:at] = data[at : at + dice.randint(1, 64)]
            case 3 if data:
                data[at % len(data)] ^= 1 << dice.randrange(8)
            case _:
                data[at:at] = dice.randbytes(dice.randint(1, 8))
    return bytes(data)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: the readers' files are flushed to the disk each time."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_ends_as_it_may(reader: Reader, place: Path) -> None:
    target, dice = reader.make(place), random.Random(1)
    cases = number(500, 20_000)
    for _ in range(cases):
        data = mutated(dice.choice(reader.seeds), dice)
        try:
            target(data)
        except Exception as error:
            raise AssertionError(f"{reader.name} with {data!r}") from error
    tell("S4", reader=reader.name, inputs=cases, crashes=0)


@pytest.mark.skipif(not IS_FULL, reason="a campaign of minutes for each reader; CAMPAIGN=1 runs it")
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_ends_as_it_may_when_it_is_watched(reader: Reader, place: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed, which sees the branches that are reached")
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.fuzzing", reader.name, str(SECONDS), str(place)],
        cwd=ROOT, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    asked = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stderr)
    assert done.returncode == 0, done.stderr[-3000:]
    assert asked
    tell("S4", reader=reader.name, watched_inputs=int(asked[1]), crashes=0)
