"""How big a base model is, told from its `config.json` or from its name; no weight is opened, nothing downloaded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.models.families import FUSED, Family, family_of

_SIZE = re.compile(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?)\s*([bBmM])(?![A-Za-z0-9])")

USUAL_VOCABULARY = 151_936
USUAL_SHAPES = (  # parameters, hidden size, layers, heads, intermediate size, key/value width: Qwen2.5 and Llama
    (0.5e9, 896, 24, 14, 4864, 128),
    (1.5e9, 1536, 28, 12, 8960, 256),
    (3e9, 2048, 36, 16, 11008, 256),
    (8e9, 4096, 32, 32, 14336, 1024),
    (14e9, 5120, 48, 40, 13824, 1024),
    (32e9, 5120, 64, 40, 27648, 1024),
    (72e9, 8192, 80, 64, 29568, 1024),
)
ATTENTION_MAPS = ("q_proj", "k_proj", "v_proj", "o_proj")
STORED_BYTES = {"float32": 4, "float64": 8}
"""Bytes of a weight in the model's files, by the name in `config.json`; of all others two."""


@dataclass(frozen=True)
class ModelShape:
    """The sizes that memory depends on.

    Args:
        heads: of the attention.
        query_width: width of all its queries together, `hidden_size` in most models.
        key_value_width: width of the keys and values, smaller than `query_width` with grouped heads.
        tied: whether the head shares the input embedding.
        basis: a sentence on where they come from.
        stored_bytes: of a weight in the model's files.
        scales_logits: whether more is done with the logits than taking their loss, so that batches are padded.
        gated: whether the widest part of a layer has a gate; else it has two maps in place of three.
        expert_parameters: of all experts of a layer, where it has several.
    """

    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    query_width: int
    key_value_width: int
    vocab_size: int
    tied: bool
    basis: str
    stored_bytes: int = 2
    scales_logits: bool = False
    gated: bool = True
    expert_parameters: int = 0

    @property
    def linear_parameters(self) -> int:
        """Parameters in the linear maps that a token passes through."""
        return self.layers * sum(width_in * width_out for width_in, width_out in self.linears().values())

    @property
    def quantised_parameters(self) -> int:
        """Parameters that quantisation shrinks: all linear maps, without experts and the head."""
        attention = {name: sizes for name, sizes in self.linears().items() if name in ATTENTION_MAPS}
        quantised = attention if self.expert_parameters else self.linears()
        return self.layers * sum(width_in * width_out for width_in, width_out in quantised.values())

    @property
    def other_parameters(self) -> int:
        """Parameters that stay as wide as they are computed: the embedding, the head, experts."""
        return self.embedding_parameters + self.layers * self.expert_parameters

    @property
    def largest_linear(self) -> int:
        """Parameters of the largest linear map."""
        return max(width_in * width_out for width_in, width_out in self.linears().values())

    @property
    def embedding_parameters(self) -> int:
        """Parameters of the embedding and the head, which stay in 16 bit."""
        return self.vocab_size * self.hidden_size * (1 if self.tied else 2)

    def adapter_parameters(self, rank: int, targets: Sequence[str], *, directions: bool = False) -> int:
        """Trained parameters of a LoRA of this rank on these modules.

        Args:
            directions: DoRA, which trains the length of each output's weights too.
        """
        of_one = (rank * (into + out) + (out if directions else 0) for into, out in self.adapted(targets).values())
        return self.layers * sum(of_one)

    def adapted(self, targets: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The linear maps of a layer that an adapter is put on: `(in, out)` by name."""
        linears = self.linears()
        if self.expert_parameters:
            linears = {name: linears[name] for name in ATTENTION_MAPS}
        if "all-linear" in targets:
            return linears
        endings = [target.rpartition(".")[2] for target in targets]
        wanted = {name for ending in endings for name in FUSED.get(ending, (ending,))}
        return {name: sizes for name, sizes in linears.items() if name in wanted}

    def linears(self) -> dict[str, tuple[int, int]]:
        """The linear maps of a layer: `(in, out)` by name."""
        hidden, wide, narrow = self.hidden_size, self.intermediate_size, self.key_value_width
        gate = {"gate_proj": (hidden, wide)} if self.gated else {}
        return {
            "q_proj": (hidden, self.query_width), "k_proj": (hidden, narrow), "v_proj": (hidden, narrow),
            "o_proj": (self.query_width, hidden), **gate, "up_proj": (hidden, wide), "down_proj": (wide, hidden),
        }  # fmt: skip


TINY = ModelShape(
    hidden_size=192,
    layers=4,
    heads=6,
    intermediate_size=512,
    query_width=192,
    key_value_width=192,
    vocab_size=1536,
    tied=True,
    basis="The built-in model's own shape.",
    stored_bytes=4,
)
"""The built-in model; every width is a multiple of 64, the block size of NF4, so that no odd blocks are left."""


def shape_of(name: str, folder: Path | None = None) -> ModelShape:
    """The shape of a base model.

    Args:
        name: as the user gave it; a size in it ("0.5B", "7b") is the fallback.
        folder: where the model lies on this machine, if it does.
    """
    if name == "tiny":
        return TINY
    config = _config(folder) if folder else {}
    if family := family_of(config):
        return _from_config(config, family, f"Counted from {name}'s config.json.")
    size = _SIZE.search(name.rpartition("/")[2])
    if size:
        parameters = float(size[1]) * (1e9 if size[2] in "bB" else 1e6)
        return _usual(parameters, f"Guessed from the size in the name {name} ({size[0]} parameters).")
    return _usual(7e9, f"{name} is not on this machine and its name tells no size: 7 billion parameters assumed.")


def _config(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _from_config(config: dict[str, Any], family: Family, basis: str) -> ModelShape:
    sizes = family.sizes
    hidden, heads = sizes["hidden_size"], sizes.get("heads", 1)
    head_size = sizes.get("head_size", hidden // heads)
    inner, experts = sizes.get("intermediate_size", 4 * hidden), sizes.get("experts", 1)
    of_expert = sizes.get("expert_size", inner)
    return ModelShape(
        hidden_size=hidden,
        layers=sizes.get("layers", 1),
        heads=heads,
        query_width=head_size * heads,
        # Of many experts those that a token passes through work like one that is as wide as all of them.
        intermediate_size=of_expert * sizes.get("experts_at_once", 1) if experts > 1 else inner,
        key_value_width=head_size * sizes.get("key_value_heads", heads),
        vocab_size=sizes.get("vocab_size", USUAL_VOCABULARY),
        tied=family.tied,
        basis=f"{basis} {family.remark}".strip(),
        stored_bytes=STORED_BYTES.get(str(config.get("dtype") or config.get("torch_dtype")), 2),
        scales_logits=family.scales_logits,
        gated=family.gated,
        expert_parameters=experts * of_expert * hidden * (3 if family.gated else 2) if experts > 1 else 0,
    )


def _usual(parameters: float, basis: str) -> ModelShape:
    """The shape that models of about this size have, its layers scaled to meet the size."""
    near = min(USUAL_SHAPES, key=lambda shape: abs(math.log(shape[0] / parameters)))
    size, hidden, layers, heads, intermediate, narrow = near
    return ModelShape(
        hidden_size=hidden,
        layers=max(1, round(layers * parameters / size)),
        heads=heads,
        query_width=hidden,
        intermediate_size=intermediate,
        key_value_width=narrow,
        vocab_size=USUAL_VOCABULARY,
        tied=parameters < 4e9,
        basis=basis,
    )
