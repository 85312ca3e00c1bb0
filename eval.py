"""Score answers: against references, by a judge with a rubric, or in pairs; and compare models item by item.

    python eval.py --predictions predictions/predictions.json
    python eval.py --predictions predictions/physics.json --baseline predictions/tiny.json --mode pairwise
    python eval.py --models tiny physics --dataset_path data/physics_test_qa.json
    python eval.py --rubric config/rubrics/support_answers.yaml --judges gpt-4o-mini other-model --repeats 2
    python eval.py compare RUN_A RUN_B
    python eval.py rescore RUN            python eval.py resume RUN

Every run is a folder evaluation/run_<time>/ with results, summary and reports.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.cli import run_recipe
from backend.core.environment.settings import Settings, environment, load_settings
from backend.core.params import EvaluationParams
from backend.core.paths import normalise_path

if TYPE_CHECKING:
    from backend.core.evaluation.ending import Ended
    from backend.core.evaluation.evaluator import ModelEvaluator
    from backend.core.evaluation.items import Material
    from backend.core.evaluation.planning import Plan

__all__ = ["ModelEvaluator", "main"]

logger = logging.getLogger("eval")

COMMANDS = {"compare": "--compare", "rescore": "--rescore", "resume": "--resume"}
"""Words that may stand first, for those who expect a command there."""


def __getattr__(name: str) -> Any:
    """The documented class, imported only when asked for."""
    if name != "ModelEvaluator":
        raise AttributeError(name)
    from backend.core.evaluation.evaluator import ModelEvaluator

    return ModelEvaluator


def main(params: EvaluationParams) -> int:
    """Run the whole story. Raises PipelineError with a sentence for the user."""
    from backend.core.evaluation.running import run_of_job

    settings, output_dir = load_settings(), output_folder(params)
    begun = run_of_job()
    if params.compare:
        return compare(params, output_dir)
    if params.rescore:
        return rescore(params, settings, output_dir)
    if params.resume or begun:
        return resume(params, settings, begun, output_dir)
    if params.models:
        return compare_models(params, settings, output_dir)
    return score_predictions(params, settings, output_dir)


def output_folder(params: EvaluationParams) -> Path:
    """Where runs go: as given, else EVALUATION_DIR, else `evaluation` here."""
    given = environment().get("EVALUATION_DIR")
    if given and "output_dir" not in params.model_fields_set:
        return normalise_path(given)
    return normalise_path(params.output_dir, Path.cwd())


def score_predictions(params: EvaluationParams, settings: Settings, output_dir: Path) -> int:
    """Score a file of answers, and a second one beside it."""
    from backend.core.evaluation import gathering, running
    from backend.core.evaluation.planning import plan_of
    from backend.core.storage.files import sha256_of

    # 1. What can be wrong is found before anything is sent or written.
    material = gathering.material_of(params)
    plan, labels = plan_of(params, settings), read_human(params)
    gathering.require_fit(plan.mode, material, labels)
    if params.dry_run:
        return show_plan(plan, material)

    # 2. The run's folder, with what is scored as it is now.
    path = gathering.predictions_path(params)
    names = [answers.model for answers in material.answers]
    folder = running.begin(plan, output_dir, names, material.dataset, sha256_of(path))
    running.freeze(folder, plan, material)

    # 3. Ask the judge, if there is one, and write the end.
    return show(running.finish(folder, plan, material, settings, labels))


def compare_models(params: EvaluationParams, settings: Settings, output_dir: Path) -> int:
    """Let models answer the same questions, then score and compare them."""
    from backend.core.evaluation import gathering, running
    from backend.core.evaluation.planning import plan_of
    from backend.core.paths import shown
    from backend.core.storage.files import sha256_of

    # 1. What can be wrong is found before anything is sent or written.
    dataset, records = gathering.dataset_of(params)
    plan, labels = plan_of(params, settings), read_human(params)
    logger.info("%s", dataset.recognised)
    gathering.require_fit(plan.mode, gathering.answered(records, [], dataset.path), labels)
    if params.dry_run:
        stand_ins = gathering.made_up(list(params.models), records, params.seed)
        return show_plan(plan, gathering.answered(records, stand_ins, dataset.path))
    contestants = find_models(params, settings)

    # 2. The run's folder; answers are kept in it as they come.
    folder = running.begin(plan, output_dir, params.models, shown(dataset.path), sha256_of(dataset.path))
    return answer_and_finish(folder, params, settings, contestants, labels)


def find_models(params: EvaluationParams, settings: Settings) -> list[Any]:
    """The models to ask, none of them loaded; nothing in test mode, which asks none."""
    if settings.pipeline_test_mode:
        return []
    from backend.core.params import InferenceParams
    from backend.engine.answering.prediction import contestants

    shared = {
        name: getattr(params, name) for name in type(params).model_fields if name in InferenceParams.model_fields
    }
    return list(contestants(params.models, InferenceParams(**shared, temperature=0.0), settings))


def answer_and_finish(
    folder: Path,
    params: EvaluationParams,
    settings: Settings,
    contestants: list[Any],
    labels: Mapping[str, float] | None,
) -> int:
    """Let the models answer what they have not answered yet, then go on as with a file of answers."""
    from backend.core.evaluation import gathering, running
    from backend.core.evaluation.planning import plan_of

    dataset, records = gathering.dataset_of(params)
    if contestants:
        from backend.engine.answering.prediction import answer

        given = answer(contestants, dataset, records, folder / "predictions", settings, perplexity=params.perplexity)
    else:
        given = gathering.made_up(list(params.models), records, params.seed)
    material, plan = gathering.answered(records, given, dataset.path), plan_of(params, settings)
    running.freeze(folder, plan, material)
    return show(running.finish(folder, plan, material, settings, labels))


def resume(params: EvaluationParams, settings: Settings, begun: Path | None, output_dir: Path) -> int:
    """Go on with a run that was stopped, killed, or left items without a score."""
    from backend.core.evaluation import planning, run_files, running

    folder = begun or run_files.find_run(str(params.resume), output_dir)
    config = run_files.read_config(folder)
    params = planning.resumed(params, config)
    plan, labels = planning.plan_of(params, settings), read_human(params)
    running.require_same(plan, config)
    logger.info("Continuing %s.", folder.name)
    if "items_sha256" not in config:  # it was stopped while models answered
        return answer_and_finish(folder, params, settings, find_models(params, settings), labels)
    return show(running.finish(folder, plan, run_files.read_items(folder, config), settings, labels))


def rescore(params: EvaluationParams, settings: Settings, output_dir: Path) -> int:
    """Compute a run's metrics, figures and reports again, without asking anybody."""
    from backend.core.evaluation import rescoring, run_files

    folder = run_files.find_run(str(params.rescore), output_dir)
    return show(rescoring.rescore(folder, params, settings, read_human(params)))


