"""Ask a model one thing from the command line, greedily."""

from __future__ import annotations

import argparse

from evaluate import chat_prompt
from llama_tool import LlamaTool, add_arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    parser.add_argument("texts", nargs="+", help="the user's and the assistant's texts, in turn")
    args = parser.parse_args()
    answer = LlamaTool(args.program, args.model, args.libraries).generate([chat_prompt(*args.texts)])[0]
    print(f"{answer.text}\n({answer.tokens} tokens, {'ended' if answer.ended else 'cut'})")


if __name__ == "__main__":
    main()
