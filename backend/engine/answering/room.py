"""How many answers a machine can write at once."""

from __future__ import annotations

from typing import Any

from backend.engine.answering.decoder import Room
from backend.engine.device import Device

MOST_ROWS = 64
GIB = 1024**3


def room_for(model: Any, device: Device, rows: int | None, memory_gb: float | None) -> Room:
    """The room in the cache of keys and values.

    Args:
        model: the loaded model.
        device: where it is.
        rows: answers at once, if a person has said; else as many as the memory holds, `MOST_ROWS` at most.
        memory_gb: memory for them in GiB; None = half of what is free now.
    """
    free = device.free_bytes() or GIB
    limit = int(memory_gb * GIB) if memory_gb is not None else free // 2
    # Twice a cell: while rows join or leave, the cache is copied.
    return Room(rows or MOST_ROWS, max(1, limit // (2 * bytes_per_token(model))))


def bytes_per_token(model: Any) -> int:
    """Bytes of keys and values that one token of one row takes over all layers."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * heads * size * model.dtype.itemsize)
