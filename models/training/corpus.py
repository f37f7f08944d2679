"""Write the held-out corpus and the two training corpora as token files."""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

import numpy as np

from documents import make_document
from template import Writer
from tokenizer import Tokenizer


def write(path: Path, tokenizer: Tokenizer, documents: int, seed: int, held_out: bool = False,
          study: bool = False) -> None:
    """`path`.npz holds the tokens, where each document ends, and its kind."""
    writer = Writer(random.Random(seed), held_out, study)
    chunks: list[np.ndarray] = []
    ends: list[int] = []
    kinds: list[str] = []
    total = 0
    for _ in range(documents):
        document = make_document(writer, tokenizer)
        chunks.append(np.array(document.tokens, dtype=np.uint16))
        total += len(document.tokens)
        ends.append(total)
        kinds.append(document.kind)
    np.savez(path, tokens=np.concatenate(chunks), ends=np.array(ends, dtype=np.int64),
             kinds=np.array(kinds))
    print(f"{path.name}: {documents} documents, {total} tokens, {dict(Counter(kinds))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("output", type=Path, help="folder for the .npz files")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--study-documents", type=int, default=90_000)
    parser.add_argument("--seed", type=int, default=21)
    args = parser.parse_args()
    tokenizer = Tokenizer.load(args.tokenizer)
    args.output.mkdir(parents=True, exist_ok=True)
    write(args.output / "held-out.npz", tokenizer, 2_000, args.seed + 1, held_out=True)
    write(args.output / "train.npz", tokenizer, args.documents, args.seed)
    write(args.output / "study.npz", tokenizer, args.study_documents, args.seed + 2, study=True)


if __name__ == "__main__":
    main()
