"""The same folders at home and on a node, and the names of one in what is written for the other.

A run finds on its node the folders it would find at home, below one folder of its own; the settings name them. What it
writes about them (`run.json`, the model card) is told in the words of home when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.models.hub_cache import cache_folder

JOB, CONFIG = "job", "config/adapters.json"
FOLDERS = {
    "data_dir": "data",
    "model_output_dir": "models",
    "predictions_dir": "predictions",
    "evaluation_dir": "evaluation",
    "state_dir": "state",
    "model_cache_dir": "hub",
    "adapter_config_path": CONFIG,
}
"""Settings, and where below the run's folder on the node they point."""


@dataclass(frozen=True)
class Places:
    """Home's folders beside a node's.

    Args:
        home: the folders at home, by setting.
        node: the run's folder on the node.
        shared: a folder that both see at the same path: what lies in it does not travel and keeps its name.
    """

    home: Mapping[str, Path]
    node: Path
    shared: Path | None

    @classmethod
    def of(cls, settings: Settings, job_id: str) -> Places:
        """Those of a job."""
        home = {name: getattr(settings, name) for name in FOLDERS if name != "model_cache_dir"}
        home["model_cache_dir"] = cache_folder(settings)
        return cls(home, node_folder(settings.ray_work_dir, job_id), settings.ray_shared_dir)

    def is_shared(self, path: Path) -> bool:
        """Whether a node sees it as it is."""
        return self.shared is not None and path.is_relative_to(self.shared)

    def on_node(self, path: Path) -> Path:
        """What a path at home is called below the run's folder on the node; one of no folder of home's stays."""
        for name, folder in self.home.items():
            if path.is_relative_to(folder):
                return self.node / FOLDERS[name] / path.relative_to(folder)
        return path

    def there(self, path: Path) -> Path:
        """Where the node reads what lies at a path at home."""
        return path if self.is_shared(path) else self.on_node(path)

    def sent(self, value: Any) -> Any:
        """A parameter as the node must read it: paths into home's folders are replaced, and nothing else."""
        if isinstance(value, list):
            return [self.sent(one) for one in value]
        return str(self.there(Path(value))) if isinstance(value, str) and value.startswith("/") else value

    def environment(self) -> dict[str, str]:
        """The run's settings on the node, as variables; what it makes is made in its own folder, shared or not."""
        given = {name.upper(): str(self.node / place) for name, place in FOLDERS.items()}
        cache = str(self.there(self.home["model_cache_dir"]))
        return {**given, "MODEL_CACHE_DIR": cache, "HF_HUB_CACHE": cache}

    def told_at_home(self, text: str) -> str:
        """What a run wrote on its node, with the folders of home in it."""
        for name, folder in self.home.items():
            text = text.replace(str(self.node / FOLDERS[name]), str(folder))
        return text


def node_folder(work: Path, job_id: str) -> Path:
    """Where on its node a job works; the same for all of its attempts, so that a resumed run finds what it knew."""
    return work / job_id
