"""Held-out perplexity of a checkpoint before it is quantized, in single precision."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F

from batches import Corpus, make_batch
from documents import LONGEST
from model import Config, TinyModel


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("held_out", type=Path, help="held-out.npz")
    args = parser.parse_args()
    torch.set_num_threads(1)
    state = torch.load(args.checkpoint)
    model = TinyModel(Config(**state["config"]))
    model.load_state_dict(state["model"])
    corpus = Corpus(args.held_out)
    total = count = 0.0
    for index in range(len(corpus)):
        length = min(len(corpus.document(index)), LONGEST)
        batch = make_batch(corpus, [[index]], length - 1)
        wanted = batch.targets >= 0
        logits = model.logits(model.hidden(batch.inputs)[wanted])
        total += float(F.cross_entropy(logits, batch.targets[wanted], reduction="sum"))
        count += float(wanted.sum())
    print(f"perplexity of all: {math.exp(total / count):.3f} on {count:.0f} tokens")


if __name__ == "__main__":
    main()
