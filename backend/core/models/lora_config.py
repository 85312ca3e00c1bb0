"""What an `adapter_config.json` says that an adapter is beyond a plain product of two factors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FEATURES = {
    "use_dora": "DoRA", "lora_bias": "LoRA biases", "modules_to_save": "fully trained modules",
    "trainable_token_indices": "trained tokens", "layer_replication": "replicated layers", "use_qalora": "QA-LoRA",
    "alora_invocation_tokens": "activated LoRA", "target_parameters": "parameters as targets", "use_bdlora": "BD-LoRA",
    "kasa_config": "KaSA", "arrow_config": "Arrow routing", "monteclora_config": "MonteCLoRA",
    "velora_config": "VeLoRA", "megatron_config": "Megatron layers",
}  # fmt: skip
"""What an adapter can be beyond a plain product of two factors, by its name in the config."""

PLAIN_INITS = ("gaussian", "eva", "orthogonal")
"""Ways to begin that leave the base alone; PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA change it."""


def features_in(config: Mapping[str, Any]) -> list[str]:
    """What the adapter is beyond a product of two factors, in words."""
    found = [words for name, words in FEATURES.items() if config.get(name)]
    if config.get("bias", "none") != "none":
        found.append("trained biases")
    return found


def changed_base_in(config: Mapping[str, Any]) -> str | None:
    """The initialisation that changed the base's weights, so that the factors alone say nothing; None = none."""
    init = config.get("init_lora_weights", True)
    return None if isinstance(init, bool) or init in PLAIN_INITS else str(init)
