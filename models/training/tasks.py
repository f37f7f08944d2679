"""Small tasks: lists, sentences, rewriting and rhymes."""

from __future__ import annotations

from typing import Callable

import facts
import words
from template import Writer, tidy

Exchange = tuple[str, str]

VERBS = tuple(tuple(row.split("-")) for row in """run-runs-ran walk-walks-walked jump-jumps-jumped
sing-sings-sang swim-swims-swam sleep-sleeps-slept eat-eats-ate play-plays-played go-goes-went
sit-sits-sat look-looks-looked climb-climbs-climbed hide-hides-hid wait-waits-waited
dance-dances-danced work-works-worked rest-rests-rested fall-falls-fell live-lives-lived
""".split())
SPOTS = [p.where for p in words.PLACES]
RHYMES = (
    ("cat", "hat"), ("mouse", "house"), ("bear", "chair"), ("fox", "box"), ("goat", "boat"),
    ("bee", "tree"), ("frog", "log"), ("dog", "fog"), ("hen", "pen"), ("snail", "pail"),
    ("star", "car"), ("moon", "spoon"), ("king", "ring"), ("light", "night"),
    ("day", "play"), ("rain", "train"), ("snow", "glow"), ("sun", "fun"), ("sky", "fly"),
    ("ball", "wall"), ("cake", "lake"), ("bell", "shell"), ("clock", "rock"), ("duck", "truck"),
)


def _article(noun: str) -> str:
    if noun in facts.UNCOUNTED:
        return noun
    return ("an " if noun[0] in "aeio" else "a ") + noun


def list_task(writer: Writer) -> Exchange:
    topic = writer.pick(tuple(facts.GROUPS))
    items = facts.GROUPS[topic].split()
    count = writer.rng.randint(2, min(6, len(items)))
    chosen = writer.some(items, count)
    n = words.NUMBERS[count]
    style = writer.pick(("sentence", "sentence", "numbers", "bullets"))
    hint = "" if style == "sentence" else writer.pick((
        "", " as a list", " in a list", " as a numbered list" if style == "numbers" else " with bullets"))
    question = writer.fill(f"[Name {n} {topic}|List {n} {topic}|Give me {n} {topic}|Tell me {n} {topic}|Can "
                           f"you name {n} {topic}|Write down {n} {topic}|Make a list of {n} {topic}]{hint}")
    question += "?" if question.startswith("Can") else "."
    if style == "sentence":
        names = [_article(i) for i in chosen]
        text = tidy(", ".join(names[:-1]) + " and " + names[-1] + ".")
        if writer.chance(0.3):
            text = f"{n.capitalize()} {topic} are: " + text[:1].lower() + text[1:]
        return question, text
    marks = [f"{i + 1}. " if style == "numbers" else "- " for i in range(count)]
    lines = "\n".join(mark + item.capitalize() for mark, item in zip(marks, chosen))
    intro = writer.pick(("", f"Here are {n} {topic}:\n", f"Here are {n} {topic}:\n"))
    return question, intro + lines


SERIES = (
    ("the days of the week", words.DAYS), ("the months of the year", words.MONTHS),
    ("the four seasons", words.SEASONS), ("the colors of the rainbow", "red orange yellow green blue indigo "
     "violet".split()), ("the five senses", "sight hearing smell taste touch".split()),
    ("the numbers from one to ten", words.NUMBERS[1:11]), ("the meals of the day", "breakfast lunch "
     "dinner".split()), ("the four directions", "north south east west".split()),
)


def series_task(writer: Writer) -> Exchange:
    name, items = writer.pick(SERIES)
    question = writer.fill(f"[What are {name}?|Name {name}.|List {name}.|Can you list {name}?|Tell me {name}.|Do "
                           f"you know {name}?]")
    if writer.chance(0.25):
        return question, "\n".join(f"{i + 1}. {item.capitalize()}" for i, item in enumerate(items))
    listing = ", ".join(items[:-1]) + " and " + items[-1]
    return question, writer.say(f"[{name} are {listing}.|{listing}.]")


