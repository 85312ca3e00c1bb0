"""How many of the kernels are kept that a CPU's library makes for the matrix products of training."""

from __future__ import annotations

import os

KEPT = 64
"""Those of two batches or three: a layer's products forth and back have some twenty shapes, alike in every layer."""


def keep_few_kernels() -> None:
    """Keep no kernels for batches that are long over.

    For 16 bit oneDNN makes one for each shape, half a megabyte large, and PyTorch keeps another: 1,024 of each by
    default. Batches of unequal examples hardly ever have the same number of tokens, so nearly all are kept in vain:
    a run of the built-in model took 1,232 MB, and takes 664 MB in 0.9 of the time. Both read these variables at the
    first product that needs them; a user's own values are left as they are.
    """
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(variable, str(KEPT))
