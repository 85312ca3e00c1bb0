"""Whether a model computes the same without padding, found out on the model itself before the run.

An architecture may scale its logits, mix examples in a layer that is no attention, or look at positions in a way of
its own; a list of those would never be complete. So a few short examples are computed both ways, forth and back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from backend.core.estimates.choices import PROOF_EXAMPLES, PROOF_LENGTH
from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator
from backend.engine.unpadded.attention import BY_EXAMPLE, register
from backend.engine.unpadded.head import SupervisedForward

logger = logging.getLogger(__name__)

TOLERANCE = {torch.float32: 1e-4, torch.float16: 2e-2, torch.bfloat16: 5e-2}
"""Of the gradient, as a share of its length. Mixed examples differ by more than half of it, sums in another order in
float32 by 1e-6, in bfloat16 by 1e-2."""


def reason_against(model: Any, features: Sequence[dict[str, Any]], dtype: torch.dtype) -> str | None:
    """Why this model cannot be trained without padding; None = it computes the same.

    Args:
        model: with its adapter, ready to train.
        features: examples, of which the first few are tried.
        dtype: of the computation.
    """
    causal = model.get_base_model()
    head = causal.get_output_embeddings()
    if type(head) is not torch.nn.Linear or head.weight.requires_grad:
        return "its output layer is trained too, or is none of the usual kind"
    if not getattr(causal, "_supports_attention_backend", False):
        return "its attention cannot be replaced"
    examples = _few(features)
    device = head.weight.device
    with _undisturbed(model), torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        usual = _gradients(model, DataCollatorForCausalLM(0)(examples), device)
        with _unpadded(causal):
            ours = _gradients(model, EndToEndCollator()(examples), device)
    distance = _distance(usual, ours)
    logger.debug("Without padding the gradients differ by %.2g of their length.", distance)
    return None if distance <= TOLERANCE[dtype] else f"its gradients would be others (by {distance:.1%})"


def unpad(causal: Any) -> SupervisedForward:
    """Let the model take rows of examples, and answer with the loss."""
    register()
    causal.set_attn_implementation(BY_EXAMPLE)
    forward = SupervisedForward(causal)
    forward.install()
    return forward


@contextmanager
def _unpadded(causal: Any) -> Iterator[None]:
    before = causal.config._attn_implementation
    forward = unpad(causal)
    try:
        yield
    finally:
        forward.uninstall()
        causal.set_attn_implementation(before)


def _few(features: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first examples, cut, each with a token to learn within the cut."""
    found = []
    for feature in features[:PROOF_EXAMPLES]:
        ids = feature["input_ids"][-PROOF_LENGTH:]
        found.append({"input_ids": ids, "labels": feature["labels"][-len(ids) :]})
    return found


@contextmanager
def _undisturbed(model: Any) -> Iterator[None]:
    """Without dropout and noise, and with the random state and the gradients as they were."""
    with torch.random.fork_rng(devices=[model.device] if model.device.type == "cuda" else []):
        was_training = model.training
        model.eval()
        try:
            yield
        finally:
            model.train(was_training)
            model.zero_grad(set_to_none=True)


def _gradients(model: Any, batch: dict[str, Any], device: torch.device) -> list[torch.Tensor]:
    """The gradient of every trained parameter."""
    model.zero_grad(set_to_none=True)
    batch = {name: part.to(device) if isinstance(part, torch.Tensor) else part for name, part in batch.items()}
    model(**batch, use_cache=False).loss.backward()
    return [part.grad.detach().clone() for part in model.parameters() if part.grad is not None]


def _distance(usual: list[torch.Tensor], ours: list[torch.Tensor]) -> float:
    """Length of the difference over the length of the usual gradient; infinite when others are trained."""
    if len(usual) != len(ours) or not usual:
        return float("inf")
    apart = sum(float((a - b).float().square().sum()) for a, b in zip(usual, ours, strict=True))
    length = sum(float(part.float().square().sum()) for part in usual)
    return (apart / length) ** 0.5 if length else float("inf")
