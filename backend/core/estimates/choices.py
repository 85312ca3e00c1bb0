"""What the engine has decided about memory: said once, for the engine that does so and for the estimate of it."""

from __future__ import annotations

MOST_FOR_MATMUL = 256
"""Tokens up to which, on a CPU, an example's attention is made of plain matrix products, which keep its scores: they
beat PyTorch's flash kernel, which keeps none, 2.8 times at 128 and 1.6 at 256 tokens; at 512 they lose (bfloat16, one
core of an EPYC)."""

PIECE_BYTES = {"cpu": 2**26, "cuda": 2**29}
"""Largest piece of logits where only those are computed that are learnt. With fewer rows the products are slower
(32 rows half as fast as 256 on a CPU, for the head's weights are read again for each piece); with more, nothing is
gained."""

PROOF_EXAMPLES, PROOF_LENGTH = 3, 64
"""Examples on which the layout is proved before a run, each cut at so many tokens: a second at most for a model of
billions."""

FILLED = {"cpu": 0.8, "cuda": 0.95}
"""Of the free memory of a machine, or of a GPU's whole, that `auto_find_batch_size` fills. What does not fit into the
first ends in the system killing the run; of the second some lies waste between batches of other lengths."""
