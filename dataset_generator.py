"""Write a dataset with a language model: planned first, every record checked, published whole or not at all.

    python dataset_generator.py --topic physics --num_examples 50 --format_type instruction
    python dataset_generator.py --topic physics --dry_run
    python dataset_generator.py --documents notes.md book.pdf --format_type qa --num_examples 200 --split 0.1
    python dataset_generator.py --resume 20261123_164500_physics

The steps: read and check what is named, plan the subtopics, write until exactly as many records as asked for are
accepted, split, publish. It ends with 3 and the reasons when there are fewer, and with 4 when it can be resumed.
"""

from __future__ import annotations

import sys

from backend.core.cli import run_recipe
from backend.core.environment.settings import load_settings
from backend.core.errors import FinishedBelow
from backend.core.params import GenerationParams


def main(params: GenerationParams) -> None:
    """Run the whole story. Raises PipelineError with a sentence for the user."""
    from backend.core.generation import story, telling
    from backend.core.generation.assignment import assign, preview
    from backend.core.generation.live import Progress
    from backend.core.runs.events import RunReporter

    settings, reporter = load_settings(), RunReporter()

    # 1. Read and check everything that is named. Nothing has been sent or written until this is done.
    work = assign(params, settings)
    plan, estimate = preview(work)
    if work.params.dry_run:
        print("\n".join([*telling.plan_lines(plan), *telling.estimate_lines(estimate)]))
        return

    # 2. Plan the subtopics, then write: what is accepted or rejected is on the disk at once.
    progress = Progress(reporter, wanted=len(plan.slots))
    with story.session_for(work, settings, progress) as session:
        plan = story.make_plan(work, session)
        written = story.write_records(work, plan, session, progress)

    # 3. Publish, if every record is there.
    if work.params.sample or not written.is_complete:
        reporter.result(story.outcome(work, written))
        if not written.is_complete:
            raise FinishedBelow(f"{written.shortfall}\nWhat was accepted is kept in {story.place_of(work)}/.")
        print("\n".join(telling.sample_lines(written.records)))
        return
    result = story.publish(work, written)
    reporter.result(result)
    print("\n".join(telling.result_lines(result, story.place_of(work))))


if __name__ == "__main__":
    sys.exit(run_recipe(GenerationParams, main, __doc__))
