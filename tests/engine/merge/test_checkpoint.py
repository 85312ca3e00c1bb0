"""A model's folder is read by hand: damage is named, and no name or link leads out of it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save_file

from backend.core.errors import BadModel
from backend.engine.merge.checkpoint import INDEX, SINGLE, copy_files, inside, open_checkpoint
from backend.engine.merge.shards import StoredRows, read_pieces, read_shard

A, B = torch.arange(6.0).view(2, 3), torch.arange(4).to(torch.bfloat16)


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """A model of one file."""
    return _model(tmp_path / "single", {SINGLE: {"a": A, "b": B}})


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    """A model of two files."""
    return _model(tmp_path / "sharded", {"one.safetensors": {"a": A}, "two.safetensors": {"b": B}}, index=True)


def _model(folder: Path, files: dict[str, dict[str, torch.Tensor]], *, index: bool = False) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    for name, tensors in files.items():
        save_file(tensors, folder / name, metadata={"format": "pt"})
    if index:
        _map(folder, {tensor: name for name, tensors in files.items() for tensor in tensors})
    return folder


def _map(folder: Path, names: Any) -> None:
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": names}))


def raw(header: Any, content: bytes = b"") -> bytes:
    """A safetensors file of this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def test_one_file_and_several_are_read_alike(single: Path, sharded: Path) -> None:
    for folder, shards in ((single, 1), (sharded, 2)):
        found = open_checkpoint(folder)
        assert len(found.shards) == shards
        assert {name: (t.dtype, t.shape) for name, t in found.tensors.items()} == {
            "a": ("F32", (2, 3)),
            "b": ("BF16", (4,)),
        }
        assert b"".join(read_pieces(found.tensors["a"])) == A.numpy().tobytes()
        with StoredRows(found.tensors["a"]) as rows:
            assert torch.equal(rows.rows(1, 2), A[1:2])
        assert found.bytes == sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def test_one_file_counts_before_an_index_as_in_transformers(single: Path) -> None:
    _map(single, {"x": "gone.safetensors"})
    assert open_checkpoint(single).index is None


def test_a_tensor_is_added_behind_all_others(single: Path) -> None:
    from dataclasses import replace

    shard = read_shard(single / SINGLE)
    content = (single / SINGLE).read_bytes()[len(shard.header) :]
    first = next(tensor for tensor in shard.tensors if tensor.name == "a")
    written = shard.header_with(replace(first, name="c")) + content + A.numpy().tobytes()
    loaded = load(written)
    assert torch.equal(loaded["c"], A)
    assert torch.equal(loaded["a"], A)
    assert torch.equal(loaded["b"], B)
    assert struct.unpack("<Q", written[:8])[0] % 8 == 0


