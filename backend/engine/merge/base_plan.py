"""What a merge into the base will do, decided from headers alone: which update goes into which tensor.

Every adapted layer must be one tensor of the checkpoint, and every such tensor belongs to one layer. A layer without a
tensor is an error and never skipped: the result would be the base itself under another name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.errors import BadModel, InvalidInput
from backend.core.paths import shown
from backend.engine.merge.base_copies import require_true_copies
from backend.engine.merge.base_vocabulary import embedding_of, require_same_vocabulary, require_tokens_fit
from backend.engine.merge.checkpoint import Checkpoint, some
from backend.engine.merge.parents import Parent, modules_of
from backend.engine.merge.shards import FIELD, TYPES, StoredTensor, read_pieces

RENAMED = (
    (r"^(.*)$", r"\1"),
    # A checkpoint of the bare model, without its head, lacks the first part of the names (gpt2 on the hub).
    (r"^(?:model|transformer)\.(.*)$", r"\1"),
    # Vision-language models, which transformers renames on loading: newer names to those of older files.
    (r"^model\.language_model\.(.*)$", r"language_model.model.\1"),
    (r"^model\.language_model\.(.*)$", r"model.\1"),
    (r"^model\.visual\.(.*)$", r"visual.\1"),
    (r"^lm_head$", r"language_model.lm_head"),
    (r"^model\.(vision_tower|multi_modal_projector)\.(.*)$", r"\1.\2"),
)
"""A layer's name in the model, and the names its tensor may have in the file."""

CONV1D_MODELS = {"gpt2", "openai-gpt", "imagegpt", "decision_transformer"}
CONV1D_LAYERS = {"c_attn", "q_attn", "c_proj", "c_fc"}
"""Where transformers keeps a weight as `(in, out)`; for a square one the shape does not tell."""

HEADS = ("lm_head", "embed_out")
PACKED = re.compile(
    r"\.(qweight|qzeros|weight_packed|weight_scale(_inv)?|weight\.(absmax|quant_map|quant_state\..*)|SCB)$"
)
"""Tensors that only a quantised checkpoint has."""


@dataclass(frozen=True)
class Target:
    """A tensor to be changed.

    Args:
        module: the adapted layer.
        tensor: its weight in the base.
        transposed: whether that is `(in, out)`, the transpose of the update.
    """

    module: str
    tensor: StoredTensor
    transposed: bool


@dataclass(frozen=True)
class Plan:
    """All that will be written.

    Args:
        targets: by the tensor's name.
        head: a head of its own for a model that has none: the new tensor's name and the embedding it begins as.
        untied: whether the config has to say that head and embedding are two.
    """

    targets: dict[str, Target]
    head: tuple[str, StoredTensor] | None
    untied: bool


def plan(checkpoint: Checkpoint, parents: Sequence[Parent], *, untie: bool) -> Plan:
    """Decide it.

    Raises:
        BadModel: the base is quantised or does not have what the adapters change.
        InvalidInput: head and embedding are tied, and nobody allowed to untie them.
    """
    _require_unpacked(checkpoint)
    modules = modules_of(parents)
    tied = _tied(checkpoint, modules)
    head = _new_head(checkpoint, modules, tied, untie)
    tensors = checkpoint.tensors
    if head:
        tensors[head[0]] = head[1]
    named = _one_each({module: _tensor_of(module, tensors) for module in modules}, checkpoint)
    require_tokens_fit(checkpoint, parents)
    targets = {}
    for module, name in named.items():
        targets[name] = Target(module, tensors[name], _fits(module, tensors[name], parents, checkpoint))
    require_true_copies({target.module: target.tensor for target in targets.values()}, parents)
    return Plan(targets, head, tied)


def _require_unpacked(checkpoint: Checkpoint) -> None:
    quantised = checkpoint.config.get("quantization_config")
    packed = [name for name, tensor in checkpoint.tensors.items() if PACKED.search(name) or "F8" in tensor.dtype]
    if not quantised and not packed:
        return
    method = quantised.get("quant_method") if isinstance(quantised, dict) else None
    finding = f"config.json names quantization_config {method or ''}".strip() if quantised else some(packed)
    raise BadModel(
        f"The base in {shown(checkpoint.folder)} is quantised ({finding}), and a merge needs the 16-bit base: pass "
        "--base_model_name with that one.",
        FIELD,
    )


