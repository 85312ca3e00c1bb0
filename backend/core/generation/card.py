"""`CARD.md`: what a dataset is and is not, for whoever trains on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.core.generation.prompts import PROMPT_VERSION, Brief
from backend.core.generation.report import rejection_lines
from backend.core.generation.run import Run
from backend.core.generation.splitting import Split

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
    params, service, diversity = run.params, figures["service"], figures["diversity"]
    cost = service["cost"] if isinstance(service["cost"], str) else f"{service['cost']:.4f}"
    sections = [
        _head(mock),
        f"# {brief.topic or 'Dataset from ' + ('documents' if params.documents else 'examples')}",
        *([f"**{MOCK}**"] if mock else []),
        f"{figures['accepted']} records of the type *{brief.form.title.lower()}*, in {params.language}, written by a "
        "language model. Purpose: fine-tuning. Nobody has checked the facts.",
        "## Made by",
        _table(
            {
                "generator": "MOCK" if mock else writer,
                "host": host or "none",
                "prompts": f"version {PROMPT_VERSION}, SHA-256 {brief.digest[:16]}",
                "seed": params.seed,
                "created": run.created_at.isoformat(timespec="seconds"),
                "run": run.name,
                "requests": service["requests"],
                "cost": cost,
                "files": ", ".join(path.name for path in paths) or "none",
            }
        ),
        "## Counts",
        f"Wanted {figures['wanted']}, accepted {figures['accepted']}, {figures['mended']} of them corrected once.",
        "\n".join(f"- {' '.join(line.split())}" for line in rejection_lines(figures)) or "Nothing was rejected.",
        *_leaves(figures),
        *_split(split),
        "## Diversity",
        _table(
            {
                "subtopics covered": f"{diversity['leaves']['covered']} of {diversity['leaves']['planned']}",
                "evenness over subtopics": diversity["leaves"]["evenness"],
                "distinct 1, 2, 3": ", ".join(str(share) for share in diversity["distinct"].values()),
                "nearest neighbour, mean": diversity["neighbour"]["mean"],
                "nearest neighbour, 95th percentile": diversity["neighbour"]["p95"],
                "commonest opening": f"{diversity['opening']['word']} ({diversity['opening']['share']})",
            }
        ),
        "## Contamination",
        _contamination(params.against, figures["contamination"]),
        "## Limits",
        "Facts may be wrong, and the style is that of one model. Records were compared by their wording: two that say "
        "the same in other words may both be there.",
        "## Licence",
        "Not stated. What may be done with a model's output depends on the terms of its provider: check them before "
        "you publish or sell anything made from this data.",
    ]
    return "\n\n".join(sections) + "\n"


def _head(mock: bool) -> str:
    return f"---\nsynthetic: true\nlicense: not stated\ntest_mode: {str(mock).lower()}\n---"


def _table(rows: Mapping[str, Any]) -> str:
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines])


def _cell(value: Any) -> str:
    return "–" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def _leaves(figures: Mapping[str, Any]) -> list[str]:
    closed = [leaf for leaf in figures["leaves"] if leaf["closed"]]
    told = [figures["note"]] if figures["note"] else []
    if closed:
        told.append("Subtopics that were given up, their records written elsewhere:")
        told.append("\n".join(f"- {leaf['subtopic']}: {leaf['closed']}" for leaf in closed))
    return told


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
