"""An adapter alone as GGUF, as llama.cpp and Ollama load it beside a base that they have already.

The form is that of llama.cpp's `convert_lora_to_gguf.py`: tensors named as the base's in GGUF with `.lora_a` and
`.lora_b` behind, `general.type` = adapter, and one alpha. llama.cpp multiplies BA with alpha / rank of each layer;
what an adapter scales otherwise (rsLoRA, patterns) is multiplied into B here, so that the product is the same.
Written for the architectures that were compared number by number; others are refused.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from backend.core.errors import BadModel, MissingDependency
from backend.engine.adapter_file import AdapterFile, Update

ARCHITECTURES = {"Qwen2ForCausalLM": "qwen2", "LlamaForCausalLM": "llama"}
FIELD = "model"
HEAD = "lm_head"


def require_convertible(file: AdapterFile, base: Path) -> str:
    """The architecture in GGUF's words.

    Raises:
        MissingDependency: the package `gguf` is not installed.
        BadModel: the base's architecture is none of those known here, or the adapter is more than a sum of products.
    """
    if importlib.util.find_spec("gguf") is None:
        raise MissingDependency("An adapter as GGUF needs the package gguf: pip install gguf.")
    config = json.loads((base / "config.json").read_bytes())
    architecture = next(iter(config.get("architectures") or ["unnamed"]))
    if architecture not in ARCHITECTURES:
        raise BadModel(
            f"The base is a {architecture}; alone, only adapters of {' and '.join(ARCHITECTURES)} are written as "
            "GGUF. Write --form gguf, the whole model.",
            FIELD,
        )
    if file.features or file.changed_base:
        why = " and ".join([*file.features, *([file.changed_base] if file.changed_base else [])])
        raise BadModel(f"The adapter has {why}, which GGUF cannot say: write --form gguf, the whole model.", FIELD)
    if odd := [module for module in file.modules if file.is_embedding(module)]:
        raise BadModel(f"The adapter changes the embedding {odd[0]}: write --form gguf, the whole model.", FIELD)
    if HEAD in file.modules and config.get("tie_word_embeddings"):
        raise BadModel(
            f"The adapter changes {HEAD}, which the base shares with its embedding: write --form gguf.", FIELD
        )
    return ARCHITECTURES[architecture]


def write_adapter(file: AdapterFile, base: Path, outfile: Path, told: Callable[[int, int], None]) -> None:
    """Write the adapter in 32 bit. Raises as `require_convertible` does, and BadModel for a layer without a name."""
    import gguf

    architecture = require_convertible(file, base)
    config = json.loads((base / "config.json").read_bytes())
    kind = next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    names = gguf.get_tensor_name_map(kind, int(config["num_hidden_layers"]))
    alpha = float(file.config["lora_alpha"])
    writer = gguf.GGUFWriter(outfile, architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_name(file.folder.name)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for done, (module, update) in enumerate(file.updates(), start=1):
        name = names.get_name(module)
        if name is None:
            raise BadModel(f"GGUF has no name for the layer {module}: write --form gguf, the whole model.", FIELD)
        writer.add_tensor(f"{name}.weight.lora_a", update.a.float().contiguous().numpy())
        writer.add_tensor(f"{name}.weight.lora_b", _rows(module, update, alpha, architecture, config).numpy())
        told(done, len(file.modules))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _rows(module: str, update: Update, alpha: float, architecture: str, config: dict[str, Any]) -> torch.Tensor:
    """B `(out, rank)` in the order and the scale that llama.cpp takes."""
    rows = update.b.float()
    factor = update.scale / (alpha / update.rank)
    if factor != 1:
        rows = rows * factor
    layer = module.rpartition(".")[2]
    if architecture == "llama" and layer in ("q_proj", "k_proj"):
        heads = int(config["num_attention_heads"])
        rows = _interleaved(rows, heads if layer == "q_proj" else int(config.get("num_key_value_heads") or heads))
    return rows.contiguous()


def _interleaved(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """llama.cpp turns neighbouring rows of a head together (RoPE), transformers those half a head apart."""
    return rows.view(heads, 2, -1, rows.shape[1]).transpose(1, 2).reshape(rows.shape)