def _tied(checkpoint: Checkpoint, modules: Sequence[str]) -> bool:
    """Whether an adapted head or embedding shares its weight with the other one.

    The config does not tell by itself (a flag that equals its architecture's default is left out), the file does: a
    tied head is missing, or a copy.
    """
    embedding = embedding_of(checkpoint.tensors)
    if not embedding or not _touched(modules, embedding):
        return False
    head = next((tensor for name, tensor in checkpoint.tensors.items() if _is_head(name)), None)
    if head is None:
        return True
    flag = _text_config(checkpoint.config).get("tie_word_embeddings", checkpoint.config.get("tie_word_embeddings"))
    return flag is not False and head.shape == embedding.shape and _same_content(head, embedding)


def _new_head(
    checkpoint: Checkpoint, modules: Sequence[str], tied: bool, untie: bool
) -> tuple[str, StoredTensor] | None:
    embedding = embedding_of(checkpoint.tensors)
    if not tied or embedding is None:
        return None
    if not untie:
        raise InvalidInput(
            f"The adapters change {' and '.join(_touched(modules, embedding))}, and this base uses one weight for "
            "head and embedding: pass --untie to give the result a head of its own.",
            "untie",
        )
    if any(_is_head(name) for name in checkpoint.tensors):
        return None
    if "text_config" in checkpoint.config:
        raise BadModel("Head and embedding of a model with several parts cannot be untied: leave them out.", FIELD)
    return next((module for module in modules if _is_head(module)), "lm_head") + ".weight", embedding


def _tensor_of(module: str, tensors: Mapping[str, StoredTensor]) -> str | None:
    names = dict.fromkeys(
        re.sub(pattern, replacement, module) + ".weight"
        for pattern, replacement in RENAMED
        if re.match(pattern, module)
    )
    return next((name for name in names if name in tensors), None)


def _one_each(named: Mapping[str, str | None], checkpoint: Checkpoint) -> dict[str, str]:
    """The tensor of each layer. Raises BadModel for a layer without one, and for two with the same."""
    missing = [module for module, name in named.items() if name is None]
    if missing:
        raise BadModel(
            f"The base in {shown(checkpoint.folder)} has no weight for {len(missing)} of the {len(named)} layers that "
            f"the adapters change ({some(missing)}): it is another model, or a checkpoint under other names.",
            FIELD,
        )
    places: dict[str, str] = {}
    for module, name in named.items():
        if name is None:
            continue
        if name in places:
            raise BadModel(
                f"{places[name]} and {module} both belong to the base's {name}: only one of them can.", FIELD
            )
        places[name] = module
    return {module: name for name, module in places.items()}


def _fits(module: str, tensor: StoredTensor, parents: Sequence[Parent], checkpoint: Checkpoint) -> bool:
    """Whether the tensor is the transpose of the update. Raises BadModel when it is neither."""
    having = [parent for parent in parents if module in parent.file.modules]
    out, _, into = having[0].file.shapes(module)
    if tensor.dtype not in TYPES:
        raise BadModel(f"{tensor.name} of the base is {tensor.dtype}: a merge adds to {', '.join(TYPES)}.", FIELD)
    embedding = having[0].file.is_embedding(module)
    if embedding or _is_head(module):
        require_same_vocabulary(tensor, into if embedding else out, having[0])
    fitting = [
        transposed for transposed in (False, True) if tensor.shape == ((into, out) if transposed else (out, into))
    ]
    if not fitting or (embedding and True not in fitting):
        raise BadModel(
            f"{module} is {out} x {into} in {having[0].name}, and {tensor.name} in the base is "
            f"{' x '.join(map(str, tensor.shape))}: it is another model.",
            FIELD,
        )
    return embedding or (fitting[0] if len(fitting) == 1 else _square(module, having[0], checkpoint))


def _square(module: str, parent: Parent, checkpoint: Checkpoint) -> bool:
    """Whether a square weight is transposed: by the architecture, else as PEFT noted it."""
    if checkpoint.config.get("model_type") in CONV1D_MODELS:
        return is_conv1d(module, checkpoint)
    return bool(parent.file.config.get("fan_in_fan_out"))


def is_conv1d(name: str, checkpoint: Checkpoint) -> bool:
    """Whether the architecture keeps this layer's weight as `(in, out)`."""
    return checkpoint.config.get("model_type") in CONV1D_MODELS and _last(name) in CONV1D_LAYERS


def _touched(modules: Sequence[str], embedding: StoredTensor) -> list[str]:
    """The adapted layers that a tied model keeps in one weight."""
    return [module for module in modules if _is_head(module) or _last(module) == _last(embedding.name)]


def _is_head(name: str) -> bool:
    return _last(name) in HEADS


def _last(name: str) -> str:
    return name.removesuffix(".weight").rpartition(".")[2]


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("text_config")
    return found if isinstance(found, dict) else {}


def _same_content(one: StoredTensor, other: StoredTensor) -> bool:
    return all(mine == theirs for mine, theirs in zip(read_pieces(one), read_pieces(other), strict=True))
