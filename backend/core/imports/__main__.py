"""Take in a LoRA adapter that another trainer has made: LLaMA-Factory, Axolotl, Unsloth, or PEFT itself.

python -m backend.core.imports --folder ~/LLaMA-Factory/saves/mine --adapter_name mine
python -m backend.core.imports --folder mine.zip --adapter_name mine --base_model_name Qwen/Qwen2.5-0.5B-Instruct
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from backend.core.cli import run_recipe
from backend.core.environment.settings import load_settings
from backend.core.errors import BadModel
from backend.core.imports.entering import enter
from backend.core.imports.taking import copy_adapter, unzip_adapter
from backend.core.params import ImportParams
from backend.core.paths import normalise_path, shown
from backend.core.registry import AdapterRegistry


def main(params: ImportParams) -> None:
    """Take it in and say what it is. Raises PipelineError with a sentence for the user."""
    settings = load_settings()
    source = normalise_path(params.folder, Path.cwd())
    if not source.exists():
        raise BadModel(f"There is nothing at {params.folder}: give the folder that the trainer saved.", "folder")
    take = partial(copy_adapter if source.is_dir() else unzip_adapter, source)
    target = settings.model_output_dir / params.adapter_name
    registry = AdapterRegistry(settings.adapter_config_path)
    _, foreign = enter(take, target, registry, base_model=params.base_model_name, description=params.description)
    kind = " ".join(words for words, has in (("rsLoRA", foreign.use_rslora), ("DoRA", foreign.use_dora)) if has)
    lines = [
        f"{params.adapter_name}: {kind or 'LoRA'} of rank {foreign.rank}, alpha {foreign.alpha:g}, on "
        f"{foreign.layers} layers ({' '.join(foreign.targets)}) of {foreign.base_model}.",
        *foreign.notes,
        f"Saved to {shown(target)}.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(run_recipe(ImportParams, main, __doc__))
