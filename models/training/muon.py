"""The Muon optimizer: momentum whose matrix updates are made nearly orthogonal."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

import torch
from torch import Tensor

# The quintic iteration a*x + b*x^3 + c*x^5 that pushes singular values towards 1.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalize(stack: Tensor, steps: int = 5) -> Tensor:
    """Each matrix of the stack, (count, rows, columns) with rows <= columns."""
    a, b, c = COEFFICIENTS
    x = (stack / (stack.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.float()


class Muon(torch.optim.Optimizer):
    """For the two-dimensional hidden weights only (not the embeddings, not the norms)."""

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.95,
                 decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            same_shape: defaultdict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                average = state["momentum"]
                average.lerp_(weight.grad, 1.0 - group["momentum"])
                ahead = weight.grad.lerp(average, group["momentum"])
                flat = ahead.t() if weight.shape[0] > weight.shape[1] else ahead
                same_shape[tuple(flat.shape)].append((weight, flat))
            for pairs in same_shape.values():
                updates = orthogonalize(torch.stack([flat for _, flat in pairs]))
                for (weight, _), update in zip(pairs, updates):
                    tall = weight.shape[0] > weight.shape[1]
                    scale = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
                    weight.mul_(1.0 - group["lr"] * group["decay"])
                    weight.add_(update.t() if tall else update, alpha=-group["lr"] * scale)
