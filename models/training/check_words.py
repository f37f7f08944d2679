"""List the words of the corpus that are in no dictionary (names are expected)."""

from __future__ import annotations

import random
import re
from collections import Counter

from chats import make_chat
from documents import plain_text
from odd_text import DICTIONARY
from template import Writer


def main() -> None:
    known = set(DICTIONARY.read_text(encoding="utf-8").lower().split())
    writer = Writer(random.Random(5))
    unknown: Counter[str] = Counter()
    for _ in range(20_000):
        answers = [answer for _, answer in make_chat(writer).turns] + [plain_text(writer)[1]]
        for text in answers:
            unknown.update(w for w in re.findall(r"[A-Za-z]+", text.replace("'s", ""))
                           if w.lower() not in known)
    print(" ".join(f"{word}:{count}" for word, count in unknown.most_common()))


if __name__ == "__main__":
    main()
