"""An adapter made elsewhere, judged by its files: what it is, and whether anything here can use it.

LLaMA-Factory, Axolotl, Unsloth and PEFT itself write the same two files. What of theirs cannot be used is said by
name, before anything is kept; no tensor is read, and no library opens what a stranger made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from backend.core.errors import BadModel
from backend.core.models.folder import require_safe
from backend.core.models.lora_config import changed_base_in, features_in
from backend.core.models.safetensors_header import TensorEntry, read_header
from backend.core.params.hub_id import is_hub_id

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
PAIRS = ({".lora_A.weight", ".lora_B.weight"}, {".lora_embedding_A", ".lora_embedding_B"})
FACTORS = {*PAIRS[0], *PAIRS[1], ".lora_magnitude_vector", ".lora_magnitude_vector.weight"}
FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
TINY = "tiny"
MOST_NAMED = 3


@dataclass(frozen=True)
class ForeignAdapter:
    """What the files of an adapter say.

    Args:
        base_model: the base it is to be used on.
        named_base: the base as its config names it.
        rank, alpha: of LoRA.
        targets: endings of the adapted layers' names.
        layers: how many there are.
        use_rslora, use_dora: its kind.
        notes: what a person should know, in sentences.
    """

    base_model: str
    named_base: str
    rank: int
    alpha: float
    targets: tuple[str, ...]
    layers: int
    use_rslora: bool
    use_dora: bool
    notes: tuple[str, ...]


def judge(folder: Path, base_model: str | None = None) -> ForeignAdapter:
    """What an adapter's folder holds.

    Args:
        folder: with the two files, and nothing that was not asked for.
        base_model: the base it is to be used on; None = the one its config names.

    Raises:
        BadModel: it cannot be used here; the message says why.
    """
    require_safe(folder)
    config = _config(folder / CONFIG)
    tensors = read_header(folder / WEIGHTS).tensors
    _require_usable(config)
    modules = _require_factors(tensors)
    named = str(config.get("base_model_name_or_path") or "")
    targets = tuple(sorted({module.rpartition(".")[2] for module in modules}))
    notes = []
    if any(tensor.name.endswith(".lora_embedding_A") for tensor in tensors):
        notes.append("It changes the embedding: it can be merged into its base, and not be put on and off in a chat.")
    if named.lower().endswith(("-bnb-4bit", "-4bit", "-gptq", "-awq")):
        notes.append(f"Its base {named} is quantised already; merging into a base takes the unquantised one.")
    if not (folder / "chat_template.jinja").is_file():
        notes.append("No chat template came with it: it is asked with its base's.")
    return ForeignAdapter(
        base_model=base_model or _base(named),
        named_base=named,
        rank=config["r"],
        alpha=config["lora_alpha"],
        targets=targets,
        layers=len(modules),
        use_rslora=bool(config.get("use_rslora")),
        use_dora=bool(config.get("use_dora")),
        notes=tuple(notes),
    )


def _config(path: Path) -> dict[str, Any]:
    config = json.loads(path.read_bytes())  # a table: `require_safe` has seen to it
    kind = config.get("peft_type")
    if kind != "LORA":
        raise BadModel(f"Its peft_type is {kind!r}: only LoRA adapters can be used here.")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not isinstance(rank, int) or isinstance(rank, bool) or rank <= 0:
        raise BadModel(f"{CONFIG} says r is {rank!r}, which is no rank.")
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not isfinite(alpha) or alpha == 0:
        raise BadModel(f"{CONFIG} says lora_alpha is {alpha!r}, which is no scaling.")
    return dict(config)


def _require_usable(config: Mapping[str, Any]) -> None:
    beyond = [words for words in features_in(config) if words != "DoRA"]
    if saved := config.get("modules_to_save"):
        raise BadModel(
            f"It holds fully trained copies of {_some(saved)} (modules_to_save), which are no update of the base and "
            "cannot be used here: train without modules_to_save, or merge it where it was made and take the model."
        )
    if beyond:
        raise BadModel(f"It has {' and '.join(beyond)}, which nothing here can use.")
    if changed := changed_base_in(config):
        raise BadModel(
            f"It was begun with {changed}, which changes the base's weights: save it with PEFT's "
            "path_initial_model_for_weight_conversion first, which makes it a plain adapter."
        )


def _require_factors(tensors: tuple[TensorEntry, ...]) -> list[str]:
    """The adapted layers, each with both of its factors."""
    modules: dict[str, set[str]] = {}
    for tensor in tensors:
        ending = next((ending for ending in FACTORS if tensor.name.endswith(ending)), None)
        if ending is None and tensor.name.endswith(".base_layer.weight"):
            continue  # PEFT's copy of an adapted embedding
        if ending is None or not tensor.name.startswith(PREFIX):
            raise BadModel(f"{WEIGHTS} holds {tensor.name[:120]}, which is no factor of LoRA.")
        if tensor.dtype not in FLOATS:
            raise BadModel(f"{tensor.name[:120]} is {tensor.dtype}: a factor of LoRA is F32, F16 or BF16.")
        name = tensor.name.removeprefix(PREFIX).removesuffix(ending)
        modules.setdefault(name, set()).add(ending)
    if not modules:
        raise BadModel(f"{WEIGHTS} holds no tensors.")
    for name, parts in modules.items():
        if not any(pair <= parts for pair in PAIRS):
            raise BadModel(f"{name[:120]} has not both of its factors: the file is incomplete.")
    return list(modules)


def _base(named: str) -> str:
    """The base by its name, where that means the same on this machine."""
    if named == TINY or is_hub_id(named):
        return named
    what = f"names its base {named!r}, a folder of the machine it was made on" if named else "does not name its base"
    raise BadModel(f"It {what}: say which base it belongs to with base_model_name.", "base_model_name")


def _some(names: Any) -> str:
    listed = [str(name) for name in names] if isinstance(names, list) else [str(names)]
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return ", ".join(listed[:MOST_NAMED]) + more
