"""A registry that a person or a disk has spoilt is told with its place and never written over (X8)."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import NotFound
from backend.core.registry import LARGEST_BYTES, Adapter, AdapterRegistry, RegistryUnreadable
from tests.campaign import number, tell
from tests.service_kit import app_in, submit, until_ended

MUTATIONS = number(200, 500)
FRAGMENTS = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"NaN", b"-Infinity", b"1e999", b'"\\ud800"', b"9" * 5000, b"[" * 2000,
    b"{}", b"null", b"]", b"}", b",", b":", b'"', b"\\", b'"name": 7,', b'"adapters": [],', b'"version": 2,',
    b"// note\n",
)  # fmt: skip
WHOLE = (
    b"", b" ", b"{", b"[]", b"null", b"7", b'"x"', b'{"adapters": 3}', b'{"adapters": [{"name": 1}]}',
    b'{"version": 2}',
    b'{"adapters": [{"name": "a", "path": "x\\u0000"}]}', b'{"adapters": [{"name": "a", "path": "~nobody-there/x"}]}',
    b"\xff\xfe{\0}\0", b" " * (LARGEST_BYTES + 1), b"[" * 100_000, b'{"a": 1, "a": 2}',
)  # fmt: skip
"""The file as a whole; the rest of the mutations are made by cutting and stuffing a good one."""


def good() -> bytes:
    adapters = [{"name": f"a{n}", "path": f"models/a{n}", "base_model": "tiny", "lora_r": n} for n in range(4)]
    return json.dumps({"base_model": "tiny", "adapters": adapters}, indent=2).encode()


def mutation(choice: random.Random) -> bytes:
    """The good file cut off, or with something put in place of a part of it."""
    text = good()
    start = choice.randrange(len(text))
    if choice.random() < 0.3:
        return text[:start]
    return text[:start] + choice.choice(FRAGMENTS) + text[start + choice.choice((0, 1, 20)) :]


def test_a_spoilt_registry_is_told_and_left_alone(tmp_path: Path) -> None:
    choice, refused = random.Random(8), 0
    with TestClient(app_in(tmp_path)) as client:
        path = tmp_path / "config" / "adapters.json"
        for content in (*WHOLE, *(mutation(choice) for _ in range(MUTATIONS - len(WHOLE)))):
            path.write_bytes(content)
            answer = client.get("/adapters")
            assert answer.status_code in (200, 503), (content[:300], answer.text)
            if answer.status_code == 503:
                refused += 1
                assert answer.json()["code"] == "registry_unreadable"
                assert any(words in answer.json()["detail"] for words in ("line ", "larger than", "newer version"))
                assert client.delete("/adapters/a1").status_code == 503
                with pytest.raises(RegistryUnreadable, match="was not touched"):
                    AdapterRegistry(path).add(Adapter(name="b", path="models/b"))
                assert path.read_bytes() == content
        path.write_bytes(b"{")
        assert until_ended(client, submit(client, "trained_meanwhile"))["status"] == "succeeded"
    assert refused > MUTATIONS / 2
    tell("X8", mutations=MUTATIONS, refused=refused, answers_of_500=0, written_over=0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{\n  "adapters": [\n    {"name": "a" "path": "p"}\n  ]\n}', "line 3, column 18"),
        ('{\n  "adapters": [\n    {"name": 7, "path": "p"}\n  ]\n}', "line 3, column 14"),
        ('{"adapters": [{"name": "a"}]}', "line 1, column 15: adapters.0.path"),
        ('{"adapters": [],\n "loss": NaN}', "line 2, column 10: it holds NaN"),
        ('{"adapters": [],\n "adapters": []}', "line 2, column 14: it gives the same key twice"),
        ('{"version": 2}', "a newer version of this program wrote it"),
    ],
)
def test_the_place_of_the_damage_is_named(text: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "adapters.json"
    path.write_text(text)
    with pytest.raises(RegistryUnreadable, match=place):
        AdapterRegistry(path).read()


def test_the_text_before_the_last_change_is_kept_and_offered(tmp_path: Path) -> None:
    path = tmp_path / "adapters.json"
    registry = AdapterRegistry(path)
    registry.add(Adapter(name="a", path="models/a"))
    before = path.read_bytes()
    registry.add(Adapter(name="b", path="models/b"))
    assert path.with_name("adapters.json.bak").read_bytes() == before
    path.write_text("{")
    with pytest.raises(RegistryUnreadable, match=r"or put .*adapters\.json\.bak in its place"):
        registry.read()


def test_a_link_stays_a_link_and_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_bytes(b"\xef\xbb\xbf" + good())
    (tmp_path / "adapters.json").symlink_to("elsewhere.json")
    AdapterRegistry(tmp_path / "adapters.json").remove("a0")
    assert (tmp_path / "adapters.json").is_symlink()
    assert len(AdapterRegistry(tmp_path / "elsewhere.json").read().adapters) == 3


def test_what_killed_writers_left_is_swept_up_by_the_next(tmp_path: Path) -> None:
    registry = AdapterRegistry(tmp_path / "adapters.json")
    (tmp_path / ".tmp_adapters.json_x").touch()
    (tmp_path / ".tmp_other.json_x").touch()
    with pytest.raises(NotFound):
        registry.remove("nobody")
    assert sorted(path.name for path in tmp_path.glob(".tmp*")) == [".tmp_other.json_x"]
