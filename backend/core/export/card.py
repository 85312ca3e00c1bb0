"""The model card of an export: what the hub reads, and what a person wants to know before using it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

CARD_FILE = "README.md"
RELATION = {"adapter": "adapter", "gguf_adapter": "adapter", "merged": "finetune", "gguf": "quantized"}
TOLD_SCORES = ("final_loss", "train_loss", "eval_loss", "perplexity", "token_accuracy")


def model_card(record: Mapping[str, Any], license: str | None = None) -> str:
    """The card, with the hub's metadata on top.

    Args:
        record: the content of `export.json`.
        license: as the hub writes it; None = nobody has decided yet, and the card says so.
    """
    return "\n".join([*_metadata(record, license), *_body(record, license), ""])


def plain_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a run without those that name places of its machine, or that say nothing."""
    return {
        name: value
        for name, value in params.items()
        if value not in (None, "", [], {})
        and not name.endswith(("_path", "_dir"))
        and not (isinstance(value, str) and PurePath(value).is_absolute())
    }


def _metadata(record: Mapping[str, Any], license: str | None) -> list[str]:
    form, base = record["form"], record["base"].get("hub_id")
    tags = ["lora" if form in ("adapter", "gguf_adapter") else "fine-tuned"]
    tags += ["gguf"] if form in ("gguf", "gguf_adapter") else []
    lines = ["---"]
    if license:
        lines.append(f"license: {license}")
    if base:
        lines += [f"base_model: {json.dumps(base)}", f"base_model_relation: {RELATION[form]}"]
    library = {"adapter": "peft", "merged": "transformers"}.get(form)
    if library:
        lines.append(f"library_name: {library}")
    return [*lines, "pipeline_tag: text-generation", f"tags: [{', '.join(tags)}]", "---", ""]


def _body(record: Mapping[str, Any], license: str | None) -> list[str]:
    lines = [f"# {record['name']}", "", record.get("description") or _in_a_line(record), ""]
    lines += ["| | |", "|---|---|"]
    lines += [f"| {name} | {told} |" for name, told in _facts(record, license)]
    lines += _table("Parameters", record.get("params") or {})
    scores = {name: record["scores"][name] for name in TOLD_SCORES if record["scores"].get(name) is not None}
    lines += _table("Scores", scores)
    lines += ["", "## How it is asked", "", *_asked(record)]
    return lines


def _in_a_line(record: Mapping[str, Any]) -> str:
    base = record["base"]["name"]
    if record["form"] in ("adapter", "gguf_adapter"):
        return f"A LoRA adapter for `{base}`."
    return f"A fine-tuned `{base}`."


def _facts(record: Mapping[str, Any], license: str | None) -> Sequence[tuple[str, str]]:
    base, data = record["base"], record.get("dataset")
    facts = [("base model", f"`{base['name']}`" + (f" at `{base['commit']}`" if base.get("commit") else ""))]
    if data:
        told = f"`{data['name']}`, {data['examples']:,} examples, SHA-256 `{data['sha256']}`"
        facts.append(("data", told))
    if record.get("lora"):
        lora = record["lora"]
        told = f"r {lora['r']}, alpha {lora['lora_alpha']:g}, {' '.join(lora['target_modules'])}"
        more = [words for name, words in (("use_rslora", "rsLoRA"), ("use_dora", "DoRA")) if lora.get(name)]
        facts.append(("LoRA", ", ".join([told, *more])))
    if record.get("merged_from"):
        parents = ", ".join(f"`{parent['name']}` × {parent['weight']:g}" for parent in record["merged_from"])
        facts.append(("merged from", parents))
    facts.append(("licence", license or "not decided: the base's and the data's terms decide it"))
    return facts


def _table(title: str, values: Mapping[str, Any]) -> list[str]:
    if not values:
        return []
    rows = [f"| `{name}` | {_cell(value)} |" for name, value in values.items()]
    return ["", f"## {title}", "", "| | |", "|---|---|", *rows]


def _cell(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.replace("|", "\\|").split())


def _asked(record: Mapping[str, Any]) -> list[str]:
    template, parity = record["template"], record["parity"]
    lines = [f"Conversations are laid out by the {template['name']} template, which is saved with the tokenizer."]
    if template.get("system_prompt"):
        lines.append(f"It was trained under the system prompt {json.dumps(template['system_prompt'])}.")
    if parity["passed"]:
        asked = sum(parity["compared"].values())
        lines.append(f"Checked on {asked} prompts: the tokens are those that it was trained on.")
    else:
        lines.append(f"**It is asked otherwise than it was trained** in {parity['different']} of the checked prompts.")
    return lines
