"""The client works with every major of the `openai` package: `OPENAI_VENVS` names folders of environments to try."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.core.llm.kit import ROOT, rows
from tests.core.llm.test_faults import RECOVERABLE, check_ledger
from tests.llm_server import Plan, fake_server

VENVS = [folder for folder in os.environ.get("OPENAI_VENVS", "").split(os.pathsep) if folder]


@pytest.mark.skipif(not VENVS, reason="OPENAI_VENVS names no environments")
@pytest.mark.parametrize("folder", VENVS)
def test_all_faults_are_survived_with_this_version(tmp_path: Path, folder: str) -> None:
    """E2 and E7 with another version of the package: full coverage, an exact ledger, nothing learned twice."""
    mix = {fault: 0.95 / len(RECOVERABLE) for fault in RECOVERABLE}
    with fake_server(Plan(faults=mix, seed=1, profile="reasoning")) as server:
        given = {"folder": str(tmp_path), "count": 100, "params": {"openai_api_base": server.url}}
        done = subprocess.run(
            [f"{folder}/bin/python", "-m", "tests.core.llm.asking_program", json.dumps(given)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        check_ledger(server, tmp_path)
    assert sum(row["status"] == "ok" for row in rows(tmp_path / "journal.jsonl")) == 100
