"""The folder of a model or an adapter, judged as a whole before anything in it is opened.

Only safetensors are weights here. A pickle runs code when it is opened, and has been found under hidden and harmless
names; a link may lead to any file of the machine.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.core.errors import CorruptWeights, UnsafeConfig, UnsafeFormat
from backend.core.models.config import LONGEST_TEMPLATE, MOST_BYTES, require_safe_config
from backend.core.models.safetensors_header import read_header, without_doubles
from backend.core.paths import shown

MOST_FILES = 10_000
MOST_NAMED = 5

OPENED_WITH_CODE = frozenset({
    ".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill", ".npy", ".npz", ".h5", ".hdf5", ".keras",
    ".pb", ".onnx", ".msgpack", ".ot", ".mar", ".nemo", ".mdl", ".so", ".dll", ".dylib", ".pyd", ".pyc",
})  # fmt: skip
"""Endings of weights that run code when they are opened, or that some library opens in a safetensors file's place.
GGUF is not among them: nothing here opens it, and people keep it beside the model it was made of."""

PICKLED = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
ZIPPED = b"PK\x03\x04"
NUMPY = b"\x93NUMPY"
"""How pickles, PyTorch's archives and numpy's files begin, whatever their names."""

CONFIGS = frozenset({
    "config.json", "adapter_config.json", "generation_config.json", "tokenizer_config.json", "processor_config.json",
    "preprocessor_config.json", "special_tokens_map.json", "chat_template.json", "quantize_config.json",
})  # fmt: skip
INDEX = ".safetensors.index.json"


def require_safe(folder: Path, field: str | None = None) -> None:
    """Check everything in a folder that a library could open.

    Of a snapshot in the Hugging Face cache, pickles are passed over: other programs keep theirs there, and what is
    loaded from it is loaded as safetensors.

    Args:
        folder: of a model or an adapter.
        field: the parameter that named it, for the error.

    Raises:
        UnsafeFormat: it holds pickles or the like, or links that lead out of it.
        UnsafeConfig: a configuration asks for what is not done here.
        CorruptWeights: a safetensors file is none.
    """
    files = list(_files(folder, field))
    _require_no_pickles(folder, files, field)
    for path in files:
        if path.name.endswith(".safetensors"):
            read_header(path, field)
        elif path.name in CONFIGS:
            require_safe_config(_table(path, field), path.name, field)
        elif path.name.endswith(INDEX):
            _require_plain_shards(path, field)
        elif path.suffix == ".jinja" and path.stat().st_size > 4 * LONGEST_TEMPLATE:
            raise UnsafeConfig(f"{shown(path)} is no chat template: it is too long.", field)


def is_snapshot(folder: Path) -> bool:
    """Whether the folder is a model in the Hugging Face cache, whose files are links into the blobs beside it."""
    return folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--")


def _files(folder: Path, field: str | None) -> Iterator[Path]:
    """Every file, hidden ones too. Raises UnsafeFormat for links that lead out, and for what is no file."""
    home = folder.resolve()
    homes = [home, home.parent.parent / "blobs"] if is_snapshot(home) else [home]
    seen = 0
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place) / name
            seen += 1
            if seen > MOST_FILES:
                raise UnsafeFormat(f"{shown(folder)} holds more than {MOST_FILES} files: that is no model.", field)
            if path.is_symlink() and not _leads_into(path, homes):
                raise UnsafeFormat(f"{shown(path)} is a link that leads out of the model's folder: not opened.", field)
            if name in names and not stat.S_ISREG(path.stat().st_mode):
                raise UnsafeFormat(f"{shown(path)} is no plain file: remove it.", field)
        yield from (Path(place) / name for name in names)


def _leads_into(link: Path, homes: list[Path]) -> bool:
    try:
        there = link.resolve(strict=True)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False
    return any(there.is_relative_to(home) for home in homes)


def _require_no_pickles(folder: Path, files: list[Path], field: str | None) -> None:
    if is_snapshot(folder.resolve()):
        return
    found = [str(path.relative_to(folder)) for path in files if _may_run_code(path)]
    if found:
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise UnsafeFormat(
            f"{shown(folder)} holds files that can run code when opened: {', '.join(found[:MOST_NAMED])}{more}. "
            "Only safetensors are loaded: save the weights as safetensors, and remove these.",
            field,
        )


def _may_run_code(path: Path) -> bool:
    if path.suffix.lower() in OPENED_WITH_CODE:
        return True
    if path.suffix == ".safetensors":
        return False  # its header is read below
    with path.open("rb") as file:
        begin = file.read(8)
    return begin.startswith((*PICKLED, ZIPPED, NUMPY))


def _table(path: Path, field: str | None) -> dict[str, Any]:
    """The content of a JSON file that holds a table."""
    if path.stat().st_size > MOST_BYTES:
        raise UnsafeConfig(f"{shown(path)} is larger than {MOST_BYTES // 2**20} MiB: that is no configuration.", field)
    try:
        content = json.loads(path.read_bytes(), object_pairs_hook=without_doubles)
    except (ValueError, RecursionError) as error:
        why = str(error).splitlines()[0]
        raise UnsafeConfig(f"{shown(path)} cannot be read as JSON ({why}): copy the model again.", field) from None
    if not isinstance(content, dict):
        raise UnsafeConfig(f"{shown(path)} holds no table: copy the model again.", field)
    return content


def _require_plain_shards(path: Path, field: str | None) -> None:
    """The files an index names are safetensors of the same folder."""
    mapped = _table(path, field).get("weight_map")
    if not isinstance(mapped, dict) or not mapped:
        raise CorruptWeights(f"{shown(path)} holds no weight_map: download the model again.", field)
    for name in mapped.values():
        plain = isinstance(name, str) and name.endswith(".safetensors") and not any(sign in name for sign in "/\\\0")
        if not plain:
            raise UnsafeConfig(
                f"{shown(path)} names the file {str(name)[:200]!r}, which is no safetensors file of its folder.", field
            )
