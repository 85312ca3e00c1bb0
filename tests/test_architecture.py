"""Arrows point down: who may import whom, imports inside functions included."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECIPES = ("train", "run_inference", "eval", "merge_multiple_loras", "dataset_generator", "prepare_dataset")
WEB = ("fastapi", "starlette", "uvicorn")
HEAVY = ("torch", "transformers", "peft", "bitsandbytes", "datasets", "accelerate", "safetensors", "tokenizers")

MAY_IMPORT: dict[str, set[str]] = {
    "core": {"core"},
    "engine": {"core", "engine", "heavy"},
    "cluster": {"core", "cluster", "ray"},
    "jobs": {"core", "jobs"},
    "api": {"core", "jobs", "api", "web"},
    "main": {"core", "jobs", "api", "web"},
    "recipes": {"core", "engine"},
}
BRIDGES = {"backend/api/schema.py": {"main"}}
"""Programs of their own, started and never imported: the schema's printer makes the application."""


def layer_of(file: Path) -> str:
    """The layer a source file belongs to."""
    parts = file.relative_to(ROOT).parts
    if parts[0] != "backend":
        return "recipes"
    return parts[1] if len(parts) > 2 else "main"


def imported(file: Path) -> set[str]:
    """Every module a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found.update([node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)])
    return found


def belongs_to(module: str) -> str | None:
    """The layer a module belongs to, `web`, `heavy` or `ray` for packages that only some may use, else None."""
    first, _, rest = module.partition(".")
    if first == "backend":
        layer = rest.partition(".")[0]
        return layer if layer in MAY_IMPORT else None
    if first == "ray":
        return "ray"
    return "recipes" if first in RECIPES else "web" if first in WEB else "heavy" if first in HEAVY else None


def violations(file: Path) -> list[str]:
    """The imports of a file that its layer must not make."""
    allowed = {None, *MAY_IMPORT[layer_of(file)], *BRIDGES.get(str(file.relative_to(ROOT)), set())}
    return sorted(module for module in imported(file) if belongs_to(module) not in allowed)


def rooms() -> dict[str, set[str]]:
    """The rooms of the core, packages and single modules, each with those it imports from."""
    core = ROOT / "backend" / "core"
    arrows: dict[str, set[str]] = {}
    for file in core.rglob("*.py"):
        room = file.relative_to(core).parts[0].removesuffix(".py")
        found = {module.split(".")[2] for module in imported(file) if module.startswith("backend.core.")}
        arrows.setdefault(room, set()).update(found - {room})
    return arrows


SOURCES = sorted([*(ROOT / "backend").rglob("*.py"), *(ROOT / f"{name}.py" for name in RECIPES)])


@pytest.mark.parametrize(
    "file",
    [file for file in SOURCES if file.exists() and file.name != "__init__.py"],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_imports_point_down(file: Path) -> None:
    assert violations(file) == []


def test_no_two_rooms_of_the_core_need_each_other() -> None:
    order = list(TopologicalSorter(rooms()).static_order())  # raises CycleError, which names the circle
    assert order.index("paths") < order.index("storage") < order.index("data") < order.index("evaluation")


def test_a_planted_violation_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_architecture.ROOT", tmp_path)
    planted = tmp_path / "backend" / "jobs" / "planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(
        "def f():\n    import torch\n    from backend.engine import loading\n    from train import main\n"
    )
    assert violations(planted) == ["backend.engine", "backend.engine.loading", "torch", "train", "train.main"]


@pytest.mark.parametrize("folder", ["config", "data", "models", "prompts", "scripts"])
def test_folders_of_files_are_no_packages(folder: str) -> None:
    # The root is on the path when a recipe runs: they would become modules with very common names.
    assert not (ROOT / folder / "__init__.py").exists()
