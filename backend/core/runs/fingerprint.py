"""Whether a model's folder is the one it was: a hash of its files, in a second even for many gigabytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

READ_WHOLE = 32 << 20
PIECES, PIECE = 32, 64 << 10
"""Of a larger file this many pieces are read, evenly spaced: its header, and weights from end to end. Two models of
one architecture have the same sizes and headers, and differ in the first piece of weights."""
DECIDING = frozenset({".json", ".jinja", ".txt", ".model", ".safetensors"})


def fingerprint(folder: Path) -> str:
    """The SHA-256 over names, sizes and content of the files that decide what the model computes."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in DECIDING and path.is_file():
            size = path.stat().st_size
            digest.update(f"{path.name}\0{size}\0".encode())
            _update(digest, path, size)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, path: Path, size: int) -> None:
    with path.open("rb") as stream:
        if size <= READ_WHOLE:
            digest.update(stream.read())
            return
        for number in range(PIECES):
            stream.seek((size - PIECE) * number // (PIECES - 1))
            digest.update(stream.read(PIECE))
