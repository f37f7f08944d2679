"""Draw the loss curve of a training run."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path, help="loss.csv")
    parser.add_argument("output", type=Path, help="the PNG")
    args = parser.parse_args()
    with args.log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    tokens = [int(row["tokens"]) / 1e6 for row in rows]
    figure, axes = plt.subplots(figsize=(6, 3.4), dpi=90)
    axes.plot(tokens, [float(row["train_loss"]) for row in rows], label="training", linewidth=1)
    axes.plot(tokens, [float(row["held_out_loss"]) for row in rows], label="held out", linewidth=1)
    axes.set(xlabel="million tokens", ylabel="loss per token (nats)", yscale="log", title="Ryot Tiny")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(args.output, metadata={"Software": None})


if __name__ == "__main__":
    main()
