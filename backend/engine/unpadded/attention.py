"""Attention for a row of examples that lie end to end: each sees itself alone, nothing is computed across borders.

A mask that forbids looking across would do too, but what it forbids is computed first: with rows of 2,048 tokens it
is half as fast as attention by example (docs/benchmarks.md). Registered with transformers under `BY_EXAMPLE`; the
borders come as `cu_seq_lens_q`, the name its flash attention has for them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from backend.core.estimates.choices import MOST_FOR_MATMUL

BY_EXAMPLE = "by_example"


def register() -> None:
    """Make `attn_implementation="by_example"` known to transformers; again does no harm."""
    AttentionInterface.register(BY_EXAMPLE, attention_by_example)
    AttentionMaskInterface.register(BY_EXAMPLE, _mask_of_a_batch)


def _mask_of_a_batch(*sizes: int, attention_mask: torch.Tensor | None = None, **others: Any) -> torch.Tensor | None:
    """None for a row of examples, whose borders are kept by not computing across them; padding is masked as usual."""
    return None if attention_mask is None else sdpa_mask(*sizes, attention_mask=attention_mask, **others)


def attention_by_example(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    cu_seq_lens_q: torch.Tensor | None = None,
    borders: Sequence[int] | None = None,
    max_length_q: int | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention within each example.

    Args:
        query: (1, heads, tokens, width); `key` and `value` have as many heads or a divisor of it.
        cu_seq_lens_q: where examples begin, and the number of tokens, int32 (examples + 1); without it, transformers'
            own attention answers (a padded batch, generation).
        borders: the same as numbers; without them they are read from the tensor, for which a GPU stands still.
        max_length_q: tokens of the longest example.

    Returns:
        (1, tokens, heads, width), and no weights.
    """
    if cu_seq_lens_q is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, sliding_window=sliding_window, **others
        )
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    longest = int(max_length_q or query.shape[2])
    kernel = _varlen_kernel(narrows=sliding_window is not None and sliding_window < longest) if query.is_cuda else None
    if kernel is not None and dropout == 0.0 and query.element_size() == 2:
        return kernel(query, key, value, cu_seq_lens_q, longest, scale, sliding_window), None
    pieces = [
        _one_example(query[:, :, a:b], key[:, :, a:b], value[:, :, a:b], dropout, scale, sliding_window)
        for a, b in pairwise(borders or cu_seq_lens_q.tolist())
    ]
    return torch.cat(pieces, dim=2).transpose(1, 2), None


def _one_example(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, dropout: float, scale: float, window: int | None
) -> torch.Tensor:
    tokens = query.shape[2]
    narrow = None if window is None or window >= tokens else window
    if query.device.type == "cpu" and tokens <= MOST_FOR_MATMUL and dropout == 0.0:
        return _by_matmul(query, key, value, scale, narrow)
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    if narrow is None:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True, dropout_p=dropout, scale=scale)
    mask = _mask(tokens, narrow, query)
    return F.scaled_dot_product_attention(query, key, value, mask, dropout_p=dropout, scale=scale)


def _by_matmul(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, window: int | None
) -> torch.Tensor:
    """Softmax(Q K^T) V, the query heads that share a key head folded into one matrix."""
    batch, heads, tokens, width = query.shape
    shared = key.shape[1]
    folded = query.reshape(batch, shared, heads // shared * tokens, width)
    scores = (folded @ key.transpose(-1, -2)).mul(scale).view(batch, shared, -1, tokens, tokens)
    weights = F.softmax(scores + _mask(tokens, window, query), dim=-1, dtype=torch.float32).to(query.dtype)
    return (weights.view(batch, shared, -1, tokens) @ value).view(batch, heads, tokens, width)


def _mask(tokens: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
    """(tokens, tokens): 0 where a token may look, minus infinity elsewhere."""
    mask = torch.full((tokens, tokens), -math.inf, dtype=like.dtype, device=like.device).triu_(1)
    return (
        mask
        if window is None
        else mask.masked_fill_(torch.ones_like(mask, dtype=torch.bool).tril_(-window), -math.inf)
    )


Kernel = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, int, float, int | None], torch.Tensor]


@cache
def _varlen_kernel(*, narrows: bool) -> Kernel | None:
    """PyTorch's own flash attention over unequal lengths (2.10 and later); None = not in this PyTorch."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return kernel_of(varlen_attn, narrows=narrows)


def kernel_of(varlen_attn: Callable[..., torch.Tensor], *, narrows: bool) -> Kernel | None:
    """PyTorch's function with one way to call it; its parameters have changed from release to release.

    Args:
        narrows: whether there will be a sliding window; None is returned where the function knows of none.
    """
    known = inspect.signature(varlen_attn).parameters
    if "window_size" not in known and (narrows or "is_causal" not in known):
        return None

    def kernel(
        query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, borders: torch.Tensor, longest: int,
        scale: float, window: int | None,
    ) -> torch.Tensor:  # fmt: skip
        groups, options = query.shape[1] // key.shape[1], _causal(known, window)
        if "enable_gqa" in known:
            options["enable_gqa"] = groups > 1
        elif groups > 1:
            key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
        if "scale" in known:
            options["scale"] = scale
        else:  # it divides by the root of the width
            query = query * (scale * query.shape[-1] ** 0.5)
        rows = [part[0].transpose(0, 1) for part in (query, key, value)]
        return varlen_attn(*rows, borders, borders, longest, longest, **options)[None]

    return kernel


def _causal(known: Collection[str], window: int | None) -> dict[str, Any]:
    """What tells the function to look back only, and how far: itself and `window - 1` tokens before."""
    if "window_size" not in known:
        return {"is_causal": True}
    return {"window_size": (-1 if window is None else window - 1, 0)}
