"""Stories: a beginning, one of the plots, and an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

import words
from heroes import Hero, make_friend, make_hero
from plots import PLOTS, THING_PLOTS
from template import Writer, tidy

OPENINGS = (
    "[Once upon a time|Once upon a time|Once upon a time|Long ago|Once], there [was|lived] a "
    "{trait} {kind} [named|called] {n}. ^{n} lived {where}.",
    "[Once upon a time|Once upon a time|Once], {where}, there lived a {trait} {kind} "
    "[named|called] {n}.",
    "^{n} was a {trait} {kind}[ who lived {where}|]. [Every day {he} played {where}.|^{he} loved "
    "{where2}.|^{he} knew every part of {placename}.]",
    "There was once a {trait} {kind} whose name was {n}. ^{his} home was {where}.",
    "A {trait} {kind} called {n} lived {where}[, near {sight}|].",
)
NAMELESS_OPENINGS = (
    "[Once upon a time|Once upon a time|Long ago|Once], there [was|lived] a {trait} {kind}. "
    "[It|^{n}] lived {where}.",
    "[Once upon a time|Once], {where}, there lived a {trait} {kind}.",
    "A {trait} {kind} lived {where}[, near {sight}|].",
)
TIMES = (
    "One [sunny|warm|bright|cold|windy|cloudy|quiet|fine|beautiful|gray] [morning|day|afternoon]",
    "One day", "One morning", "One evening", "One [spring|summer|autumn|winter] [day|morning]",
    "Early one morning", "On a {weather} [day|morning|afternoon]", "Late one afternoon",
)
WEATHER = ("sunny rainy windy snowy foggy cloudy warm cold bright stormy").split()
MOODS = (
    "The sun was shining and the birds were singing.", "The sky was [blue|gray|clear].",
    "[A soft|A cool|A warm|A strong] wind was blowing.", "The air smelled of [flowers|rain|grass|"
    "bread|the sea].", "It was very quiet {where}.", "From there, one could see {sight}.",
    "White clouds were in the sky.", "Everyone was [busy|happy|still asleep].",
)
ENDINGS = (
    "That night, {n} [slept very well|went to bed with a smile|dreamed of new adventures].",
    "And from that day on, {n} and {fn} were the best of friends.",
    "From then on, {n} was never [lonely|afraid|sad] again.",
    "And they all lived happily ever after.", "It was the best day of the [year|summer|week].",
    "^{n} never forgot that day.", "And so the day ended with [laughter|a song|a big hug|a smile].",
    "^{n} went home [tired but happy|with a happy heart|under the stars].", "The end.",
    "\"[What a day!|What a wonderful day!|I love my friends|This was the best day ever!]\" said {n}.",
    "And if you go to {placename} today, you may still see {n} and {fn} there.",
)


@dataclass
class Story:
    text: str
    hero: Hero
    friend: Hero
    place: words.Place
    lesson: str
    slots: dict[str, str] = field(default_factory=dict)


@dataclass
class Scene:
    """What a plot needs: it adds sentences to `parts`."""

    writer: Writer
    slots: dict[str, str]
    brief: bool
    parts: list[str] = field(default_factory=list)

    def add(self, *choices: str) -> None:
        self.parts.append(self.writer.fill(self.writer.pick(choices), self.slots))

    def maybe(self, *choices: str) -> None:
        if self.writer.chance(0.2 if self.brief else 0.7):
            self.add(*choices)

    def paragraph(self) -> None:
        if not self.brief:
            self.parts.append("\n\n")


def introduction(writer: Writer, friend: Hero) -> str:
    """The friend's first mention; afterwards only the name is used."""
    trait = writer.pick(("", "", *words.TRAITS))
    if friend.named:
        return writer.fill(f"a {trait} {friend.kind} [named|called] {friend.name}")
    return f"a {trait} {friend.kind}"


def _slots(writer: Writer, hero: Hero, friend: Hero, place: words.Place) -> dict[str, str]:
    other = writer.pick([p for p in words.PLACES if p is not place])
    relative = writer.pick(words.RELATIVES)
    toy, gift = writer.some(words.TOYS, 2)
    return {
        **hero.slots(), **friend.slots("f"),
        "trait": writer.pick(words.TRAITS), "where": place.where, "placename": place.name,
        "where2": place.name, "sight": writer.pick(place.sights), "other": other.name,
        "otherwhere": other.where, "othersight": writer.pick(other.sights),
        "color": writer.pick(words.COLORS), "toy": toy, "gift": gift, "color2": writer.pick(words.COLORS),
        "food": writer.pick(words.FOODS), "size": writer.pick(words.SIZES),
        "weather": writer.pick(WEATHER), "relative": relative,
        "rhe": "she" if relative in SHE_RELATIVES else "he",
        "himself": {"she": "herself", "he": "himself", "it": "itself"}[hero.pronoun],
        "plain": hero.name if hero.named else hero.kind,
        "fintro": introduction(writer, friend),
    }


SHE_RELATIVES = ("mother", "grandmother", "sister", "aunt")


def make_story(writer: Writer, kind: str | None = None, plot: str | None = None,
               brief: bool | None = None) -> Story:
    while True:
        hero = make_hero(writer, kind)
        place = writer.pick(words.PLACES)
        if writer.allowed(hero.kind, hero.name, place.name):
            break
    friend = make_friend(writer, hero)
    slots = _slots(writer, hero, friend, place)
    if plot is None:
        plot = writer.pick(THING_PLOTS if hero.group == "thing" else tuple(PLOTS))
    brief = writer.chance(0.35) if brief is None else brief
    slots["when"] = writer.fill(writer.pick(TIMES), slots)
    scene = Scene(writer, slots, brief)
    scene.add(*(OPENINGS if hero.named else NAMELESS_OPENINGS))
    if writer.chance(0.25):
        scene.add(*MOODS)
    action: Callable[[Scene], str] = PLOTS[plot]
    lesson = action(scene)
    if writer.chance(0.6):
        met = friend.name in " ".join(scene.parts) or friend.kind in " ".join(scene.parts)
        scene.add(*(e for e in ENDINGS if met or "{fn}" not in e))
    if writer.chance(0.08):
        scene.add("[So remember:|This story tells us that] {lesson}.".replace("{lesson}", lesson))
    text = "\n\n".join(tidy(part) for part in " ".join(scene.parts).split("\n\n"))
    return Story(text, hero, friend, place, lesson, slots)


TITLES = ("The {trait} {kind}", "{n} and the {color} {toy}", "A Day {where}", "{n} the {kind}",
          "The {kind} and the {fkind}", "{n} and {fn}", "{n} goes to {other}")


def make_title(writer: Writer, story: Story) -> str:
    title = writer.fill(writer.pick(TITLES), story.slots)
    small = ("the", "and", "of", "a", "in", "on", "by", "at", "to")
    parts = [w if i and w in small else w[:1].upper() + w[1:] for i, w in enumerate(title.split())]
    return " ".join(parts)
