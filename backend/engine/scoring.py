"""How good a model's next-token predictions are on validation data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from backend.engine.tokenising import IGNORED


class ComputeMetrics:
    """Perplexity and accuracy of the supervised tokens, as a callable for `Trainer`.

    Give `ComputeMetrics.reduce` to the Trainer as `preprocess_logits_for_metrics`: it keeps two numbers a token, where
    the logits of a 152k vocabulary would fill the memory. Called on full logits it computes the same.

    Returns (when called):
        `loss` (mean over the supervised tokens, in nats), `perplexity` (its exponential) and `token_accuracy` (share
        of tokens predicted right).
    """

    def __call__(self, prediction: Any) -> dict[str, float]:
        predictions, labels = prediction
        if not isinstance(predictions, tuple | list):
            reduced = self.reduce(torch.as_tensor(np.asarray(predictions)), torch.as_tensor(np.asarray(labels)))
            predictions = tuple(part.numpy() for part in reduced)
        losses, hits = (np.asarray(part) for part in predictions)
        # The Trainer pads batches of unequal length with -100; those and the prompts are not scored.
        scored = losses != IGNORED
        if not scored.any():
            return {"loss": math.nan, "perplexity": math.nan, "token_accuracy": math.nan}
        mean_loss = float(losses[scored].mean(dtype=np.float64))
        return {
            "loss": mean_loss,
            "perplexity": math.exp(mean_loss) if mean_loss < 700 else math.inf,
            "token_accuracy": float(hits[scored].mean(dtype=np.float64)),
        }

    @staticmethod
    def reduce(logits: Any, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and hit of each next token.

        Args:
            logits: (batch, length, vocabulary), or what this returns, which is then left as it is.
            labels: (batch, length), -100 where nothing is scored.

        Returns:
            Two tensors of shape (batch, length - 1): loss in nats and 1.0 for a right prediction; -100 where unscored.
        """
        if isinstance(logits, tuple) and len(logits) == 2 and logits[0].dim() == 2:
            return logits
        logits = logits[0] if isinstance(logits, tuple) else logits
        targets = labels[:, 1:]
        unscored = targets == IGNORED
        predicted = logits[:, :-1].float()
        losses = F.cross_entropy(predicted.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
        hits = (predicted.argmax(-1) == targets).float()
        return losses.masked_fill(unscored, IGNORED), hits.masked_fill(unscored, IGNORED)
