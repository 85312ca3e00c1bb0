"""Write an adapter or a model for other programs, once it is proved that they will ask it as it was trained.

python -m backend.engine.export --model physics --check                       compares, and writes nothing
python -m backend.engine.export --model physics --output_dir models/physics_vllm
python -m backend.engine.export --model physics --form merged --output_dir models/physics_whole
python -m backend.engine.export --model physics --form gguf --output_dir models/physics_gguf
"""

from __future__ import annotations

import logging
import sys

from backend.core.cli import run_recipe
from backend.core.environment.settings import load_settings
from backend.core.params import ExportParams

logger = logging.getLogger(__name__)


def main(params: ExportParams) -> None:
    """Run the whole story. Raises PipelineError with a sentence for the user."""
    from backend.core.runs.events import RunReporter
    from backend.engine.export.story import export

    result = export(params, load_settings(), RunReporter())
    sys.stdout.write("\n".join(result["lines"]) + "\n")


if __name__ == "__main__":
    sys.exit(run_recipe(ExportParams, main, __doc__))
