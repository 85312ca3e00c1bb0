"""Documents as pieces to write from: text, Markdown and PDF, cut at paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.core.data.rows import read_text
from backend.core.errors import BadDataset, InvalidInput, MissingDependency
from backend.core.generation.plan import Leaf
from backend.core.paths import shown

SUFFIXES = (".txt", ".md", ".markdown", ".pdf")
PIECE = 2400
"""Characters aimed at: some 600 tokens, enough for a few records and short enough that all of it is used."""

SHORTEST = 80
"""A shorter rest is joined to the piece before it; a document with less text than this holds nothing to write from."""

LARGEST_BYTES = 64 * 2**20

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s*")


@dataclass(frozen=True)
class Piece:
    """A part of a document.

    Args:
        document: the file's name.
        title: the heading it stands under, else its first words.
        text: as it stands in the document.
    """

    document: str
    title: str
    text: str


def read_pieces(paths: Sequence[Path]) -> list[Piece]:
    """The pieces of all documents, in order.

    Raises:
        InvalidInput: an ending that is not known, too large a file, or a PDF that is locked or holds no text.
        BadDataset: a file that is missing, empty or not UTF-8.
        MissingDependency: a PDF without pypdf.
    """
    return [piece for path in paths for piece in _pieces(path)]


def leaves_of(pieces: Sequence[Piece]) -> list[Leaf]:
    """The pieces as leaves of a plan."""
    return [Leaf(f"d{place:03d}", piece.document, piece.title, piece.text) for place, piece in enumerate(pieces)]


def _pieces(path: Path) -> Iterator[Piece]:
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{path.name}: documents are {', '.join(SUFFIXES)} files.", "documents")
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        raise InvalidInput(f"{path.name} is larger than {LARGEST_BYTES // 2**20} MiB: split it.", "documents")
    try:
        text = _pdf_text(path) if path.suffix.lower() == ".pdf" else read_text(path)
    except BadDataset as error:
        raise BadDataset(str(error), "documents") from None
    text = text.replace("\r\n", "\n").replace("\x00", "")
    if len(text.strip()) < SHORTEST:
        raise InvalidInput(f"{shown(path)} holds less than {SHORTEST} characters of text.", "documents")
    heading = ""
    for piece in cut(text):
        found = _HEADING.findall(piece)
        starts = _HEADING.match(piece)
        title = starts[1] if starts else heading or _first_words(piece)
        heading = found[-1] if found else heading
        yield Piece(path.name, title[:120], piece)


def cut(text: str, size: int = PIECE) -> list[str]:
    """The text in pieces of about `size` characters, cut between paragraphs, else between sentences, else anywhere."""
    pieces: list[str] = []
    for part in (part for paragraph in re.split(r"\n\s*\n", text) for part in _parts(paragraph.strip("\n"), size)):
        if not part.strip():
            continue
        if pieces and len(pieces[-1]) + len(part) + 2 <= size:
            pieces[-1] += f"\n\n{part}"
        else:
            pieces.append(part)
    if len(pieces) > 1 and len(pieces[-1]) < SHORTEST:
        pieces[-2:] = [f"{pieces[-2]}\n\n{pieces[-1]}"]
    return pieces


def _parts(paragraph: str, size: int) -> Iterator[str]:
    """A paragraph in parts that are not longer than a piece."""
    if len(paragraph) <= size:
        yield paragraph
        return
    part = ""
    for sentence in _SENTENCE_END.split(paragraph):
        for start in range(0, len(sentence), size):
            bit = sentence[start : start + size]
            if part and len(part) + len(bit) + 1 > size:
                yield part
                part = ""
            part = f"{part} {bit}" if part else bit
    if part:
        yield part


def _first_words(text: str) -> str:
    return " ".join(text.split()[:8])[:80]


def _pdf_text(path: Path) -> str:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise MissingDependency('PDF documents need pypdf: pip install ".[documents]".') from None
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise InvalidInput(f"{shown(path)} is locked by a password: give an open copy.", "documents")
        text = "\n\n".join(page.extract_text() for page in reader.pages)
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {shown(path)}: check the path.", "documents") from None
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"{shown(path)} is no PDF that can be read ({error}).", "documents") from None
    if not text.strip():
        raise InvalidInput(
            f"{shown(path)} holds no text, only pictures of it: run it through text recognition first.", "documents"
        )
    return text.encode("utf-8", "replace").decode()
