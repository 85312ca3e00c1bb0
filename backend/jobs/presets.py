"""Ready-made starting points: the files of `config/`, each headed by a line `# Title: what it is for.`"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.cli import read_config
from backend.core.paths import PROJECT_ROOT

CONFIG_DIR = PROJECT_ROOT / "config"


@dataclass(frozen=True)
class Preset:
    """A starting point: `config/train_tiny_physics.yaml` is `tiny-physics` of the kind `train`."""

    id: str
    title: str
    description: str
    values: dict[str, Any]


def presets_of(kind: str, folder: Path = CONFIG_DIR) -> list[Preset]:
    """The presets of a kind; those on the built-in model, which run anywhere, come first.

    Raises:
        InvalidInput: a file is not YAML.
    """
    found = [_preset(path, kind) for path in sorted(folder.glob(f"{kind}_*.yaml"))]
    return sorted(found, key=lambda preset: preset.values.get("base_model_name") != "tiny")


def _preset(path: Path, kind: str) -> Preset:
    name = path.stem.removeprefix(f"{kind}_")
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    title, _, description = first.removeprefix("#").strip().partition(": ") if first.startswith("#") else ("", "", "")
    return Preset(
        id=name.replace("_", "-"),
        title=title or name.replace("_", " ").capitalize(),
        description=description or f"The values of config/{path.name}.",
        values=read_config(path),
    )
