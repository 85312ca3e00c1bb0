"""S12: whatever is set, `.env` reads the same to three kinds of programs, or it stays as it was to the byte."""

from __future__ import annotations

import random
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from backend.core.environment.env_file import EnvFile, EnvFileUnreadable
from backend.core.environment.variable_changes import BadVariables, change_variables
from backend.core.environment.variables import variables
from backend.core.paths import PROJECT_ROOT
from tests.campaign import number, tell

CASES = number(1_000, 10_000)
AT_ONCE = 200
"""Files that one shell reads: starting one for each would take most of the time."""

HOSTILE_NAMES = (
    "X\nADMIN",
    "A=B",
    "A B",
    "#A",
    "port",
    "",
    "PATH",
    "LD_PRELOAD",
    "PORT\0",
    "export PORT",
    "ПОРТ",
    "A'B",
)
PIECES = (
    "a", "Z", "7", " ", "  ", "'", '"', "$", "${HF_TOKEN}", "$(id)", "`id`", "\\", "\\\\", "\\n", "\\'", "#", " # x",
    "=", ";", "|", "&", "*", "?", "~", "!", "[", "]", "{", "}", "%", "/",
    "é", "中", "🙂", "\u00a0", "\u200b", "\u202e",
    "\u2028", "\x85", "\n", "\r", "\r\nADMIN=1", "\t", "\0", "\x1b[2J", "\x7f", "\ud800", "\ufeff", "-n", "export ",
)  # fmt: skip
"""Half of them are fine alone and wrong together; the others are never fine."""
HARMLESS = PIECES[:37]
OWN_LINES = ("", "# My own notes: don't touch\n", "\n\n", "MY_OWN='two words # and no comment'\n", 'OTHER="it\'s"\n')
OLD_LINES = ("", "{}=old\n", "{}='old one'  # and why\n", "export {}=old\n", "{}=first\n{}='the last counts'\n", "{}=")


def hostile(choice: random.Random) -> str:
    """A text made of pieces; one in a hundred is too long."""
    if choice.random() < 0.01:
        return "x" * choice.choice((4097, 100_000, 1_000_000))
    pieces = HARMLESS if choice.random() < 0.7 else PIECES
    return "".join(choice.choices(pieces, k=choice.randrange(1, 7)))


def change(choice: random.Random) -> tuple[str, Any]:
    """A name and a value for it: hostile ones, and such as fit."""
    takes_text = [known for known in variables().values() if "string" in str(known.schema) and known.is_editable]
    known = choice.choice(takes_text if choice.random() < 0.6 else list(variables().values()))
    name = choice.choice(HOSTILE_NAMES) if choice.random() < 0.05 else known.name
    return name, choice.choice((hostile(choice), hostile(choice), hostile(choice), known.default, None, True, 7, 0.5))


def before(choice: random.Random, name: str, example: str) -> str:
    """A file as a person may have left it, with the variable in one way or another."""
    own = [choice.choice(OWN_LINES) for _ in range(3)]
    old = choice.choice(OLD_LINES).replace("{}", name) if re.fullmatch("[A-Z_0-9]+", name) else ""
    return choice.choice((example, *[""] * 7)) + own[0] + own[1] + (old if old.endswith("\n") else own[2] + old)


def line_by_line(text: str) -> dict[str, str]:
    """How systemd or Docker Compose see it: a line is a variable, quotes around a value are taken off."""
    found = {}
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            name, _, value = line.removeprefix("export ").partition("=")
            found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return found


def by_shell(files: list[Path]) -> list[dict[str, str]]:
    """What `. file` sets, for each of them."""
    script = 'for file; do (set -a; . "$file"; exec /usr/bin/env -0); printf "\\1"; done'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, files)], env={}, capture_output=True, check=True, timeout=120
    )
    assert done.stderr == b""
    told = done.stdout.decode().split("\1")[:-1]
    return [dict(pair.split("=", 1) for pair in one.split("\0")[:-1]) for one in told]


def test_env_files_stay_readable_and_only_the_asked_variable_changes(in_memory: Path) -> None:
    choice = random.Random(12)
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    written: list[tuple[Path, dict[str, str]]] = []
    counts = {"cases": CASES, "written": 0, "refused": 0}
    for case in range(CASES):
        name, value = change(choice)
        path = in_memory / str(case) / ".env"
        path.parent.mkdir()
        path.write_bytes(before(choice, name, example).encode("utf-8"))
        path.chmod(0o600)
        if is_written(path, name, value):
            counts["written"] += 1
            written.append((path, dict(dotenv_values(path, interpolate=False))))  # type: ignore[arg-type]
        else:
            counts["refused"] += 1
        if len(written) == AT_ONCE or case == CASES - 1:
            for (_, expected), found in zip(written, by_shell([path for path, _ in written]), strict=True):
                assert {key: found.get(key) for key in expected} == expected
            written.clear()
    assert counts["written"] > CASES / 4
    assert counts["refused"] > CASES / 4
    tell("S12", **counts, misread=0, touched_by_a_refusal=0)


def is_written(path: Path, name: str, value: Any) -> bool:
    """Set the variable; whether that was done. Either way the file is as it must be."""
    old = path.read_bytes()
    known = dotenv_values(path, interpolate=False)
    try:
        change_variables(EnvFile(path), {name: value})
    except BadVariables as error:
        refused = set(error.problems)
    else:
        refused = set()
    if refused:
        assert (refused, path.read_bytes()) == ({name}, old)
        return False
    text = path.read_bytes().decode("utf-8")
    found = dotenv_values(path, interpolate=False)
    assert {**known, name: found.get(name)} == {**found, name: found.get(name)}
    assert line_by_line(text) == found
    assert_typed(name, value, found.get(name))
    assert others(text, name) == others(old.decode("utf-8"), name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return True


def others(text: str, name: str) -> list[str]:
    """Every line that is not the variable's own; a comment from behind its value may have moved above it."""
    return [line for line in text.split("\n") if line and name not in line and line != "# and why"]


def assert_typed(name: str, value: Any, text: str | None) -> None:
    """What stands in the file is the value, as its field reads it."""
    known = variables()[name]
    assert known.is_editable
    if value in (None, ""):
        assert not text
    else:
        assert text
        assert known.problem(text) is None
        assert text == value if isinstance(value, str) else known.value(text) == value


@pytest.mark.parametrize("text", ["PORT=1\nthis is 'no line\n", "PORT=1\n='x\n"])
def test_a_file_that_cannot_be_understood_is_not_written(text: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(text)
    with pytest.raises(EnvFileUnreadable, match="line 2"):
        change_variables(EnvFile(path), {"PORT": 9000})
    assert path.read_text() == text
