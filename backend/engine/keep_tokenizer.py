"""The program that keeps a base's tokenizer for `dataset_look`, once for each base: it needs transformers, so seconds.

python -m backend.engine.keep_tokenizer --config asked.json          {"base": <folder>, "target": <file>}
"""

from __future__ import annotations

import sys
from pathlib import Path

from backend.core.cli import read_config
from backend.core.process import guarded
from backend.core.runs.events import RunReporter


def main(base: Path, target: Path) -> None:
    """Load the tokenizer as a run does, and keep it. Raises BadModel and MissingDependency."""
    from backend.engine import loading
    from backend.engine.tokens.saved import save

    loading.quiet_libraries()
    save(loading.load_tokenizer(str(base)), target)
    RunReporter().result({"kept": {"path": str(target)}})


if __name__ == "__main__":
    asked = read_config(Path(sys.argv[2]))
    raise SystemExit(guarded(lambda: main(Path(asked["base"]), Path(asked["target"]))))
