"""How a run will score, decided before anything is sent or written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.core import metrics
from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput
from backend.core.evaluation.aggregation import Measure
from backend.core.evaluation.comparison import Mode
from backend.core.evaluation.prompts import PROMPT_VERSION
from backend.core.evaluation.requests import Setup
from backend.core.evaluation.rubric import SINGLE, Rubric, read_rubric
from backend.core.llm.access import OPENAI, access_for
from backend.core.params import EvaluationParams
from backend.core.params.llm import LLMParams
from backend.core.paths import normalise_path

MAY_CHANGE = (set(LLMParams.model_fields) - {"mock", "structured_output"}) | {
    "output_dir", "min_coverage", "human", "tag", "compare", "rescore", "resume", "device",
}  # fmt: skip
"""Parameters that may differ when a run is resumed: none of them changes what a judge is asked, or what it says."""


@dataclass(frozen=True)
class Plan:
    """The decisions.

    Args:
        mode: resolved; never `auto`.
        setup: how the judge is asked; None = nobody is.
        measure: what a score is.
        host: the judge's, for the records.
        mock: grades are made up.
    """

    params: EvaluationParams
    mode: Mode
    setup: Setup | None
    measure: Measure
    host: str | None
    mock: bool
    test_mode: bool

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that decides a score, besides the items."""
        params, setup = self.params, self.setup
        asked = None
        if setup:
            asked = {
                "rubric": setup.rubric.model_dump(mode="json"),
                "judges": list(setup.judges),
                "repeats": setup.repeats,
                "commit_first": setup.commit_first,
                "grades": setup.grades,
                "pairs": setup.pairs,
                "max_tokens": setup.max_tokens,
                "controls": params.controls,
                "prompt_version": PROMPT_VERSION,
                "structured_output": params.structured_output,
            }
        return {
            "mode": self.mode,
            "metric": params.metric,
            "pass_threshold": self.measure.threshold,
            "seed": params.seed,
            "mock": self.mock,
            "judge": asked,
        }


def plan_of(params: EvaluationParams, settings: Settings) -> Plan:
    """The plan.

    Raises:
        InvalidInput: the rubric cannot be used, or there is no way to the judge; nothing was sent.
    """
    mock = params.mock or settings.pipeline_test_mode
    rubric = read_rubric(normalise_path(params.rubric, Path.cwd())) if params.rubric else SINGLE
    mode = _mode(params, settings, mock)
    host = None
    if mode != "reference":
        host = "mock" if mock else access_for(params, settings).host
    return Plan(
        params=params,
        mode=mode,
        setup=None if mode == "reference" else _setup(params, settings, rubric, mode),
        measure=_measure(params, rubric, mode),
        host=host,
        mock=mock and mode != "reference",
        test_mode=settings.pipeline_test_mode,
    )


def plan_again(params: EvaluationParams, config: Mapping[str, Any], settings: Settings) -> Plan:
    """The plan of a run that has been judged: its rubric as it was then, and no way to the judge is needed."""
    mode: Mode = config["mode"]
    asked = config["identity"].get("judge")
    rubric = Rubric.model_validate(asked["rubric"]) if asked else SINGLE
    setup = _setup(params, settings, rubric, mode) if asked else None
    if setup and asked:
        setup = replace(setup, judges=tuple(asked["judges"]), pairs=asked["pairs"], grades=asked["grades"])
    return Plan(
        params=params,
        mode=mode,
        setup=setup,
        measure=_measure(params, rubric, mode),
        host=config.get("judge_host"),
        mock=bool(config.get("mock")),
        test_mode=bool(config.get("test_mode")),
    )


def _mode(params: EvaluationParams, settings: Settings, mock: bool) -> Mode:
    if params.mode != "auto":
        return params.mode
    if params.rubric:
        return "rubric"
    return "single" if mock or can_judge(params, settings) else "reference"


def can_judge(params: EvaluationParams, settings: Settings) -> bool:
    """Whether a judge can be asked: a server was named, or there is a key."""
    if params.openai_api_base or settings.openai_api_base:
        return True
    try:
        return access_for(params, settings).host == urlsplit(OPENAI).hostname
    except InvalidInput:
        return False


def _setup(params: EvaluationParams, settings: Settings, rubric: Rubric, mode: Mode) -> Setup:
    several = len(params.models) > 1 or params.baseline is not None
    wanted = params.pair == "yes" or (params.pair == "auto" and len(params.models) > 1)
    return Setup(
        grades=mode != "pairwise",
        pairs=mode == "pairwise" or (several and wanted),
        rubric=rubric,
        judges=tuple(params.judges) or (settings.eval_model,),
        repeats=params.repeats,
        commit_first=params.commit_first and mode != "pairwise",
        max_tokens=params.judge_max_tokens,
        seed=params.seed,
    )


def _measure(params: EvaluationParams, rubric: Rubric, mode: Mode) -> Measure:
    threshold = params.pass_threshold
    if mode == "reference":
        exact = 1.0 if params.metric == "em" else None
        threshold = exact if threshold is None else threshold
        return Measure(params.metric, metrics.SCALES[params.metric], threshold, (), params.seed)
    if mode == "pairwise":
        return Measure("preference", (0.0, 1.0), None, (), params.seed)
    low, high = rubric.scale
    threshold = rubric.pass_threshold if threshold is None else threshold
    if threshold is not None and not low <= threshold <= high:
        raise InvalidInput(f"pass_threshold {threshold:g} lies outside the scale {low} to {high}.", "pass_threshold")
    names = tuple(criterion.name for criterion in rubric.criteria)
    return Measure(rubric.score_name, (float(low), float(high)), threshold, names, params.seed)


def config_hash(identity: Mapping[str, Any], items_sha256: str) -> str:
    """Of everything that decides the scores: equal hashes, equal questions to the judge."""
    text = json.dumps([identity, items_sha256], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def resumed(params: EvaluationParams, config: Mapping[str, Any]) -> EvaluationParams:
    """The parameters of the run to go on with, with what may change taken from now.

    Raises:
        InvalidInput: something that decides the scores was given anew, and differs; says what.
    """
    saved = dict(config["params"])
    now = params.model_dump(mode="json")
    given = {name for name in params.model_fields_set if name in saved}
    changed = sorted(name for name in given - MAY_CHANGE if now[name] != saved[name])
    if changed:
        told = ", ".join(f"{name} ({saved[name]!r} before, {now[name]!r} now)" for name in changed)
        raise InvalidInput(f"The run differs in {told}: resume it without, or start a new run.", changed[0])
    return EvaluationParams.model_validate({**saved, **{name: now[name] for name in given & MAY_CHANGE}})
