"""The commands of docs/export.md and of the README's programs parse, and the page's tables name what there is."""

from __future__ import annotations

import re
import shlex

import pytest

from backend.core.cli import parse_params
from backend.core.environment.settings import Settings
from backend.core.params import ExportParams, TrainParams
from backend.core.params.table import PROGRAMS
from backend.core.paths import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "export.md").read_text(encoding="utf-8")
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"(python -m backend\.(?:engine|core)\.\w+) ([^`#|\n]+)", PAGE + README)))


def test_every_program_is_told() -> None:
    assert {program for program, _ in COMMANDS} == set(PROGRAMS)


@pytest.mark.parametrize(("program", "flags"), COMMANDS)
def test_a_documented_command_parses(program: str, flags: str) -> None:
    parse_params(PROGRAMS[program], shlex.split(flags))


def test_the_tables_name_the_forms_the_trackers_and_the_settings() -> None:
    forms = re.findall(r"^\| `(\w+)` \| ", PAGE.partition("## Forms")[2].partition("## Publishing")[0], re.MULTILINE)
    assert forms == ExportParams.model_json_schema()["properties"]["form"]["enum"]
    trackers = TrainParams.model_json_schema()["properties"]["report_to"]["items"]["enum"]
    assert f"`--report_to {' '.join(trackers)}`" in PAGE
    named = set(re.findall(r"\b(?:[A-Z]+_){1,3}[A-Z]+\b", PAGE)) - {"HF_HUB_OFFLINE"}
    assert named - {"SERVING_FILE"} <= {name.upper() for name in Settings.model_fields}
