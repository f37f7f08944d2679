"""The tokenizer: SentencePiece-style BPE with byte fallback, as llama.cpp computes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

SPACE = "\u2581"
UNKNOWN, BOS, EOS, CHAT_START, CHAT_END = range(5)
SPECIAL = ("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")
BYTES_START = len(SPECIAL)
FIRST_PIECE = BYTES_START + 256

# No token ever crosses the border of two of these pieces, so each can be encoded on its own.
PIECES = re.compile(rf"'[a-z]+|{SPACE}?[A-Za-z]+|{SPACE}?[0-9]|{SPACE}?[^A-Za-z0-9{SPACE}']|'|{SPACE}")


def byte_token(value: int) -> str:
    return f"<0x{value:02X}>"


def split_pieces(text: str) -> list[str]:
    return PIECES.findall(text.replace(" ", SPACE))


class Tokenizer:
    """`pieces` are the ordinary tokens, best first; the score of a piece is minus its rank."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        self.ids = {piece: FIRST_PIECE + rank for rank, piece in enumerate(pieces)}
        self.cache: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return FIRST_PIECE + len(self.pieces)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        return cls(json.loads(path.read_text(encoding="utf-8"))["pieces"])

    def save(self, path: Path) -> None:
        text = json.dumps({"pieces": self.pieces}, ensure_ascii=False, indent=0)
        path.write_text(text + "\n", encoding="utf-8")

    def _encode_piece(self, piece: str) -> list[int]:
        symbols = list(piece)
        while len(symbols) > 1:
            ranks = [self.ids.get(a + b, 1 << 30) for a, b in zip(symbols, symbols[1:])]
            best = min(ranks)
            if best == 1 << 30:
                break
            at = ranks.index(best)
            symbols[at:at + 2] = [symbols[at] + symbols[at + 1]]
        tokens: list[int] = []
        for symbol in symbols:
            if symbol in self.ids:
                tokens.append(self.ids[symbol])
            else:
                tokens += [BYTES_START + value for value in symbol.encode("utf-8")]
        return tokens

    def encode(self, text: str) -> list[int]:
        """The tokens of plain text, without BOS and without special tokens."""
        tokens: list[int] = []
        for piece in split_pieces(text):
            found = self.cache.get(piece)
            if found is None:
                found = self._encode_piece(piece)
                if len(self.cache) < 200_000:
                    self.cache[piece] = found
            tokens += found
        return tokens

    def decode(self, tokens: list[int]) -> str:
        out = bytearray()
        for token in tokens:
            if token >= FIRST_PIECE:
                out += self.pieces[token - FIRST_PIECE].replace(SPACE, " ").encode("utf-8")
            elif token >= BYTES_START:
                out.append(token - BYTES_START)
            else:
                out += SPECIAL[token].encode()
        return out.decode("utf-8", errors="replace")
