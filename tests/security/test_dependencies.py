"""S13: no installed package is below its floor or has a known hole, and a program with an older one does not start."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.floors import MODELS, SERVICE, TooOld, numbers_of, require_floors
from scripts import audit_dependencies
from tests.campaign import IS_FULL, tell
from tests.service_kit import app_in

ROOT = Path(__file__).parents[2]


def test_what_is_installed_is_above_its_floors() -> None:
    require_floors(SERVICE)
    require_floors(MODELS)


def test_installers_are_told_the_same_floors() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.11 and later read pyproject.toml")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = dict(line.split(">=") for line in (*project["dependencies"], *project["optional-dependencies"]["ml"]))
    for package, floor in {**SERVICE, **MODELS}.items():
        assert numbers_of(told[package]) >= floor, package


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("2.13.0+cpu", (2, 13, 0)),
        ("5.0.0rc3", (5, 0, 0)),
        ("1.2", (1, 2)),
        ("2.6.0.dev2025", (2, 6, 0)),
        ("x", ()),
    ],
)
def test_the_numbers_of_a_version(version: str, numbers: tuple[int, ...]) -> None:
    assert numbers_of(version) == numbers


def _with(monkeypatch: pytest.MonkeyPatch, package: str, version: str) -> None:
    known = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version if name == package else known(name))


@pytest.mark.parametrize(("package", "version"), [("starlette", "0.49.0"), ("python-dotenv", "1.2.1"),
                                                  ("jinja2", "3.1.5")])  # fmt: skip
def test_the_service_does_not_start_below_a_floor(
    package: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with(monkeypatch, package, version)
    with pytest.raises(TooOld, match=f"{package} {version} has known holes"), TestClient(app_in(tmp_path)):
        pass


@pytest.mark.parametrize(("package", "version"), [("torch", "2.5.1+cu124"), ("transformers", "5.2.0")])
def test_no_model_is_loaded_below_a_floor(package: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loading = pytest.importorskip("backend.engine.loading")
    _with(monkeypatch, package, version)
    with pytest.raises(TooOld, match=package):
        loading.quiet_libraries()


def test_nothing_installed_fetches_code_for_attention() -> None:
    # With `kernels` installed, transformers fetches and runs code that a model's configuration names.
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("kernels")


def answered(monkeypatch: pytest.MonkeyPatch, packages: list[dict[str, Any]] | None) -> None:
    text = "" if packages is None else json.dumps({"dependencies": packages})
    monkeypatch.setattr(audit_dependencies.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(audit_dependencies.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout=text))


def test_an_audit_tells_holes_silence_and_ignorance_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = {"id": "CVE-1", "fix_versions": ["2.0"]}
    answered(monkeypatch, [{"name": "a", "version": "1.0", "vulns": [hole]}])
    assert audit_dependencies.main() == 1
    assert "a 1.0: CVE-1 (mended in 2.0)" in capsys.readouterr().out
    answered(monkeypatch, [{"name": "a", "version": "1.0", "vulns": []}, {"name": "b", "skip_reason": "not found"}])
    assert audit_dependencies.main() == 0
    assert "1 packages asked about, 1 not on the index, 0 known holes" in capsys.readouterr().out
    for silent in (None, [{"name": "b", "skip_reason": "not found"}]):
        answered(monkeypatch, silent)
        assert audit_dependencies.main() == 3
        assert "nobody knows" in capsys.readouterr().out


@pytest.mark.skipif(not IS_FULL, reason="asks the index of known holes over the network; CAMPAIGN=1 runs it")
def test_no_known_hole_is_installed() -> None:
    done = subprocess.run([sys.executable, "scripts/audit_dependencies.py"], cwd=ROOT, capture_output=True, text=True)
    last = done.stdout.strip().splitlines()[-1]
    tell("S13", audit=last)
    if done.returncode == audit_dependencies.UNKNOWN:
        pytest.skip(last)
    assert done.returncode == 0, done.stdout