def sentence_task(writer: Writer) -> Exchange:
    noun = writer.pick(words.ANIMALS + words.TOYS + list(facts.OBJECTS)[:30] + words.FOODS)
    _, _, past = writer.pick(VERBS)
    name = writer.pick(words.GIRLS + words.BOYS)
    where = writer.pick(SPOTS)
    color = writer.pick(words.PLAIN_COLORS)
    if noun in words.ANIMALS:
        text = f"[The {noun} {past} {where}.|{name} saw a [small|big] {noun} {where}.|There is a {noun} {where}.]"
    else:
        text = (f"[{name} has a {color} {noun}.|{name} found a {noun} {where}.|The {noun} is {color}.|There is a "
                f"{color} {noun} {where}.]")
    question = (f"[Make a sentence with the word {noun}.|Use the word \"{noun}\" in a sentence.|Write a sentence "
                f"about a {noun}.|Give me a sentence with \"{noun}\".]")
    return tidy(writer.fill(question)), writer.say(text)


def rewrite_task(writer: Writer) -> Exchange:
    base, present, past = writer.pick(VERBS)
    who = writer.pick([f"the {writer.pick(words.ANIMALS)}", writer.pick(words.GIRLS + words.BOYS)])
    where = writer.pick(SPOTS)
    now, before = f"{who} {present} {where}.", f"{who} {past} {where}."
    later, ask = f"{who} will {base} {where}.", f"does {who} {base} {where}?"
    no = f"{who} does not {base} {where}."
    adjective = writer.pick(words.TRAITS)
    longer = f"{who.replace('the ', f'the {adjective} ')} {past} {where} [all day|in the morning|in the " \
             f"evening|and was happy|with a good friend]."
    order, source, goal = writer.pick((
        ("[Rewrite in the past tense|Put this into the past tense|Change to the past tense]", now, before),
        ("[Rewrite in the present tense|Put this into the present tense]", before, now),
        ("[Rewrite in the future tense|Put this into the future tense]", now, later),
        ("[Make this a question|Turn this into a question|Rewrite as a question]", now, ask),
        ("[Make this negative|Say the opposite|Rewrite with \"not\"]", now, no),
        ("[Make this sentence longer|Make this longer|Write a longer sentence]", before, longer),
        ("[Write this in capital letters|Put this into capital letters|Rewrite in upper case]", now,
         tidy(now).upper()),
        ("[Repeat after me|Repeat this|Say this]", before, before),
    ))
    return writer.fill(order) + ": " + tidy(source), writer.say(goal)


def rhyme_word(writer: Writer) -> Exchange:
    a, b = writer.pick(RHYMES)
    if writer.chance(0.5):
        a, b = b, a
    return (writer.fill(f"[What rhymes with {a}?|Give me a word that rhymes with {a}.|Which word rhymes with "
                        f"\"{a}\"?]"), writer.say(f"{b} rhymes with {a}."))


def poem_task(writer: Writer) -> Exchange:
    pairs = writer.some([p for p in RHYMES if p[0] not in ("day", "light", "sky", "snow", "rain", "sun")], 2)
    (a, b), (c, d) = pairs
    trait, color = writer.pick(words.TRAITS), writer.pick(words.PLAIN_COLORS)
    first = writer.fill(writer.pick((
        f"I saw a {trait} little {a},\n^it [danced around|looked at|ran to] a {color} {b}.",
        f"There was a {trait} {a},\n^who had a {color} {b}.",
        f"One day I met a {a},\n^beside a {color} {b}.")))
    second = writer.fill(writer.pick((
        f"Then came a [tiny|happy|funny] {c},\n^and brought a lovely {d}.",
        f"It sang a song for a {c},\n^and [laughed|smiled] about the {d}.",
        f"Along there came a {c},\n^and sat down near a {d}.")))
    question = writer.fill(f"[Write a poem about a {a}.|Write a short poem about a {a}.|Tell me a rhyme about a "
                           f"{a}.|Can you write a poem?|Write me a poem.|A poem about a {a}, please.]")
    return tidy(question), "\n".join(tidy(line) for line in (first + "\n" + second).split("\n"))


TASKS: tuple[tuple[float, Callable[[Writer], Exchange]], ...] = (
    (5, list_task), (1.2, series_task), (2, sentence_task), (3.5, rewrite_task), (0.8, rhyme_word), (1.5, poem_task),
)


def make_task(writer: Writer) -> Exchange:
    return writer.weighted(TASKS)(writer)
