"""Learn the tokens from a sample of the corpus: byte-pair merges inside word pieces."""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from pathlib import Path

from chats import make_chat
from documents import PLAIN_SHARE, plain_text
from template import Writer
from tokenizer import FIRST_PIECE, SPACE, Tokenizer, split_pieces

PRINTABLE = [chr(code) for code in range(0x21, 0x7F)]


def sample_pieces(documents: int, seed: int) -> Counter[str]:
    writer = Writer(random.Random(seed))
    counts: Counter[str] = Counter()
    for _ in range(documents):
        if writer.chance(PLAIN_SHARE):
            texts = [plain_text(writer)[1]]
        else:
            chat = make_chat(writer)
            texts = [chat.system or "", *(text for turn in chat.turns for text in turn)]
        for text in texts:
            counts.update(split_pieces(text))
    return counts


def learn(counts: Counter[str], size: int) -> list[str]:
    """Tokens in the order of their merges, then the single characters."""
    basic = [SPACE, *PRINTABLE]
    words = [(list(piece), count) for piece, count in counts.items()
             if count > 1 and all(symbol in basic for symbol in piece)]
    merged: list[str] = []
    while len(merged) + len(basic) + FIRST_PIECE < size:
        pairs: defaultdict[tuple[str, str], int] = defaultdict(int)
        for symbols, count in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        text = best[0] + best[1]
        if text not in merged:
            merged.append(text)
        for symbols, _ in words:
            at = 0
            while at < len(symbols) - 1:
                if (symbols[at], symbols[at + 1]) == best:
                    symbols[at:at + 2] = [text]
                at += 1
    return merged + basic


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    counts = sample_pieces(args.documents, args.seed)
    tokenizer = Tokenizer(learn(counts, args.size))
    tokenizer.save(args.output)
    used = sum(count * len(tokenizer.encode(piece.replace(SPACE, " "))) for piece, count in counts.items())
    print(f"{len(counts)} kinds of pieces, {sum(counts.values())} pieces, {used} tokens")


if __name__ == "__main__":
    main()
