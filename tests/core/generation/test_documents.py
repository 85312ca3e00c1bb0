"""From documents and from examples: pieces cut at paragraphs, evidence quoted from them, examples not repeated."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from backend.core.generation.documents import PIECE, cut, read_pieces
from tests.core.generation.kit import generate, served
from tests.llm_server.running import fake_server

PARAGRAPH = "Light is an electromagnetic wave. It carries energy and momentum, and it needs no medium to travel in. "


def pdf_of(text: str) -> bytes:
    """A PDF with one page and this line of text on it, as small as one can be."""
    stream = zlib.compress(f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode())
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(stream) + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(content))
        content += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + table
    return content + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)


def test_pieces_lose_nothing_and_are_no_longer_than_they_should_be() -> None:
    text = "\n\n".join(PARAGRAPH * n for n in range(1, 60, 7))
    pieces = cut(text)
    assert max(map(len, pieces)) <= PIECE
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert cut("") == []
    assert "".join(cut("x" * 5000)) == "x" * 5000


def test_markdown_text_and_pdf_are_read_with_their_headings(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    (tmp_path / "a.md").write_text(f"# Optics\n\n{PARAGRAPH * 30}\n\n{PARAGRAPH * 10}")
    (tmp_path / "b.txt").write_text(PARAGRAPH * 3)
    (tmp_path / "c.pdf").write_bytes(pdf_of(PARAGRAPH))
    pieces = read_pieces([tmp_path / name for name in ("a.md", "b.txt", "c.pdf")])
    assert {piece.document for piece in pieces} == {"a.md", "b.txt", "c.pdf"}
    assert {piece.title for piece in pieces if piece.document == "a.md"} == {"Optics"}
    assert "momentum" in next(piece.text for piece in pieces if piece.document == "c.pdf")


def test_questions_from_documents_quote_their_evidence(data: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("# Optics\n\n" + PARAGRAPH * 40)
    made = generate(data, documents=[str(notes)], num_examples=12, format_type="qa", mock="true")
    assert made.code == 0
    assert len(made.records) == 12
    text = " ".join(notes.read_text().split())
    assert all(record["evidence"] in text for record in made.records)
    assert made.report["origin"] == "documents"


def test_examples_are_shown_and_not_repeated(data: Path, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.json"
    with fake_server(served("thirty")) as server:
        first = generate(data, server.url, topic="physics", num_examples=20, output_path=str(seeds), batch_size=1)
    assert first.code == 0
    with fake_server(served("thirty")) as server:
        made = generate(data, server.url, seeds=str(seeds), num_examples=10, batch_size=1)
    assert made.code == 0
    assert made.report["rejected"]["seed_duplicate"] == 20
    known = {record["input"] for record in json.loads(seeds.read_text())}
    assert not known & {record["input"] for record in made.records}
