"""The README's commands parse, its tree is there, and the documented tables are what the classes say."""

from __future__ import annotations

import re
import shlex

import pytest

from backend.core.cli import parse_params
from backend.core.params.table import RECIPES, markdown
from backend.core.paths import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python (\w+\.py [^`#\n]+)", README)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_parses(command: str) -> None:
    program, *flags = shlex.split(command)
    parse_params(RECIPES[program], flags)


def test_the_tree_names_what_is_there() -> None:
    tree = README.partition("## The tree")[2].split("```")[1]
    for name in re.findall(r"^(\S+?/?)  ", tree, flags=re.MULTILINE):
        assert name in ("state/", "frontend/") or (PROJECT_ROOT / name).exists(), name


def test_the_parameter_page_is_fresh() -> None:
    page = (PROJECT_ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m backend.core.params.table > docs/parameters.md"