def compare(params: EvaluationParams, output_dir: Path) -> int:
    """Two runs on the same items, paired."""
    from backend.core.evaluation import run_files, two_runs

    a, b = (run_files.find_run(given, output_dir) for given in params.compare)
    folder, comparison = two_runs.write(a, b, output_dir, params.seed)
    print("\n".join(two_runs.lines(comparison, folder)))
    return 0


def read_human(params: EvaluationParams) -> Mapping[str, float] | None:
    """People's grades by item, if there are any."""
    if params.human is None:
        return None
    from backend.core.evaluation.people import read_labels

    return read_labels(normalise_path(params.human, Path.cwd()))


def show_plan(plan: Plan, material: Material) -> int:
    """What a run would ask, take and cost; nothing is sent."""
    from backend.core.evaluation.estimating import estimate

    print("\n".join(estimate(plan, material).lines()))
    return 0


def show(ended: Ended) -> int:
    """The end of a run on the terminal. Raises what stopped it, or FinishedBelow."""
    from backend.core.evaluation.wording import lines

    print("\n".join(lines(ended)))
    ended.require_enough()
    return 0


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in COMMANDS:
        sys.argv[1] = COMMANDS[sys.argv[1]]
    sys.exit(run_recipe(EvaluationParams, main, __doc__))
