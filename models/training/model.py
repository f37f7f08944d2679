"""A small decoder-only transformer of the llama kind (RMSNorm, RoPE, SwiGLU, GQA)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Config:
    vocab: int = 2048
    context: int = 512
    width: int = 192
    layers: int = 5
    heads: int = 6
    kv_heads: int = 2
    hidden: int = 512
    rope_base: float = 10000.0
    eps: float = 1e-5

    @property
    def head_size(self) -> int:
        return self.width // self.heads

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rope_tables(config: Config) -> tuple[Tensor, Tensor]:
    """Cosines and sines, (context, head_size / 2), for the interleaved pairs of llama.cpp."""
    steps = torch.arange(0, config.head_size, 2).float() / config.head_size
    angles = torch.outer(torch.arange(config.context).float(), config.rope_base ** -steps)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (2i, 2i + 1) of x, shaped (batch, heads, time, head_size)."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Block(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        kv_width = config.kv_heads * config.head_size
        self.attn_norm = RMSNorm(config.width, config.eps)
        self.attn_q = nn.Linear(config.width, config.width, bias=False)
        self.attn_k = nn.Linear(config.width, kv_width, bias=False)
        self.attn_v = nn.Linear(config.width, kv_width, bias=False)
        self.attn_output = nn.Linear(config.width, config.width, bias=False)
        self.ffn_norm = RMSNorm(config.width, config.eps)
        self.ffn_gate = nn.Linear(config.width, config.hidden, bias=False)
        self.ffn_up = nn.Linear(config.width, config.hidden, bias=False)
        self.ffn_down = nn.Linear(config.hidden, config.width, bias=False)

    def attend(self, x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, time, width = x.shape
        heads, groups, size = self.config.heads, self.config.kv_heads, self.config.head_size
        q = self.attn_q(x).view(batch, time, heads, size).transpose(1, 2)
        k = self.attn_k(x).view(batch, time, groups, size).transpose(1, 2)
        v = self.attn_v(x).view(batch, time, groups, size).transpose(1, 2)
        q = rotate(q, cos, sin) * (1.0 / math.sqrt(size))
        k = rotate(k, cos, sin)
        # The query heads of one group share a key head: fold them into the time axis.
        q = q.reshape(batch, groups, heads // groups * time, size)
        scores = (q @ k.transpose(-1, -2)).view(batch, groups, heads // groups, time, time)
        weights = (scores + mask[:, None, None]).softmax(-1)
        mixed = weights.view(batch, groups, heads // groups * time, time) @ v
        mixed = mixed.view(batch, heads, time, size).transpose(1, 2).reshape(batch, time, width)
        return self.attn_output(mixed)

    def forward(self, x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attend(self.attn_norm(x), mask, cos, sin)
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class TinyModel(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocab, config.width)
        self.blk = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.output_norm = RMSNorm(config.width, config.eps)
        cos, sin = rope_tables(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.reset()

    def reset(self) -> None:
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=0.02 if "embd" in name else weight.shape[1] ** -0.5)
            if name.endswith(("attn_output.weight", "ffn_down.weight")):
                weight.data.mul_(0.1)

    def hidden(self, tokens: Tensor, documents: Tensor | None = None) -> Tensor:
        """The last layer's normed state. `documents` numbers the document of each token, so
        that tokens of one packed document never look at another."""
        time = tokens.shape[1]
        allowed = torch.ones(time, time, dtype=torch.bool).tril()[None]
        if documents is not None:
            allowed = allowed & (documents[:, :, None] == documents[:, None, :])
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))
        x = self.token_embd(tokens)
        for block in self.blk:
            x = block(x, mask, self.cos[:time], self.sin[:time])
        return self.output_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.token_embd.weight)

    def parameter_count(self) -> int:
        return sum(p.numel() for p in self.parameters())
