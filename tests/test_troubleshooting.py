"""docs/troubleshooting.md quotes what the product says, and docs/choosing.md what the estimate says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from backend.core.estimates.estimate import DataShape, estimate
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams
from backend.core.paths import PROJECT_ROOT

ROW = re.compile(r"^\| `(.+?)` \|", re.MULTILINE)
CHOICE = re.compile(
    r"^\| [^|]+ \| (?P<size>\d[\d.]*B) \| (?P<settings>[^|]+) \| (?P<gigabytes>[\d.]+) GB \|$", re.MULTILINE
)
SETTING = re.compile(r"`(\w+)`(?: (\d+))?")
EXAMPLES = 2000
QUOTED = ROW.findall((PROJECT_ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8"))
CHOSEN = list(CHOICE.finditer((PROJECT_ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")))


def _texts() -> Iterator[str]:
    """Every text in the sources, with a gap where something is put in."""
    for path in (PROJECT_ROOT / "backend").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            if isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return list(_texts())


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_said(texts: list[str], quoted: str) -> None:
    parts = [part.strip() for part in quoted.split("...") if part.strip()]
    assert any(all(part in text for part in parts) for text in texts), quoted


def test_there_are_quotes_and_choices() -> None:
    assert len(QUOTED) > 10
    assert len(CHOSEN) > 5


@pytest.mark.parametrize("row", CHOSEN, ids=lambda row: row["settings"])
def test_a_choice_takes_what_is_told(row: re.Match[str]) -> None:
    given = {name: int(number) if number else True for name, number in SETTING.findall(row["settings"])}
    params = TrainParams.model_validate(
        {"dataset_path": "x.json", "adapter_name": "x", "base_model_name": f"some/model-{row['size']}", **given}
    )
    length = params.max_length
    data = DataShape([length] * EXAMPLES, length * EXAMPLES // 2, "")
    told = estimate(params, data, shape_of(params.base_model_name), device="cuda").memory.total_bytes
    assert told / 1e9 == pytest.approx(float(row["gigabytes"]), abs=0.06)
