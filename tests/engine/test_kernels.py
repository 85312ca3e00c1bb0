"""Kernels that a CPU's library makes for each shape of a product must not pile up over a run."""

import subprocess
import sys

import pytest

from backend.core.environment.processor import fast_at_bfloat16

PRODUCTS = """
from backend.engine.kernels import keep_few_kernels
keep_few_kernels()
import psutil, torch
torch.set_num_threads(1)
weight = torch.randn(64, 64, dtype=torch.bfloat16)
held = []
for tokens in range(100, 700):
    batch = torch.randn(tokens, 64, dtype=torch.bfloat16, requires_grad=True)
    ((batch @ weight.T) @ weight).sum().backward()
    if tokens in (199, 699):
        held.append(psutil.Process().memory_info().rss)
print(held[1] - held[0])
"""
MOST = 60 * 2**20
"""Some 630 MB more are held after 500 further batches where all kernels are kept, and none where few are."""


@pytest.mark.skipif(not fast_at_bfloat16(), reason="this CPU has no kernels for 16 bit")
def test_batches_of_other_lengths_take_no_more_memory() -> None:
    """500 lengths that were never seen before."""
    told = subprocess.run([sys.executable, "-c", PRODUCTS], capture_output=True, text=True, check=True)
    assert int(told.stdout) < MOST
