"""The one test command runs every test there is."""

from __future__ import annotations

import re

from backend.core.paths import PROJECT_ROOT

TESTS = PROJECT_ROOT / "tests"


def test_every_folder_of_tests_is_in_a_group() -> None:
    script = (PROJECT_ROOT / "scripts" / "test.sh").read_text(encoding="utf-8")
    groups = set(re.findall(r"\btests/[a-z_]+(?=[\s)])", script))
    folders = {f"tests/{path.relative_to(TESTS).parts[0]}" for path in TESTS.glob("*/**/test_*.py")}
    assert folders <= groups, folders - groups
    assert groups == {group for group in groups if (PROJECT_ROOT / group).is_dir()}
