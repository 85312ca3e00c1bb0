"""Methods that move the updates into a common basis and combine them there; all of them stay in the factors."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from backend.engine.merge.deltas import LowRank
from backend.engine.merge.elementwise import Rule, combine, pruned
from backend.engine.merge.truncation import thin_svd


def knots(parents: Sequence[LowRank], weights: Sequence[float], rule: Rule, module: str) -> LowRank:
    """KnOTS (Stoica et al., ICLR 2025, arXiv:2410.19735).

    The updates side by side, `[dW_1 ... dW_n] = U S [V_1 ... V_n]`, share U and S; the rule combines the V.
    """
    q_left, r_left = torch.linalg.qr(torch.cat([parent.left.double() for parent in parents], dim=1))
    right = [torch.linalg.qr(parent.right.double().T) for parent in parents]
    ends = torch.tensor([len(parent.right) for parent in parents]).cumsum(0).tolist()
    starts = [0, *ends[:-1]]
    core = [r_left[:, start:end] @ r.T for start, end, (_, r) in zip(starts, ends, right, strict=True)]
    u, singular, v = torch.linalg.svd(torch.cat(core, dim=1), full_matrices=False)
    widths = [part.shape[1] for part in core]
    directions = [part @ q.T for part, (q, _) in zip(v.split(widths, dim=1), right, strict=True)]
    kept = [pruned(direction, rule, module, position) for position, direction in enumerate(directions)]
    return LowRank(q_left @ (u * singular), combine(kept, weights, rule))


def core_space(parents: Sequence[LowRank], weights: Sequence[float], rule: Rule, module: str) -> LowRank:
    """Core Space merging (Panariello et al., NeurIPS 2025, arXiv:2509.17786).

    All left factors lie in the span of their stack's left singular vectors, all right factors likewise; there an
    update is a matrix of (sum of ranks) squared, without loss, and the rule combines those.
    """
    left = torch.linalg.svd(torch.cat([parent.left.double() for parent in parents], dim=1), full_matrices=False)[0]
    right = torch.linalg.svd(torch.cat([parent.right.double() for parent in parents]), full_matrices=False)[2]
    cores = [(left.T @ parent.left.double()) @ (parent.right.double() @ right.T) for parent in parents]
    kept = [pruned(core, rule, module, position) for position, core in enumerate(cores)]
    return LowRank(left @ combine(kept, weights, rule), right)


def task_singular_vectors(parents: Sequence[LowRank], weights: Sequence[float]) -> LowRank:
    """TSV-M (Gargiulo et al., CVPR 2025, arXiv:2412.00081).

    Each update's singular vectors are put next to the others' and made orthogonal (the nearest orthogonal matrix, by
    polar decomposition), so that tasks interfere less; the singular values stay.
    """
    parts = [thin_svd(parent.left, parent.right) for parent in parents]
    left = _nearest_orthogonal(torch.cat([u for u, _, _ in parts], dim=1))
    right = _nearest_orthogonal(torch.cat([v for _, _, v in parts]).T).T
    singular = torch.cat([weight * s for weight, (_, s, _) in zip(weights, parts, strict=True)])
    return LowRank(left * singular, right)


def _nearest_orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    return u @ v
