"""Compare our token ids with llama.cpp's on many texts, special tokens included."""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

from chats import make_chat
from documents import plain_text
from llama_tool import LlamaTool, add_arguments
from odd_text import odd_input
from template import Writer
from tokenizer import SPECIAL, Tokenizer

SPECIAL_SPLIT = re.compile("(" + "|".join(re.escape(text) for text in SPECIAL) + ")")
EXTRA = (" ", "  ", "\n\n\n", "\t", "a  b   c", " leading", "trailing ", "don't can't it's 'quoted'",
         "Grüße, ça va? Привет 你好 🙂👍🏽", "x=1;y=[2,3]", "<|im_start", "|im_end|>", "12345 67.89",
         "UPPER lower MiXeD", "a\u00a0b", "e\u0301", "\u2581", "a\u2581b", "'s", "'sA", "x'sy", "''", "\"Hi,\" he said.")


def our_tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    tokens: list[int] = []
    for part in SPECIAL_SPLIT.split(text):
        tokens += [SPECIAL.index(part)] if part in SPECIAL else tokenizer.encode(part)
    return tokens


def chat_text(writer: Writer) -> str:
    turns = make_chat(writer).turns
    return "<s>" + "".join(f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
                           for question, answer in turns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("tokenizer", type=Path)
    args = parser.parse_args()
    tokenizer = Tokenizer.load(args.tokenizer)
    writer = Writer(random.Random(77))
    texts = [*EXTRA, *(chat_text(writer) for _ in range(400)), *(plain_text(writer)[1] for _ in range(400)),
             *(odd_input(writer) for _ in range(1200))]
    theirs = LlamaTool(args.program, args.model, args.libraries).tokenize(texts)
    wrong = [text for text, tokens in zip(texts, theirs) if tokens != our_tokens(tokenizer, text)]
    print(f"{len(texts)} texts, {sum(map(len, theirs))} tokens, {len(wrong)} differ")
    for text in wrong[:10]:
        print(repr(text[:200]))


if __name__ == "__main__":
    main()
