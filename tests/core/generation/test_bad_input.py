"""What cannot be used is refused with a sentence and exit code 2, before anything is sent or written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.core.generation.naming import slug
from tests.core.generation.kit import generate, served
from tests.llm_server.running import fake_server

Capture = pytest.CaptureFixture[str]

TOPICS = [
    'quotes " and \' and `', "slashes / and \\ and ..", "../../etc/passwd", "emoji 🚀🔥", "🚀", "力學", "x" * 500,
    "CON", "a\nb", "-rf", "$(touch x)", "100 % {braces} {{more}}",
]  # fmt: skip


@pytest.mark.parametrize("topic", TOPICS, ids=range(len(TOPICS)))
def test_any_topic_gives_a_safe_file_name(data: Path, topic: str) -> None:
    """G12: quotes, slashes, emoji, 500 characters: a dataset in the data folder, with a plain name."""
    made = generate(data, topic=f" {topic}", num_examples=2, mock="true")
    assert made.code == 0
    (path,) = made.datasets
    assert path.parent == data
    assert path.name.isascii()
    assert len(path.name) < 100
    assert set(path.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert sorted(entry.name for entry in data.iterdir()) == sorted([path.name, "runs"])


@pytest.mark.parametrize("topic", TOPICS, ids=range(len(TOPICS)))
def test_a_slug_is_never_empty_and_never_a_path(topic: str) -> None:
    assert slug(topic).strip("-")
    assert "/" not in slug(topic)
    assert "." not in slug(topic)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"num_examples": 0}, "greater than or equal to 1"),
        ({"num_examples": -1}, "greater than or equal to 1"),
        ({"num_examples": "x"}, "given 'x'"),
        ({"num_examples": 100_001}, "less than or equal to 100000"),
        ({"format_type": "poem"}, "'instruction', 'qa', 'chat', 'classification', 'cot' or 'preference'"),
        ({"topic": ""}, "topic is empty"),
        ({"topic": "   "}, "topic is empty"),
        ({"split": 0.99}, "less than or equal to 0.9"),
        ({"split": 0.2, "num_examples": 1}, "one example cannot be divided"),
        ({"labels": ["a", "b"]}, "only examples of the type classification"),
        ({"labels": ["a", "A"], "format_type": "classification"}, "each once"),
        ({"name": "../x"}, "should match pattern"),
        ({"output_path": "x.txt"}, "end it in .json"),
        ({"output_path": "x.json", "name": "x"}, "choose one"),
        ({"openai_api_base": "ftp://x"}, "is no address"),
        ({"openai_api_base": "https://example.org/v1"}, "OPENAI_API_KEY is not set"),
        ({}, "OPENAI_API_KEY is not set"),
        ({"seeds": "missing.json"}, "There is no file"),
        ({"against": ["missing.json"]}, "There is no file"),
        ({"documents": ["missing.txt"]}, "There is no file"),
        ({"documents": ["missing.pdf"]}, "There is no file"),
        ({"documents": ["book.docx"]}, ".txt, .md, .markdown, .pdf"),
        ({"prices_file": "missing.yaml", "mock": "true"}, "prices file"),
        ({"max_cost": 1, "model_gen": "unheard-of", "openai_api_base": "http://127.0.0.1:9/v1"}, "needs a price"),
    ],
)
def test_what_cannot_be_used_is_refused(data: Path, given: dict[str, Any], words: str, capsys: Capture) -> None:
    """G12, and E6 for this tool: exit 2, a sentence, nothing written."""
    made = generate(data, **{"topic": "physics", "num_examples": 3, **given})
    assert made.code == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert not data.exists()


def _text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8") and None  # type: ignore[func-returns-value]


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    ("field", "name", "write", "words"),
    [
        ("seeds", "s.json", _text("[]"), "holds no records"),
        ("seeds", "s.json", _text(""), "is empty"),
        ("seeds", "s.json", _text('[{"input": "a", "output": "b"}, 7]'), "cannot be read"),
        ("seeds", "s.json", _text('[{"input": "a"'), "is not JSON"),
        ("against", "a.json", _text("{}"), "give a list of records"),
        ("against", "a.json", _text('[{"x": 1}]'), "expected input and output"),
        ("documents", "d.txt", _text("short"), "less than 80 characters"),
        ("documents", "d.txt", _text(""), "is empty"),
        ("documents", "d.txt", _bytes(b"\xff\xfe\x00" * 100), "not UTF-8"),
        ("documents", "d.pdf", _bytes(b"%PDF-1.4 but no more"), "is no PDF that can be read"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    data: Path, tmp_path: Path, field: str, name: str, write: Callable[[Path], None], words: str, capsys: Capture
) -> None:
    write(tmp_path / name)
    made = generate(data, topic="physics", num_examples=3, mock="true", **{field: str(tmp_path / name)})
    assert made.code == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told
    assert not data.exists()


@pytest.mark.parametrize("language", ["Chinese", "German", "Klingon"])
def test_test_mode_works_in_every_language(data: Path, language: str) -> None:
    assert generate(data, topic="physics", num_examples=4, mock="true", language=language).code == 0


def test_a_taken_name_is_refused_before_anything_is_sent(data: Path, capsys: Capture) -> None:
    data.mkdir()
    (data / "mine.json").write_text("[]")
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="physics", num_examples=3, name="mine")
        assert server.log() == []
    assert made.code == 2
    assert "exists already" in capsys.readouterr().err
    assert not (data / "runs").exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "http://127.0.0.1:1/wrong"])
def test_a_server_that_is_not_there_ends_with_4(data: Path, address: str, capsys: Capture) -> None:
    made = generate(
        data, address, topic="physics", num_examples=3, max_attempts=2, item_deadline=2, max_wait=2, concurrency=2
    )
    assert made.code in (3, 4)
    assert made.datasets == []
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_path_at_the_right_server_stops_the_run(data: Path, capsys: Capture) -> None:
    with fake_server(served("clean", faults={"html": 1.0}, faults_each=99)) as server:
        made = generate(data, server.url, topic="physics", num_examples=30, batch_size=1)
        assert len(server.log()) < 30
    assert made.code == 4
    assert made.datasets == []


def test_the_key_is_in_no_file(data: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    """E20 for this tool."""
    key = "sk-test-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with fake_server(served("clean", key=key, faults={"401": 0.0})) as server:
        made = generate(data, server.url, topic="physics", num_examples=5)
    assert made.code == 0
    for path in data.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path
    captured = capfd.readouterr()
    assert key not in captured.out + captured.err


def test_a_dry_run_sends_and_writes_nothing(data: Path, capsys: Capture) -> None:
    with fake_server(served("clean")) as server:
        made = generate(data, server.url, topic="physics", num_examples=50, dry_run="true")
        assert server.log() == []
    assert made.code == 0
    assert not data.exists()
    told = capsys.readouterr().out
    assert "50 records over 9 subtopics" in told or "subtopics" in told
    assert "About 1" in told
    assert "requests" in told


def test_a_sample_publishes_nothing(data: Path, capsys: Capture) -> None:
    made = generate(data, topic="physics", num_examples=50, sample="true", mock="true")
    assert made.code == 0
    assert made.datasets == []
    assert len({row.leaf for row in made.rows}) == 3
    assert len(json.loads("[" + capsys.readouterr().out.replace("}\n{", "},{") + "]")) == 3
