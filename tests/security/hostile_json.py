"""Bodies that are no JSON, or that two readers would understand differently, made from a whole one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

MARK = "echoed-if-this-comes-back"
"""Stands in every value, none of which may come back."""
KEY = "unknown-field"
"""A name that nothing knows; an answer may tell it."""
DEEP = 100_000
DIGITS = "7" * 5000
BIG = MARK * (5_000_000 // len(MARK))


class Hostile(NamedTuple):
    """A body.

    Args:
        name: of what is wrong with it.
        content: its bytes.
    """

    name: str
    content: bytes


def hostile_bodies(whole: Mapping[str, Any], field: str) -> Iterator[Hostile]:
    """What is wrong for every operation.

    Args:
        whole: a body that is taken.
        field: one of its fields.
    """
    text = json.dumps(whole)
    rest = text[1:]  # behind the brace
    key = json.dumps(field)
    constants = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", DIGITS, f"-{DIGITS}", f"0.{DIGITS}", f"1e{DIGITS}")
    for constant in constants:
        yield _text(constant[:12], f'{{"{KEY}": {constant}, {rest}')
        yield _text(f"{constant[:12]} in a field", f"{{{rest[:-1]}, {key}: [{constant}]}}")
    for half in ("\\ud800", "\\udfff", "\\ud800\\ud800", "x\\udc00y"):
        yield _text("half a pair in a value", f'{{"x": "{half}{MARK}", {rest}')
        yield _text("half a pair in a key", f'{{"{half}{KEY}": 1, {rest}')
    yield _text("a key twice", f'{{{key}: "{MARK}", {rest}')
    yield _text("a key twice, escaped", f'{{"\\u{ord(field[0]):04x}{field[1:]}": "{MARK}", {rest}')
    yield _text("a key twice, deeper", f'{{"{KEY}": {{"a": 1, "a": 2}}, {rest}')
    yield _text("deep lists", f"{{{key}: {'[' * DEEP}{']' * DEEP}}}")
    yield _text("deep objects", '{"a":' * DEEP + "1" + "}" * DEEP)
    yield _text("deep and open", "[" * DEEP)
    yield _text("deep enough for a reader, not for us", f'{{{key}: {"[" * 40}"{MARK}"{"]" * 40}}}')
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-7", "utf-8-sig"):
        content = text.replace("{", f'{{"{KEY}": "ü", ', 1).encode(encoding)
        yield Hostile(encoding, content)
    for name, broken in BROKEN.items():
        yield Hostile(name, b'{"x": "' + MARK.encode() + broken + b'", ' + rest.encode())
    for trail in (b"x", b"{}", b"\x00", b"\n\x00", b"//", b",", b"]", text.encode(), MARK.encode()):
        yield Hostile(f"then {trail[:9]!r}", text.encode() + trail)
    for body in (
        "",
        " ",
        "null",
        "true",
        "1",
        f'"{MARK}"',
        "[]",
        "[{}]",
        f'["{MARK}"]',
        "{",
        "}",
        '{"',
        "{'a': 1}",
        f"{{{KEY}: 1}}",
        f'{{"{MARK}"}}',
        "{,}",
        '{"a":1,}',
        '{"a":01}',
        '{"a":+1}',
        '{"a":.5}',
        '{"a":1.}',
        '{"a":0x1}',
        f'{{"a":1}} // {MARK}',
        f'/* {MARK} */ {{"a":1}}',
        '{"a":"\t"}',
        '{"a":"\x00"}',
        f"--- {MARK}",
        f"<x>{MARK}</x>",
        f"a={MARK}&b=1",
        "\x00",
        "\ufeff",
        "undefined",
        "True",
        "None",
    ):
        yield _text(body[:20], body)  # fmt: skip
    yield _text("5 MB in a wrong field", json.dumps({**whole, KEY: BIG}))
    yield _text("5 MB in a key", json.dumps({**whole, KEY * 400_000: 1}))
    yield _text("5 MB in a right field", json.dumps({**whole, field: BIG}))
    yield _text("5 MB in a list", json.dumps({**whole, field: [[BIG]]}))
    yield _text("10,000 fields", json.dumps({**whole, **{f"{KEY}{n}": n for n in range(10_000)}}))
    yield _text("10,000 wrong values", json.dumps({**whole, field: [{KEY: n} for n in range(10_000)]}))
    wrong: Any
    for wrong in (None, True, -1, 2**63, 2**200, 1.5, [], {}, [[]], [None], {"": ""}, [MARK], {KEY: MARK}):
        yield _text(f"{wrong!r:.12} in a field", json.dumps({**whole, KEY: wrong, field: wrong}))


BROKEN = {
    "a lone byte": b"\xff", "a continuation": b"\x80", "cut": b"\xe2\x82", "overlong": b"\xc0\xaf",
    "a half": b"\xed\xa0\x80", "too high": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "NUL": b"\x00",
    "latin-1": "ü".encode("latin-1"),
}  # fmt: skip
"""What is no UTF-8, or no character of a JSON text."""


def _text(name: str, text: str) -> Hostile:
    return Hostile(name, text.encode("utf-8", "surrogatepass"))


VALUES: tuple[Callable[[random.Random], Any], ...] = (
    lambda _: None, lambda _: True, lambda _: [], lambda _: {}, lambda _: "", lambda _: MARK, lambda _: MARK + "\x00",
    lambda chosen: chosen.randint(-(2**70), 2**70), lambda chosen: chosen.uniform(-1e308, 1e308),
    lambda chosen: chosen.choice([-1, 0, 1, 2**31, 2**53 + 1]), lambda chosen: [MARK] * chosen.randint(1, 300),
    lambda chosen: {KEY: chosen.random()}, lambda chosen: "".join(map(chr, chosen.choices(range(1, 0xD800), k=9))),
    lambda chosen: MARK * chosen.randint(1, 2000), lambda _: [[[{KEY: [MARK]}]]], lambda _: "\U0010ffff" + MARK,
)  # fmt: skip


def mutated(whole: Mapping[str, Any], fields: list[str], chosen: random.Random) -> Hostile:
    """A whole body with some of its values, or some of its bytes, made others.

    Args:
        fields: that the operation knows.
    """
    body = dict(whole)
    for _ in range(chosen.randint(1, 3)):
        key = chosen.choice([*fields, *whole, KEY])
        body[key] = chosen.choice(VALUES)(chosen)
    body.pop(chosen.choice([*whole, *body]), None)
    body[f"{KEY}-{chosen.randint(0, 9)}"] = 1  # never a whole one: nothing knows this field
    content = bytearray(json.dumps(body, ensure_ascii=chosen.random() < 0.5).encode())
    if chosen.random() < 0.6:
        for _ in range(chosen.randint(1, 6)):
            at = chosen.randrange(len(content))
            match chosen.randint(0, 3):
                case 0:
                    content[at] = chosen.randrange(256)
                case 1:
                    del content[at : at + chosen.randint(1, 8)]
                case 2:
                    content[at:at] = content[: chosen.randint(1, 30)]
                case _:
                    content[at:at] = chosen.choice(SPLICES)
            content = content or bytearray(b"[")
    return Hostile("mutated", bytes(content))


SPLICES = (
    b"{",
    b"[",
    b'"',
    b",",
    b"\\u0000",
    b"\\ud800",
    b"NaN",
    b"1e999",
    b"\xff",
    b"\x00",
    b"null",
    b"\\",
    b"-",
    b"e9",
)