GOOD = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
DAMAGE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "header would be 0 bytes"),
    "short": (b"abc", "header would be 0 bytes"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs pointer.*git lfs pull"),
    "endless header": (struct.pack("<Q", 1 << 40) + b"{}", "header would be 1099511627776 bytes long"),
    "huge header": (struct.pack("<Q", 10**8 + 1) + b"{}", "header would be 100000001 bytes"),
    "no text": (raw(b"\xff\xfe{}"), "header cannot be read"),
    "no JSON": (raw(b"{]"), "header cannot be read"),
    "no table": (raw([1]), "no table of tensors"),
    "a name twice": (raw(b'{"a":%b,"a":%b}' % ((json.dumps(GOOD).encode(),) * 2), bytes(4)), "a name comes twice"),
    "a type of its own": (raw({"a": {**GOOD, "dtype": "F33"}}, bytes(4)), "the entry of a is"),
    "no shape": (raw({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, bytes(4)), "the entry of a is"),
    "a list as type": (raw({"a": {**GOOD, "dtype": ["F32"]}}, bytes(4)), "the entry of a is"),
    "one offset": (raw({"a": {**GOOD, "data_offsets": [0]}}, bytes(4)), "the entry of a is"),
    "fractions": (raw({"a": {**GOOD, "shape": [1.0]}}, bytes(4)), r"a is F32 \[1.0\]"),
    "negative": (raw({"a": {**GOOD, "shape": [-1], "data_offsets": [4, 0]}}, bytes(4)), r"a is F32 \[-1\]"),
    "wrong size": (raw({"a": {**GOOD, "shape": [2]}}, bytes(4)), "does not take the bytes 0 to 4"),
    "overlap": (raw({"a": GOOD, "b": GOOD}, bytes(4)), "begins at byte"),
    "hole": (raw({"a": GOOD, "b": {**GOOD, "data_offsets": [8, 12]}}, bytes(12)), "b begins at byte"),
    "cut off": (raw({"a": GOOD}, bytes(3)), "tensors end at byte"),
    "too long": (raw({"a": GOOD}, bytes(5)), "tensors end at byte"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_named(case: str, single: Path) -> None:
    content, said = DAMAGE[case]
    (single / SINGLE).write_bytes(content)
    with pytest.raises(BadModel, match=said) as caught:
        open_checkpoint(single)
    assert SINGLE in str(caught.value)


def _other_map(names: Any) -> Callable[[Path], None]:
    return lambda folder: _map(folder, names)


def _link(folder: Path) -> None:
    outside = folder.parent / "outside.safetensors"
    save_file({"a": A}, outside)
    (folder / "one.safetensors").unlink()
    (folder / "one.safetensors").symlink_to(outside)


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return write


def _pickle(folder: Path) -> None:
    (folder / INDEX).rename(folder / "pytorch_model.bin")


CONTRADICTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing shard": (lambda folder: (folder / "two.safetensors").unlink(), "lacks the file two.safetensors"),
    "absent tensor": (
        _other_map({"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"}),
        "contradicts its shards: c in two.safetensors",
    ),
    "other place": (_other_map({"a": "two.safetensors", "b": "two.safetensors"}), "a in two.safetensors"),
    "not listed": (
        lambda folder: save_file({"b": B, "c": B.clone()}, folder / "two.safetensors"),
        "c, which the index lacks",
    ),
    "twice": (lambda folder: save_file({"a": A, "b": B}, folder / "two.safetensors"), "a is in one.safetensors and t"),
    "no map": (_other_map({}), "holds no weight_map"),
    "a list": (_other_map(["a"]), "holds no weight_map"),
    "absolute": (_other_map({"a": "/etc/passwd", "b": "two.safetensors"}), "'/etc/passwd', which is no plain"),
    "upwards": (_other_map({"a": "../x.safetensors", "b": "two.safetensors"}), "no plain file name"),
    "two dots": (_other_map({"a": "..", "b": "two.safetensors"}), "no plain file name"),
    "backslash": (_other_map({"a": "..\\x", "b": "two.safetensors"}), "no plain file name"),
    "a number": (_other_map({"a": 3, "b": "two.safetensors"}), "the file 3, which is no plain"),
    "a link": (_link, "one.safetensors is a link that leads out"),
    "bad index": (_write(INDEX, b"[1]"), "holds no table"),
    "broken index": (_write(INDEX, b"{"), "cannot be read as JSON"),
    "a pickle": (_pickle, "only a pickle"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_an_index_that_lies_is_refused(case: str, sharded: Path) -> None:
    damage, said = CONTRADICTIONS[case]
    damage(sharded)
    with pytest.raises(BadModel, match=said) as caught:
        open_checkpoint(sharded)
    assert caught.value.exit_code == 2


def test_links_into_the_hubs_cache_are_followed(tmp_path: Path, single: Path) -> None:
    blobs, snapshot = tmp_path / "models--a--b" / "blobs", tmp_path / "models--a--b" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, name in enumerate(("config.json", SINGLE)):
        (single / name).rename(blobs / str(number))
        (snapshot / name).symlink_to(Path("..", "..", "blobs", str(number)))
    assert set(open_checkpoint(snapshot).tensors) == {"a", "b"}
    # The same layout elsewhere is no cache.
    other = snapshot.parent.rename(snapshot.parent.with_name("other")) / "abc"
    with pytest.raises(BadModel, match="leads out"):
        inside(other, SINGLE)


def test_files_are_copied_unless_they_lead_elsewhere(tmp_path: Path, single: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    copy_files(single, out, ["config.json", "absent.json"])
    assert [path.name for path in out.iterdir()] == ["config.json"]
    (single / "tokenizer.json").symlink_to("/etc/hostname")
    with pytest.raises(BadModel, match="leads out"):
        copy_files(single, out, ["tokenizer.json"])
