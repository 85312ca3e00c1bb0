"""The documented tables of parameters, written from the classes: `python -m backend.core.params.table`."""

from __future__ import annotations

from typing import Any

from backend.core.params import (
    EvaluationParams,
    ExportParams,
    GenerationParams,
    ImportParams,
    InferenceParams,
    MergeParams,
    Params,
    PreparationParams,
    PublishParams,
    TrainParams,
    groups_of,
)

RECIPES: dict[str, type[Params]] = {
    "train.py": TrainParams,
    "run_inference.py": InferenceParams,
    "eval.py": EvaluationParams,
    "merge_multiple_loras.py": MergeParams,
    "dataset_generator.py": GenerationParams,
    "prepare_dataset.py": PreparationParams,
}

PROGRAMS: dict[str, type[Params]] = {
    "python -m backend.engine.export": ExportParams,
    "python -m backend.engine.publish": PublishParams,
    "python -m backend.core.imports": ImportParams,
}
"""What is told once and for this one time: their parameters have no variables in the environment."""

HEAD = """# Parameters

Every parameter is a flag (`--learning_rate` or `--learning-rate`), a line of a `--config` file, a variable of the
environment or `.env` (`LEARNING_RATE`), and a field of the request, in that precedence: flag, file, environment,
default. This page is written by `python -m backend.core.params.table > docs/parameters.md`.
"""


def markdown() -> str:
    """The whole page."""
    sections = [HEAD]
    for program, kind in {**RECIPES, **PROGRAMS}.items():
        sections.append(f"\n## {program}\n\n{kind.__doc__}\n")
        for group, names in groups_of(kind):
            rows = "".join(_row(name, kind.model_json_schema()["properties"][name], kind) for name in names)
            sections.append(f"\n### {group.title}\n\n| name | default | limits | |\n|---|---|---|---|\n{rows}")
    return "".join(sections)


def _row(name: str, schema: dict[str, Any], kind: type[Params]) -> str:
    field = kind.model_fields[name]
    default = "required" if field.is_required() else _shown(field.default)
    help_text = " ".join((field.description or "").split())  # a line break would end the row
    return f"| `{name}` | {default} | {_limits(schema)} | {help_text} |\n"


def _shown(default: Any) -> str:
    if default in (None, "", {}, []):
        return "empty"
    if isinstance(default, list):
        default = " ".join(default)
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def _limits(schema: dict[str, Any]) -> str:
    options = schema.get("anyOf", [schema])
    told = []
    for option in options:
        if "enum" in option:
            told.append(", ".join(f"`{value}`" for value in option["enum"]))
        low = option.get("minimum", option.get("exclusiveMinimum"))
        high = option.get("maximum", option.get("exclusiveMaximum"))
        if low is not None and high is not None:
            left = "≥" if "minimum" in option else ">"
            right = "≤" if "maximum" in option else "<"
            told.append(f"{left} {low:,}, {right} {high:,}")
    return "; ".join(told)


if __name__ == "__main__":
    print(markdown(), end="")
