"""The characters of a story and the words that speak of them."""

from __future__ import annotations

from dataclasses import dataclass

import words
from template import Writer

PRONOUNS = {
    "she": {"he": "she", "him": "her", "his": "her"},
    "he": {"he": "he", "him": "him", "his": "his"},
    "it": {"he": "it", "him": "it", "his": "its"},
}


@dataclass(frozen=True)
class Hero:
    kind: str
    name: str
    pronoun: str
    group: str  # person, animal or thing

    @property
    def named(self) -> bool:
        return not self.name.startswith("the ")

    def slots(self, prefix: str = "") -> dict[str, str]:
        forms = {prefix + key: word for key, word in PRONOUNS[self.pronoun].items()}
        return {**forms, prefix + "n": self.name, prefix + "kind": self.kind}


def _gender_name(writer: Writer, pronoun: str) -> str:
    return writer.pick(words.GIRLS if pronoun == "she" else words.BOYS)


def make_hero(writer: Writer, kind: str | None = None) -> Hero:
    """A hero of this kind, or of any kind."""
    if kind is None:
        kind = writer.weighted([
            (3.0, writer.pick(words.GIRL_KINDS + words.BOY_KINDS)),
            (1.0, writer.pick(words.ANY_KINDS)), (0.5, writer.pick(words.MORE_PEOPLE)),
            (4.5, writer.pick(words.ANIMALS)), (1.0, writer.pick(words.MORE_ANIMALS)),
            (1.2, writer.pick(words.LIVING_THINGS)), (0.8, writer.pick(words.MORE_THINGS)),
        ])
    if kind in words.GIRL_KINDS:
        return Hero(kind, _gender_name(writer, "she"), "she", "person")
    if kind in words.BOY_KINDS:
        return Hero(kind, _gender_name(writer, "he"), "he", "person")
    if kind in words.ANY_KINDS or kind in words.MORE_PEOPLE:
        pronoun = writer.pick(("she", "he"))
        return Hero(kind, _gender_name(writer, pronoun), pronoun, "person")
    group = "animal" if kind in words.ANIMALS or kind in words.MORE_ANIMALS else "thing"
    if writer.chance(0.75):
        pronoun = writer.pick(("she", "he"))
        name = writer.pick(words.PET_NAMES) if writer.chance(0.8) else _gender_name(writer, pronoun)
        return Hero(kind, name, pronoun, group)
    return Hero(kind, f"the {kind}", writer.pick(("it", "it", "he", "she")), group)


def make_friend(writer: Writer, hero: Hero) -> Hero:
    """Somebody else, of another kind and with another name."""
    while True:
        kind = writer.pick(words.ANIMALS if hero.group != "person" or writer.chance(0.5)
                           else ("girl", "boy"))
        friend = make_hero(writer, kind)
        if friend.kind != hero.kind and friend.name != hero.name:
            return friend
