"""Pack documents into rows and rows into batches, in an order that only the seed decides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from torch import Tensor

from documents import NO_LOSS

ROW_LENGTHS = (256, 512)
SHORTEST_CUT = 24  # a document may be cut at the end of a row if this much of it fits
TOKEN_MASK = NO_LOSS - 1


@dataclass(frozen=True)
class Batch:
    inputs: Tensor
    targets: Tensor  # -1 where nothing is to be predicted
    documents: Tensor


class Corpus:
    def __init__(self, path: Path) -> None:
        data = np.load(path)
        self.tokens: np.ndarray = data["tokens"]
        self.ends: np.ndarray = data["ends"]
        self.kinds: np.ndarray = data["kinds"]

    def __len__(self) -> int:
        return len(self.ends)

    def document(self, index: int) -> np.ndarray:
        return self.tokens[self.ends[index - 1] if index else 0:self.ends[index]]


def pack(corpus: Corpus, order: np.ndarray, length: int) -> list[list[int]]:
    """Rows of document numbers whose tokens fill `length` + 1 places."""
    sizes = np.diff(corpus.ends, prepend=0)
    rows: list[list[int]] = []
    row: list[int] = []
    room = length + 1
    for index in order:
        if row and room < min(sizes[index], SHORTEST_CUT):
            rows.append(row)
            row, room = [], length + 1
        row.append(int(index))
        room -= int(sizes[index])
        if room <= 0:
            rows.append(row)
            row, room = [], length + 1
    return rows + ([row] if row else [])


def make_batch(corpus: Corpus, rows: list[list[int]], length: int) -> Batch:
    tokens = np.full((len(rows), length + 1), NO_LOSS, dtype=np.int64)
    owner = np.full((len(rows), length + 1), -1, dtype=np.int64)
    for spot, row in enumerate(rows):
        at = 0
        for index in row:
            part = corpus.document(index)[:length + 1 - at]
            tokens[spot, at:at + len(part)] = part
            owner[spot, at:at + len(part)] = index
            at += len(part)
    wanted = (tokens[:, 1:] & NO_LOSS == 0) & (owner[:, 1:] == owner[:, :-1])
    targets = np.where(wanted, tokens[:, 1:] & TOKEN_MASK, -1)
    return Batch(torch.from_numpy(tokens[:, :-1] & TOKEN_MASK), torch.from_numpy(targets),
                 torch.from_numpy(owner[:, :-1].copy()))


def epoch(corpus: Corpus, tokens_per_batch: int, seed: int, number: int) -> list[tuple[int, list[list[int]]]]:
    """All batches of one pass, shuffled: row length and rows."""
    rng = np.random.default_rng((seed, number))
    sizes = np.diff(corpus.ends, prepend=0)
    batches: list[tuple[int, list[list[int]]]] = []
    shortest = 0
    for length in ROW_LENGTHS:
        fitting = np.flatnonzero((sizes > shortest) & ((sizes <= length) | (length == ROW_LENGTHS[-1])))
        shortest = length
        rows = pack(corpus, rng.permutation(fitting), length)
        count = tokens_per_batch // length
        batches += [(length, rows[at:at + count]) for at in range(0, len(rows) - count + 1, count)]
    return [batches[i] for i in rng.permutation(len(batches))]


def stream(corpus: Corpus, tokens_per_batch: int, seed: int, start: int) -> Iterator[Batch]:
    """Batches number `start` and on, without end."""
    number = 0
    while True:
        batches = epoch(corpus, tokens_per_batch, seed, number)
        for length, rows in batches[start:]:
            yield make_batch(corpus, rows, length)
        start = max(0, start - len(batches))
        number += 1
