"""A GPU's kernel is called as its release wants to be called, and gives what attention by example gives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

from backend.engine.unpadded.attention import attention_by_example, kernel_of

BORDERS = [0, 5, 6, 20]
WIDTH = 8


def by_example(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, window: int | None
) -> torch.Tensor:
    """(tokens, heads, width) from the same: masks, and nothing clever."""
    found = torch.empty_like(query)
    for start, end in pairwise(BORDERS):
        tokens = end - start
        far = torch.arange(tokens)[:, None] - torch.arange(tokens)[None, :]
        seen = (far >= 0) & (far < (window or tokens))
        scores = torch.einsum("qhd,khd->hqk", query[start:end], key[start:end]) * scale
        weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
        found[start:end] = torch.einsum("hqk,khd->qhd", weights, value[start:end])
    return found


def first_release(q: Any, k: Any, v: Any, cu_q: Any, cu_k: Any, most_q: int, most_k: int, is_causal: bool) -> Any:
    assert is_causal
    return by_example(q, k, v, WIDTH**-0.5, None)


def later_release(
    q: Any, k: Any, v: Any, cu_q: Any, cu_k: Any, most_q: int, most_k: int, *,
    scale: float | None = None, window_size: tuple[int, int] = (-1, -1), enable_gqa: bool = False,
) -> Any:  # fmt: skip
    assert enable_gqa or q.shape[1] == k.shape[1]
    left, right = window_size
    assert right == 0
    k, v = (part.repeat_interleave(q.shape[1] // part.shape[1], 1) for part in (k, v))
    return by_example(q, k, v, scale or WIDTH**-0.5, None if left < 0 else left + 1)


@pytest.mark.parametrize("release", [first_release, later_release])
@pytest.mark.parametrize("scale", [WIDTH**-0.5, 0.1])
@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("shared", [1, 2, 4])
def test_every_release_gives_the_same(release: Any, scale: float, window: int | None, shared: int) -> None:
    torch.manual_seed(0)
    query = torch.randn(1, 4, BORDERS[-1], WIDTH)
    key, value = torch.randn(2, 1, shared, BORDERS[-1], WIDTH)
    borders = torch.tensor(BORDERS, dtype=torch.int32)
    kernel = kernel_of(release, narrows=window is not None)
    if kernel is None:
        assert release is first_release
        assert window is not None
        return
    ours, _ = attention_by_example(
        torch.nn.Identity(), query, key, value, None, 0.0, scale, window, borders, BORDERS, max_length_q=14
    )
    found = kernel(query, key, value, borders, 14, scale, window)
    torch.testing.assert_close(found, ours, rtol=1e-4, atol=1e-5)


def test_a_function_that_cannot_look_back_only_is_not_called() -> None:
    assert kernel_of(lambda q, k, v, cu_q, cu_k, most_q, most_k: q, narrows=False) is None
