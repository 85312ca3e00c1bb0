"""Merge adapters of one base model into one adapter, or into the base itself, and prove the result.

    python merge_multiple_loras.py --adapters physics:0.7 history:0.3 --output_dir models/both
    python merge_multiple_loras.py --adapters physics history --report
    python merge_multiple_loras.py --adapters physics history --output_dir models/full --into_base
    python merge_multiple_loras.py --verify models/both

The steps: open and check the adapters, merge layer by layer from their files alone, write, prove, register.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from backend.core.cli import run_recipe
from backend.core.environment.settings import load_settings
from backend.core.params import MergeParams
from backend.core.paths import normalise_path

logger = logging.getLogger("merge_multiple_loras")


def main(params: MergeParams) -> None:
    """Run the whole story. Raises PipelineError with a sentence for the user."""
    from backend.core.runs.events import RunReporter
    from backend.engine.merge import report_text, story
    from backend.engine.merge.comparison import compare
    from backend.engine.merge.parents import open_parents

    settings, reporter = load_settings(), RunReporter()
    if params.verify is not None:
        from backend.engine.merge.verification import verify

        print("\n".join(verify(normalise_path(params.verify, Path.cwd()))))
        return

    # 1. Open the adapters and check each of them, and all of them together.
    reporter.progress("checking the adapters")
    parents = open_parents(params, settings)
    if params.report:
        comparison = compare(parents)
        reporter.result({"comparison": comparison.as_json()})
        print("\n".join(report_text.lines(comparison)))
        return

    # 2. Merge, write, prove and register.
    result = story.merge(parents, params, settings, reporter)
    reporter.result(result.as_json())
    print("\n".join(result.lines))


if __name__ == "__main__":
    sys.exit(run_recipe(MergeParams, main, __doc__))
