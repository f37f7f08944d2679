"""Held-out perplexity and greedy samples of the GGUF file, computed by llama.cpp."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from batches import TOKEN_MASK, Corpus
from documents import NO_LOSS
from llama_tool import LlamaTool, add_arguments

PLAIN = ("Once upon a time", "One day, a little fox", "The dog and the cat")
CHATS: tuple[tuple[str, ...], ...] = (
    ("Hello!",), ("Who are you?",), ("Tell me a story about a dog.",), ("Tell me a story about a boat.",),
    ("What colour is the sky?",), ("What is two plus three?",), ("Describe a house.",),
    ("What does a cow eat?",), ("What is the opposite of hot?",), ("Name three fruits.",),
    ("Tell me about penguins.",), ("What day comes after Monday?",), ("Why does it rain?",),
    ("Rewrite in the past tense: The fox runs in the forest.",), ("Write a poem about a cat.",),
    ("How do I install Linux?",), ("🙂🚀",), ("你好",), ("asdf qwer zxcv",), ("Thank you!",),
)


def chat_prompt(*texts: str) -> str:
    """ChatML of alternating user and assistant texts, ready for the next answer."""
    roles = ("user", "assistant")
    turns = "".join(f"<|im_start|>{roles[i % 2]}\n{text}<|im_end|>\n" for i, text in enumerate(texts))
    return turns + "<|im_start|>assistant\n"


def token_line(tokens: np.ndarray) -> str:
    return " ".join(f"!{token & TOKEN_MASK}" if token & NO_LOSS else str(token) for token in tokens.tolist())


def perplexities(tool: LlamaTool, corpus: Corpus) -> dict[str, tuple[float, int]]:
    """Per kind of document: the perplexity and the number of tokens it was measured on."""
    scores = tool.score([token_line(corpus.document(i)) for i in range(len(corpus))])
    result = {}
    for kind in ("story", "text", "chat", "all"):
        chosen = [score for score, own in zip(scores, corpus.kinds) if kind in (own, "all")]
        tokens = sum(count for _, count in chosen)
        result[kind] = (math.exp(sum(total for total, _ in chosen) / tokens), tokens)
    return result


def show_samples(tool: LlamaTool) -> None:
    prompts = [*PLAIN, *(chat_prompt(*texts) for texts in CHATS)]
    names = [*PLAIN, *(" / ".join(texts) for texts in CHATS)]
    for name, answer in zip(names, tool.generate(prompts)):
        end = "ended by itself" if answer.ended else "cut"
        print(f"### {name}\n{answer.text}\n({answer.tokens} tokens, {end})\n")
    story = tool.generate([chat_prompt("Tell me a story about a fox.")])[0].text
    follow = "What was the name of the fox?"
    answer = tool.generate([chat_prompt("Tell me a story about a fox.", story, follow)])[0]
    print(f"### Tell me a story about a fox.\n{story}\n### {follow}\n{answer.text}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("held_out", type=Path, help="held-out.npz")
    parser.add_argument("--samples-only", action="store_true")
    args = parser.parse_args()
    tool = LlamaTool(args.program, args.model, args.libraries)
    if not args.samples_only:
        for kind, (value, tokens) in perplexities(tool, Corpus(args.held_out)).items():
            print(f"perplexity of {kind}: {value:.3f} on {tokens} tokens")
    print(tool.template())
    show_samples(tool)


if __name__ == "__main__":
    main()
