"""A tiny template language: `[a|b]` picks one, `{slot}` fills in, `^x` makes a capital."""

from __future__ import annotations

import random
import re
import zlib
from typing import Mapping, Sequence, TypeVar

T = TypeVar("T")

CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")
CAPITAL = re.compile(r"\^(\"?)(\w)")
SENTENCE = re.compile(r"(\A|[.!?] |\n)(\"?)([a-z])")
ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|u(?!ni|se))")
HELD_OUT_SHARE = 16


def belongs_to_held_out(*parts: object) -> bool:
    """Whether this combination of things is kept out of the training text."""
    key = "/".join(str(part) for part in parts)
    return zlib.crc32(key.encode()) % HELD_OUT_SHARE == 0


def tidy(text: str) -> str:
    """Spaces, articles and capital letters."""
    text = re.sub(r" +", " ", text).strip()
    text = re.sub(r" ([.,!?])", r"\1", text)
    text = ARTICLE.sub(r"\1n ", text)
    text = CAPITAL.sub(lambda m: m[1] + m[2].upper(), text)
    return SENTENCE.sub(lambda m: m[1] + m[2] + m[3].upper(), text)


class Writer:
    """Random choices for one document."""

    def __init__(self, rng: random.Random, held_out: bool = False, study: bool = False) -> None:
        self.rng = rng
        self.held_out = held_out
        self.study = study  # more questions and fewer stories

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.rng.random() * len(items))]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        return self.rng.sample(items, count)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def weighted(self, table: Sequence[tuple[float, T]]) -> T:
        point = self.rng.random() * sum(weight for weight, _ in table)
        for weight, item in table:
            point -= weight
            if point < 0:
                return item
        return table[-1][1]

    def allowed(self, *parts: object) -> bool:
        """Whether this split (training or held-out) may use this combination."""
        return belongs_to_held_out(*parts) == self.held_out

    def fill(self, text: str, slots: Mapping[str, str] | None = None) -> str:
        """Expand without tidying."""
        while slots and "{" in text:
            text = SLOT.sub(lambda m: slots[m[1]], text)
        while "[" in text:
            text = CHOICE.sub(lambda m: self.pick(m[1].split("|")), text)
        return text

    def say(self, text: str, slots: Mapping[str, str] | None = None) -> str:
        return tidy(self.fill(text, slots))
