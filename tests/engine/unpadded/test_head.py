"""The loss a piece at a time is the loss."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from backend.engine.unpadded import head


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("rows", [0, 1, 16, 50])
def test_loss_and_gradient(rows: int, bias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(head.PIECE_BYTES, "cpu", 16 * 100 * 4)  # pieces of 16 rows
    torch.manual_seed(0)
    layer = torch.nn.Linear(8, 100, bias=bias).requires_grad_(False)
    hidden = torch.randn(rows, 8, requires_grad=True)
    targets = torch.randint(100, (rows,))
    head.supervised_loss(hidden, layer, targets).mul(0.25).backward()
    again = hidden.detach().clone().requires_grad_()
    usual = F.cross_entropy(layer(again), targets, reduction="sum")
    (usual * 0.25).backward()
    torch.testing.assert_close(head.supervised_loss(hidden, layer, targets), usual)
    torch.testing.assert_close(hidden.grad, again.grad)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_16_bit_it_is_as_near_as_the_logits_are(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 5_000, bias=False).to(dtype).requires_grad_(False)
    hidden = (torch.randn(300, 64) * 4).to(dtype).requires_grad_()
    targets = torch.randint(5_000, (300,))
    ours = head.supervised_loss(hidden, layer, targets)
    ours.backward()
    again = hidden.detach().float().requires_grad_()
    exact = F.cross_entropy(F.linear(again, layer.weight.float()), targets, reduction="sum")
    exact.backward()
    assert abs(float((ours - exact).detach())) / 300 < 0.003
    assert float((hidden.grad.float() - again.grad).norm() / again.grad.norm()) < 0.02


def test_the_gradient_itself_is_right() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 7).double().requires_grad_(False)
    hidden = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([0, 6, 3])

    def loss(rows: torch.Tensor) -> torch.Tensor:
        return head.supervised_loss(rows, layer, targets)

    # The loss is summed in float32, which bounds what finite differences can show.
    assert torch.autograd.gradcheck(loss, (hidden,), eps=1e-2, atol=1e-3, nondet_tol=0)
