"""Train the model on the CPU. Stops and continues from its checkpoint."""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from batches import Batch, Corpus, epoch, make_batch, stream
from model import Config, TinyModel
from muon import Muon

WARM_UP = 100
DECAY_SHARE = 0.35  # the last part of the training, in which the rate falls to nothing
COLUMNS = ("step", "tokens", "rate", "train_loss", "held_out_loss", "seconds")


def rate_factor(step: int, steps: int) -> float:
    left = (steps - step) / (steps * DECAY_SHARE)
    return min(1.0, (step + 1) / WARM_UP, max(left, 0.0))


def batch_loss(model: TinyModel, batch: Batch) -> torch.Tensor:
    """Mean loss over the tokens to be predicted; matrix products in bfloat16."""
    wanted = batch.targets >= 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model.logits(model.hidden(batch.inputs, batch.documents)[wanted])
    return F.cross_entropy(logits.float(), batch.targets[wanted])


@torch.no_grad()
def held_out_loss(model: TinyModel, batches: list[Batch]) -> float:
    total = count = 0.0
    for batch in batches:
        size = float((batch.targets >= 0).sum())
        total += float(batch_loss(model, batch)) * size
        count += size
    return total / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the .npz files")
    parser.add_argument("output", type=Path, help="folder for checkpoint.pt and loss.csv")
    parser.add_argument("--corpus", default="train", help="train or study")
    parser.add_argument("--steps", type=int, default=2400, help="steps of the whole training")
    parser.add_argument("--stop-at", type=int, help="stop earlier, to go on with another corpus")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--matrix-rate", type=float, default=0.02)
    parser.add_argument("--other-rate", type=float, default=0.004)
    parser.add_argument("--every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=31)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    corpus, held_out = Corpus(args.data / f"{args.corpus}.npz"), Corpus(args.data / "held-out.npz")
    checks = [make_batch(held_out, rows, length)
              for length, rows in epoch(held_out, args.batch_tokens, args.seed, 0)[:12]]

    model = TinyModel(Config())
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embd" not in name]
    others = [p for name, p in model.named_parameters() if p.dim() != 2 or "embd" in name]
    optimizers = [Muon(matrices, args.matrix_rate, decay=0.01),
                  torch.optim.Adam(others, args.other_rate, betas=(0.9, 0.98))]
    rates = [args.matrix_rate, args.other_rate]
    step = tokens = 0
    spent = 0.0
    saved, log = args.output / "checkpoint.pt", args.output / "loss.csv"
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        for optimizer, part in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(part)
        step, tokens, spent = state["step"], state["tokens"], state["seconds"]
    else:
        log.write_text(",".join(COLUMNS) + "\n")
    print(f"{model.parameter_count()} parameters, from step {step}", flush=True)

    last = min(args.stop_at or args.steps, args.steps)
    began = time.monotonic() - spent
    running: list[float] = []
    for batch in stream(corpus, args.batch_tokens, args.seed, step):
        if step >= last:
            break
        factor = rate_factor(step, args.steps)
        for optimizer, rate in zip(optimizers, rates):
            optimizer.param_groups[0]["lr"] = rate * factor
            optimizer.zero_grad(set_to_none=True)
        loss = batch_loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        running.append(float(loss))
        step += 1
        tokens += batch.inputs.numel()
        if step % args.every == 0 or step == last:
            check = held_out_loss(model, checks)
            spent = time.monotonic() - began
            row = (step, tokens, f"{args.matrix_rate * factor:.5f}", f"{sum(running) / len(running):.4f}",
                   f"{check:.4f}", f"{spent:.0f}")
            print(*row, flush=True)
            with log.open("a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(row)
            running = []
            torch.save({"model": model.state_dict(), "config": model.config.as_dict(), "step": step,
                        "tokens": tokens, "seconds": spent,
                        "optimizers": [optimizer.state_dict() for optimizer in optimizers]},
                       saved.with_suffix(".new"))
            saved.with_suffix(".new").rename(saved)


if __name__ == "__main__":
    main()
