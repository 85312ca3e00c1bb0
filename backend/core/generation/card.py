"""`CARD.md`: what a dataset is and is not, for whoever trains on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.core.generation.prompts import PROMPT_VERSION, Brief
from backend.core.generation.report import rejection_lines
from backend.core.generation.run import Run
from backend.core.generation.splitting import Split

LIMITS = (
    "Facts may be wrong, and the style is that of one model. Records were compared by their wording: two that say the "
    "same in other words may both be there."
)
LICENCE = (
    "Not stated. What may be done with a model's output depends on the terms of its provider: check them before you "
    "publish or sell anything made from this data."
)
MOCK = "MOCK: every record was made up by test mode. It is no data; do not train on it."


def card(
    run: Run,
    brief: Brief,
    figures: Mapping[str, Any],
    *,
    writer: str,
    host: str,
    paths: Sequence[Path],
    split: Split | None,
    mock: bool,
) -> str:
    """The card.

    Args:
        figures: of `report`.
        writer: the model that wrote.
        host: of its address; empty = none was asked.
        paths: the files published.
    """
    origin = "documents" if run.params.documents else "examples"
    made_by = {
        "generator": "MOCK" if mock else writer,
        "host": host or "none",
        "prompts": f"version {PROMPT_VERSION}, SHA-256 {brief.digest[:16]}",
        "seed": run.params.seed,
        "created": run.created_at.isoformat(timespec="seconds"),
        "run": run.name,
        "requests": figures["service"]["requests"],
        "cost": _cost(figures["service"]["cost"]),
        "files": ", ".join(path.name for path in paths) or "none",
    }
    sections = [
        _head(mock),
        f"# {brief.topic or f'Dataset from {origin}'}",
        *([f"**{MOCK}**"] if mock else []),
        f"{figures['accepted']} records of the type *{brief.form.title.lower()}*, in {run.params.language}, written "
        "by a language model. Purpose: fine-tuning. Nobody has checked the facts.",
        *("## Made by", _table(made_by)),
        *("## Counts", *_counts(figures)),
        *_split(split),
        *_quality(figures["quality"], figures["judge"]),
        *("## Diversity", _table(_diversity(figures["diversity"]))),
        *("## Contamination", _contamination(run.params.against, figures["contamination"])),
        *("## Limits", LIMITS),
        *("## Licence", LICENCE),
    ]
    return "\n\n".join(sections) + "\n"


def _head(mock: bool) -> str:
    return f"---\nsynthetic: true\nlicense: not stated\ntest_mode: {str(mock).lower()}\n---"


def _table(rows: Mapping[str, Any]) -> str:
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _cell(value: Any) -> str:
    return "–" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def _cost(cost: float | str) -> str:
    return cost if isinstance(cost, str) else f"{cost:.4f}"


def _counts(figures: Mapping[str, Any]) -> list[str]:
    """What was accepted, rejected and given up."""
    reasons = "\n".join(f"- {' '.join(line.split())}" for line in rejection_lines(figures))
    told = [
        f"Wanted {figures['wanted']}, accepted {figures['accepted']}, {figures['mended']} of them corrected once.",
        reasons or "Nothing was rejected.",
        *([figures["note"]] if figures["note"] else []),
    ]
    closed = "\n".join(f"- {leaf['subtopic']}: {leaf['closed']}" for leaf in figures["leaves"] if leaf["closed"])
    if closed:
        told += ["Subtopics that were given up, their records written elsewhere:", closed]
    return told


def _quality(grades: Mapping[str, Any] | None, judge: Mapping[str, Any] | None) -> list[str]:
    if grades is None:
        return []
    told = f"Graded by a model: {grades['mean']} of 10 on average, {grades['min']:g} at least."
    controls = judge["controls"] if judge else []
    passed = sum(control["passed"] is True for control in controls)
    vetted = f"Of {len(controls)} bad answers planted to test it, {passed} were graded low." if controls else ""
    return ["## Quality", " ".join(filter(None, [told, vetted, judge["finding"] if judge else ""]))]


def _diversity(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subtopics covered": f"{figures['leaves']['covered']} of {figures['leaves']['planned']}",
        "evenness over subtopics": figures["leaves"]["evenness"],
        "distinct 1, 2, 3": ", ".join(str(share) for share in figures["distinct"].values()),
        "nearest neighbour, mean": figures["neighbour"]["mean"],
        "nearest neighbour, 95th percentile": figures["neighbour"]["p95"],
        "commonest opening": f"{figures['opening']['word']} ({figures['opening']['share']})",
    }


def _split(split: Split | None) -> list[str]:
    if split is None:
        return []
    whole = "Every subtopic is on one side only" if split.leaves_together else "Subtopics are on both sides"
    return [
        "## Split",
        f"{len(split.train)} records to train on, {len(split.test)} to test with, from {split.groups} groups that "
        f"were kept whole. {whole}; no question of one side is like one of the other, or shares 8 words in a row "
        "with it.",
    ]


def _contamination(against: Sequence[str], found: Sequence[Mapping[str, Any]]) -> str:
    if not against:
        return "Not checked: no files were named."
    names = ", ".join(Path(path).name for path in against)
    if not found:
        return f"Checked against {names}: nothing was found."
    lines = "\n".join(f"- {_cell(leak['input'])[:120]} ({leak['how']})" for leak in found)
    return f"Checked against {names}. {len(found)} records were left out:\n\n{lines}"
