"""Names and paths that have led astray somewhere, and pairs of them: something is there, or nothing is."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

LONG = "x" * 300

PLAIN = (
    "", ".", "..", "...", "/", "//", "~", "~root", "~/x", "-", "--help", "-rf", "@/etc/passwd", " ", "\t", "x ", "x.",
    " x", "x\n", "x\r\ny", "x\x00", "x\x00.json", "\x00", "x\x1b[31m", "\u202egpj.nosj", "\ufeffx", "x\u200by",
    "\ud800", "x\udfff", "..\\..\\etc\\passwd", "\\\\server\\share\\x", "\\\\?\\C:\\x", "\\windows\\win.ini", "C:",
    "C:x", "C:\\x", "c:/windows/win.ini", "D:\\..\\..\\x", "rows.json:stream", "rows.json::$DATA", "CON", "NUL",
    "COM1.json", "aux", "LPT1", "con.json", "CONIN$", LONG, LONG + ".json", "data/" + LONG, "a/" * 2050,
    "data/" + "a/" * 2050,
    "../" * 64 + "etc/passwd", "/" * 4000, "rows.json/x", "rows.json/", "rows.json/..", "data", "data/", "models",
    "models/base", ".env", ".git/config", "state/jobs.db", "config/adapters.json", "../config/adapters.json",
    "../state/jobs.db", "data/../state/jobs.db", "%2e%2e%2fetc%2fpasswd", "%252e%252e%252fetc%252fpasswd",
    "..%2f..%2fetc%2fpasswd", "..%c0%af..%c0%afetc", "%00", "%5c..%5c..", "\uff0e\uff0e/\uff0e\uff0e/etc",
    "\uff0e\uff0e\uff0fetc", "\u2025/etc", "..;/etc", "....//....//etc/passwd", "a/../../../../etc/passwd",
    "/etc/passwd", "/etc/shadow", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/root/etc/passwd", "/dev/zero",
    "/dev/stdin", "//etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x", "http://169.254.169.254/latest/meta-data",
    "https://evil.test\\@127.0.0.1/x", "hf://datasets/x/y", "s3://bucket/x", "zip://x::http://127.0.0.1/y", "a::b",
    "gs://x", "ftp://x/y", "data:text/plain,x", "javascript:alert(1)", "owner/name", "owner/name@main", "owner/../x",
    "a/b/c", "$(touch canary)", "`touch canary`", "x; touch canary", "x|y", "*", "?", "[a-z]*", "{a,b}", "${HOME}",
    "$HOME/x", "%HOME%", "{{7*7}}", "sha256:../../x", "tiny", "tiny/..", "own/../other", "own:0.5", "own:nan",
    "x:1e999",
)  # fmt: skip


class Pair(NamedTuple):
    """Two texts of one form: at the end of the first is something, at the end of the second nothing."""

    there: str
    absent: str


def plant(folder: Path, outside: Path) -> list[Pair]:
    """Put something to find beside a service's folders, and links to it into them.

    Args:
        folder: of the service.
        outside: a folder beside it.

    Returns:
        The ways to it.
    """
    outside.mkdir()
    (outside / "there.json").write_text('[{"input": "a", "output": "stolen-goods"}]')
    (outside / "there").mkdir()
    (outside / "there" / "config.json").write_text('{"hidden_size": 64, "model_type": "stolen-goods"}')
    for root in (folder / "data", folder / "models", folder / "predictions", folder / "data" / "documents"):
        root.mkdir(parents=True, exist_ok=True)
        for name in ("there", "there.json", "there.txt", "where", "where.json", "where.txt"):
            (root / f"to-{name}").symlink_to(outside / name)
        (root / "out").symlink_to(outside)
        (root / "loop").symlink_to("loop")
        (root / "to-cycle.json").symlink_to("to-cycle.json")
        (root / "round").symlink_to("turn")
        (root / "turn").symlink_to("round")
    (outside / "there.txt").write_text("stolen-goods")
    return [Pair(text, text.replace("there", "where")) for text in _ways(folder, outside)] + [
        Pair("/etc/passwd", "/etc/absent"), Pair("/etc/ssl", "/etc/sst"), Pair("~root/x", "~taro/x"),
        Pair("~root", "~taro"), Pair("backend/core", "backend/kore"), Pair("backend/main.py", "backend/none.py"),
        Pair("frontend/src", "frontend/srk"), Pair("README.md", "ABSENT.md"), Pair("config/rubrics", "config/absents"),
        Pair("../../../../../../../etc/passwd", "../../../../../../../etc/absent"),
        Pair("/proc/self/environ", "/proc/self/environs"), Pair("to-there.json", "to-cycle.json"),
    ]  # fmt: skip


def _ways(folder: Path, outside: Path) -> list[str]:
    name, ways = outside.name, []
    for end in ("there.json", "there", "there.txt"):
        ways += [
            str(outside / end), f"/{outside}/{end}", f"../{name}/{end}", f"data/../../{name}/{end}", f"out/{end}",
            f"{folder}/data/out/{end}", f"{folder}/models/out/{end}", f"{folder}/data/../../{name}/{end}", f"to-{end}",
            f"{folder}/models/to-{end}", f"{folder}/data/to-{end}", f"{folder}/predictions/to-{end}",
            f"{folder}/data/documents/to-{end}", f"file://{outside}/{end}", quote(str(outside / end), safe=""),
            f"{folder}/../{name}/{end}", f"{outside}/./{end}", f"{outside}/{end}\x00.json",
            f"../{name}\\{end}", f"{outside}/{end}:0.5", f"out\\{end}",
        ]  # fmt: skip
    return ways


def mixed(random: random.Random, names: list[str]) -> str:
    """A path put together from pieces of others."""
    pieces = [piece for name in random.choices(names, k=3) for piece in name.split("/")]
    glue = random.choice(("/", "/", "/", "\\", "//", "/./", "/../", "%2f", "\x00", "."))
    text = glue.join(random.choices(pieces, k=random.randint(1, 6)))
    return random.choice((text, text, f"/{text}", f"../{text}", f"data/{text}", text[: random.randint(0, 20)]))
