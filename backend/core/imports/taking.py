"""The files of an adapter that are read here, taken out of a folder or a zip file; all others stay where they are.

A trainer leaves pickles beside its adapter (`training_args.bin`, optimiser states): they are not looked at. Of a zip
file nothing but these names is written, so no path in it can lead anywhere, and never more bytes than are allowed.
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from zlib import error as ZlibError

from backend.core.errors import BadModel, UnsafeFormat
from backend.core.imports.foreign import CONFIG, WEIGHTS
from backend.core.storage.files import explained_errors

BESIDE = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "vocab.json",
    "merges.txt", "tokenizer.model", "added_tokens.json",
)  # fmt: skip
"""What is taken beside the adapter, where it is there."""
PICKLED = "adapter_model.bin"
MOST_ENTRIES = 10_000
WEIGHT_BYTES = 8 * 2**30
"""Of the weights; rank 256 on every layer of a 70B model takes 6.5 GB."""
OTHER_BYTES = 64 * 2**20
READ_AT_ONCE = 1 << 20


def copy_adapter(source: Path, into: Path) -> None:
    """The adapter in a folder, or in the one folder below it that holds one.

    Raises:
        BadModel: there is none, or it is pickled.
    """
    configs = [path.relative_to(source).as_posix() for path in source.rglob(CONFIG)]
    home = source / _home(configs)
    _require_weights({path.name for path in home.iterdir()})
    with explained_errors(into):
        for name in (CONFIG, WEIGHTS, *BESIDE):
            if (home / name).is_file():
                shutil.copyfile(home / name, into / name)


def unzip_adapter(archive: Path, into: Path) -> None:
    """The adapter in a zip file.

    Raises:
        BadModel: it holds none, or it is pickled.
        UnsafeFormat: it is no zip file, or one that no honest program makes.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = {entry.filename: entry for entry in opened.infolist() if not entry.is_dir()}
            if len(opened.infolist()) > MOST_ENTRIES:
                raise UnsafeFormat(f"The zip file holds more than {MOST_ENTRIES} files: that is no adapter.")
            for entry in opened.infolist():
                _require_honest(entry)
            home = _home(name for name in entries if PurePosixPath(name).name == CONFIG)
            found = {PurePosixPath(name).name: entry for name, entry in entries.items() if _lies_in(name, home)}
            _require_weights(set(found))
            for name in (CONFIG, WEIGHTS, *BESIDE):
                if name in found:
                    _write(opened, found[name], into / name, WEIGHT_BYTES if name == WEIGHTS else OTHER_BYTES)
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise UnsafeFormat(f"The file is no zip file that can be read ({error}).") from None


def _home(configs: Iterable[str]) -> str:
    """The folder of the adapter: the one that lies highest, as a trainer's checkpoints lie below it."""
    found = sorted((len(PurePosixPath(path).parts), str(PurePosixPath(path).parent)) for path in configs)
    if not found:
        raise BadModel(f"It holds no {CONFIG}, so it is no PEFT adapter.")
    highest = [home for depth, home in found if depth == found[0][0]]
    if len(highest) > 1:
        raise BadModel(f"It holds several adapters ({', '.join(highest[:5])}): give one of them.")
    return highest[0]


def _lies_in(name: str, home: str) -> bool:
    return str(PurePosixPath(name).parent) == home


def _require_weights(names: set[str]) -> None:
    if WEIGHTS in names:
        return
    if PICKLED in names:
        raise UnsafeFormat(
            f"Its weights are {PICKLED}, a pickle, which can run code when it is opened: save it where it was made as "
            "safetensors, model.save_pretrained(folder, safe_serialization=True)."
        )
    raise BadModel(f"It holds no {WEIGHTS}: take the folder that the trainer saved, whole.")


def _require_honest(entry: zipfile.ZipInfo) -> None:
    parts = entry.filename.split("/")
    if entry.filename.startswith("/") or ".." in parts or "\\" in entry.filename or "\0" in entry.orig_filename:
        raise UnsafeFormat("A name in the zip file leads out of it: not opened.")
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
        raise UnsafeFormat(f"{entry.filename[:120]} in the zip file is no plain file: not opened.")
    if entry.flag_bits & 0x1:
        raise UnsafeFormat("The zip file is encrypted: send it without a password.")


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> None:
    """Write one entry; what it says of its size is not believed."""
    size = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(handle, "wb") as into, archive.open(entry) as content:
        while piece := content.read(READ_AT_ONCE):
            size += len(piece)
            if size > most:
                raise UnsafeFormat(f"{path.name} in the zip file is larger than {most // 2**20} MiB: not opened.")
            with explained_errors(path):
                into.write(piece)
