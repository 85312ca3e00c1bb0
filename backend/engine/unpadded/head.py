"""The loss of the tokens that are learnt, without logits for the others and never all logits at once.

With a vocabulary of 152k the logits are the largest thing in a step: of 512 tokens 890 MB, of the supervised quarter
of them 223 MB, a piece at a time 30 MB. The head is frozen, so its gradient is computed beside the loss and no logits
are kept for the way back (as in Liger-Kernel, arXiv:2410.10989, without its kernel).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers.modeling_outputs import CausalLMOutput

from backend.core.estimates.choices import PIECE_BYTES
from backend.engine.tokenising import IGNORED


class _FrozenHeadLoss(torch.autograd.Function):
    """Sum of the cross-entropy over all rows, in nats."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor) -> Tensor:
        gradient = torch.empty_like(hidden)
        total = hidden.new_zeros((), dtype=torch.float32)
        room = hidden.new_empty(min(_rows(weight), hidden.shape[0]), weight.shape[0])
        for rows in _pieces(hidden, weight):
            logits = torch.mm(hidden[rows], weight.T, out=room[: hidden[rows].shape[0]])
            if bias is not None:
                logits += bias
            here = targets[rows, None]
            wanted = logits.gather(1, here)
            shares, normaliser = _softmax(logits)
            total += (normaliser - wanted.float()).sum()
            # The gradient of the logits: what was predicted, less what was right.
            shares.scatter_add_(1, here, torch.full_like(here, -1, dtype=shares.dtype))
            torch.mm(shares, weight, out=gradient[rows])
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * outer[0].to(gradient.dtype), None, None, None


def _softmax(logits: Tensor) -> tuple[Tensor, Tensor]:
    """The softmax of each row, in place where that is safe, and the logarithm of its denominator (float32).

    In 16 bit the denominator comes from the largest share: within 0.002 of the exact one, where the logits themselves
    are rounded by 0.01 and more, and in a fifth of the time.
    """
    if logits.dtype == torch.float32:
        normaliser = logits.logsumexp(-1, keepdim=True)
        return logits.sub_(normaliser).exp_(), normaliser
    largest = logits.amax(-1, keepdim=True).float()
    shares = torch.softmax(logits, -1, out=logits) if logits.device.type == "cpu" else torch.softmax(logits, -1)
    return shares, largest - shares.amax(-1, keepdim=True).float().log()


def supervised_loss(hidden: Tensor, head: torch.nn.Linear, targets: Tensor) -> Tensor:
    """Sum of the cross-entropy of rows of hidden states, in nats.

    Args:
        hidden: (rows, width), only those at which something is learnt.
        head: the frozen output layer.
        targets: (rows,) the next tokens.
    """
    # In the head's own precision, as in the model's own forward.
    total: Tensor = _FrozenHeadLoss.apply(hidden.to(head.weight.dtype), head.weight, head.bias, targets)
    return total


@torch.no_grad()
def scored(hidden: Tensor, head: torch.nn.Linear, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Loss in nats and hit (1.0 for a right prediction) of each row: two tensors of shape (rows,)."""
    losses, hits = [hidden.new_empty(0, dtype=torch.float32)], [hidden.new_empty(0, dtype=torch.float32)]
    for rows in _pieces(hidden, head.weight):
        logits = head(hidden[rows].to(head.weight.dtype)).float()
        losses.append(F.cross_entropy(logits, targets[rows], reduction="none"))
        hits.append((logits.argmax(-1) == targets[rows]).float())
    return torch.cat(losses), torch.cat(hits)


def _pieces(hidden: Tensor, weight: Tensor) -> Iterator[slice]:
    step = _rows(weight)
    return (slice(start, start + step) for start in range(0, hidden.shape[0], step))


def _rows(weight: Tensor) -> int:
    """Rows whose logits make a piece."""
    most = PIECE_BYTES.get(weight.device.type, PIECE_BYTES["cpu"])
    return max(16, most // (weight.shape[0] * weight.element_size()))


class SupervisedForward:
    """The forward of a causal language model that answers with the loss alone, computed where labels are.

    Installed on one model in place of its class's own, so that whatever wraps the model (PEFT, autocast, DDP) works
    as before.

    Args:
        model: transformers' `...ForCausalLM`, with adapters in it or without; its head must be frozen.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._body = model.get_decoder()
        self._head = model.get_output_embeddings()

    def install(self) -> None:
        """Answer in the model's place."""
        self._model.forward = self

    def uninstall(self) -> None:
        """Give the model its own forward back."""
        self._model.__dict__.pop("forward", None)

    def __call__(
        self,
        input_ids: Tensor,
        labels: Tensor,
        num_items_in_batch: Tensor | int | None = None,
        learnt: Tensor | None = None,
        **inputs: Any,
    ) -> CausalLMOutput:
        """Loss of a batch.

        Args:
            input_ids: (batch, tokens).
            labels: (batch, tokens), -100 where nothing is learnt.
            num_items_in_batch: labels of all batches of an optimiser's step, by which the sum is divided; None =
                those of this batch.
            learnt: (rows,) places in the batch, row after row, whose next token is learnt; without it they are looked
                up in the labels, for which a GPU stands still.

        Returns:
            `loss`; in evaluation mode also `logits`, a pair of tensors (batch, tokens - 1) as `ComputeMetrics.reduce`
            makes them.
        """
        given = {name: value for name, value in inputs.items() if value is not None and name != "use_cache"}
        if "cu_seq_lens_q" in given:
            # A mask of four dimensions is taken as it is; without one, transformers looks for borders in the
            # positions, and reads from the GPU whether there are any.
            given["attention_mask"] = torch.empty(1, 1, 1, 1, device=input_ids.device)
        hidden = self._body(input_ids=input_ids, use_cache=False, **given).last_hidden_state.flatten(0, 1)
        if learnt is None:
            learnt = (F.pad(labels[:, 1:], (0, 1), value=IGNORED) != IGNORED).flatten().nonzero()[:, 0]
        rows, wanted = hidden.index_select(0, learnt), labels.flatten().index_select(0, learnt + 1)
        count = wanted.numel() if num_items_in_batch is None else num_items_in_batch
        if torch.is_grad_enabled():
            return CausalLMOutput(loss=supervised_loss(rows, self._head, wanted) / count)
        losses, hits = scored(rows, self._head, wanted)
        return CausalLMOutput(
            loss=losses.sum() / count,
            logits=(_spread(losses, learnt, labels), _spread(hits, learnt, labels)),  # type: ignore[arg-type]
        )


def _spread(values: Tensor, places: Tensor, labels: Tensor) -> Tensor:
    """The values at their places, (batch, tokens - 1), and `IGNORED` elsewhere."""
    spread = values.new_full((labels.numel(),), float(IGNORED)).index_copy(0, places, values)
    return spread.view_as(labels)[:, :-1]
