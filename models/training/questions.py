"""Questions about simple things, each with its answer."""

from __future__ import annotations

from typing import Callable

import facts
import words
from template import Writer

Exchange = tuple[str, str]
ANIMAL_BY_NAME = {animal.name: animal for animal in facts.ANIMALS}
GROUP_NOTES = {
    "pet": "a pet", "farm animal": "a farm animal", "bird": "a bird", "wild animal": "a wild animal",
    "sea animal": "a sea animal", "insect": "an insect", "small animal": "a small animal",
}


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def number(value: int) -> str:
    return words.NUMBERS[value] if 0 <= value < len(words.NUMBERS) else str(value)


def animal_question(writer: Writer) -> Exchange:
    animal = writer.pick(facts.ANIMALS)
    legs = number(animal.legs) if animal.legs else "no"
    many = facts.plural(animal.name)
    slots = {
        "a": animal.name, "many": many, "sound": animal.sound, "home": animal.home,
        "food": animal.food, "legs": legs, "color": animal.color, "young": animal.young,
        "group": GROUP_NOTES[animal.group], "note": animal.note,
        "size": "neither big nor small" if animal.size == "medium" else animal.size,
    }
    question, answer = writer.pick((
        ("[What sound does a {a} make?|What does a {a} say?|How does a {a} sound?]",
         "A {a} {sound}."),
        ("[Where does a {a} live?|Where do {many} live?|Where can I find a {a}?]",
         "A {a} lives {home}."),
        ("[What does a {a} eat?|What do {many} eat?|What can I give to a {a} to eat?]",
         "A {a} eats {food}."),
        ("[How many legs does a {a} have?|How many legs has a {a}?]", "A {a} has {legs} legs."),
        ("[What [color|colour] is a {a}?|What [color|colour] are {many}?]",
         "A {a} is {color}." if animal.color != "many colors" else "A {a} can have many colors."),
        ("[What is a baby {a} called?|What do you call a young {a}?|What is the name for a baby {a}?]",
         "A baby {a} is called a {young}." if animal.young != f"baby {animal.name}"
         else "It is called a baby {a}."),
        ("[What is a {a}?|What are {many}?|What kind of animal is a {a}?|Do you know what a {a} is?]",
         "A {a} is {group}. It lives {home} and eats {food}. {note}."),
        ("[Tell me about {many}.|Tell me something about {many}.|What do you know about {many}?|Tell me "
         "about the {a}.|I want to know more about {many}.]",
         "[A {a} is {group}.|The {a} is {group}.] It is {size} and has {legs} legs. A {a} lives {home} "
         "and eats {food}. {note}."),
        ("[Tell me a fact about {many}.|Do you know a fun fact about {many}?|Say something about a {a}.]",
         "[Yes! ||Here is a fact: ]^{note}."),
        ("Is a {a} [big or small|a big animal|a small animal]?",
         "A {a} is {size}."),
        ("Can [a {a}|{many}] fly?", "Yes, a {a} can fly." if animal.name in facts.CAN_FLY
         else "No, a {a} cannot fly."),
        ("Can [a {a}|{many}] swim?", "Yes, a {a} can swim." if animal.name in facts.CAN_SWIM
         else "No, {many} do not swim much."),
    ))
    return writer.say(question, slots), writer.say(answer, slots)


def color_question(writer: Writer) -> Exchange:
    thing = writer.pick(tuple(facts.COLORS_OF))
    color = facts.COLORS_OF[thing]
    if thing in facts.THE_ARTICLE:
        noun = "the " + thing
    else:
        noun = thing if thing in facts.NO_ARTICLE else "a " + thing
    slots = {"noun": noun, "color": color}
    question = writer.pick((
        "What [color|colour] is {noun}?", "What [color|colour] is {noun}?",
        "Which [color|colour] is {noun}?", "What is the [color|colour] of {noun}?",
        "Tell me the [color|colour] of {noun}.", "Do you know what [color|colour] {noun} is?",
    ))
    answer = writer.pick(("{noun} is {color}.",) * 4 + ("It is {color}.",))
    if noun == "the sky":
        answer = writer.pick(("{noun} is {color}.", "{noun} is {color}. At night it is black.",
                              "On a sunny day, the sky is {color}."))
    return writer.say(question, slots), writer.say(answer, slots)


def color_check(writer: Writer) -> Exchange:
    thing = writer.pick([t for t in facts.COLORS_OF if " or " not in facts.COLORS_OF[t]])
    color = facts.COLORS_OF[thing]
    noun = f"the {thing}" if thing in facts.THE_ARTICLE else (
        thing if thing in facts.NO_ARTICLE else f"a {thing}")
    asked = color if writer.chance(0.4) else writer.pick(words.PLAIN_COLORS)
    answer = f"yes, {noun} is {color}." if asked in color else f"no, {noun} is {color}."
    return writer.say(f"is {noun} {asked}?"), writer.say(answer)


def sum_question(writer: Writer) -> Exchange:
    """Small sums; some pairs are kept for the held-out text."""
    kind = writer.weighted(((5, "plus"), (3, "minus"), (1.2, "times"), (1, "half"), (1, "double")))
    while True:
        a, b = writer.rng.randint(0, 10), writer.rng.randint(0, 10)
        if kind == "minus" and b > a:
            a, b = b, a
        if kind == "times":
            a, b = writer.rng.randint(1, 5), writer.rng.randint(1, 4)
        if writer.allowed(a, kind, b) or kind in ("half", "double"):
            break
    if kind == "half":
        question, answer = f"What is half of {number(2 * a)}?", f"Half of {number(2 * a)} is {number(a)}."
        return question, answer
    if kind == "double":
        return f"What is double {number(a)}?", f"Double {number(a)} is {number(2 * a)}."
    result = {"plus": a + b, "minus": a - b, "times": a * b}[kind]
    sign = {"plus": "+", "minus": "-", "times": "x"}[kind]
    word = writer.pick(("plus", "plus", "and")) if kind == "plus" else kind
    if writer.chance(0.3):
        formula = f"{a} {sign} {b}" if writer.chance(0.6) else f"{a}{sign}{b}"
        question = writer.fill(f"[What is {formula}?|{formula}|{formula} = ?|Calculate {formula}.|How much is "
                               f"{formula}?|{formula}=|{formula}?|What is {formula}]")
        return question, f"{a} {sign} {b} is {result}."
    question = writer.say(f"[What is|What is|What is|How much is|Tell me, what is] {number(a)} {word} "
                          f"{number(b)}?")
    return question, writer.say(f"{number(a)} {kind} {number(b)} is {number(result)}.")


def word_sum(writer: Writer) -> Exchange:
    name, thing = writer.pick(words.GIRLS + words.BOYS), writer.pick(words.FOODS + words.TOYS[:12])
    while True:
        a, b = writer.rng.randint(1, 9), writer.rng.randint(1, 6)
        more = writer.chance(0.5) or b >= a
        if writer.allowed(a, "plus" if more else "minus", b):
            break
    many = facts.plural(thing)
    result = a + b if more else a - b
    change = f"gets {number(b)} more" if more else f"gives away {number(b)}"
    left = thing if result == 1 else many
    start = thing if a == 1 else many
    return (f"{name} has {number(a)} {start} and {change}. How many {many} does {name} have now?",
            f"{name} has {number(result)} {left} now, because {number(a)} "
            f"{'plus' if more else 'minus'} {number(b)} is {number(result)}.")


def order_question(writer: Writer) -> Exchange:
    series, noun = writer.pick(((words.DAYS, "day"), (words.MONTHS, "month"),
                                (words.SEASONS, "season"), (words.NUMBERS[:20], "number")))
    spot = writer.rng.randrange(1, len(series) - 1)
    back = writer.chance(0.4)
    answer = series[spot - 1] if back else series[spot + 1]
    word = "before" if back else "after"
    question = writer.pick((f"What {noun} comes {word} {series[spot]}?",
                            f"Which {noun} is {word} {series[spot]}?",
                            f"What comes {word} {series[spot]}?"))
    return question, writer.say(f"{answer} comes {word} {series[spot]}.")


def compare_numbers(writer: Writer) -> Exchange:
    a, b = writer.some(range(1, 20), 2)
    bigger = writer.chance(0.5)
    answer = max(a, b) if bigger else min(a, b)
    word = writer.pick(("bigger", "larger", "greater") if bigger else ("smaller", "less"))
    other = a + b - answer
    return (f"Which number is {word}, {number(a)} or {number(b)}?",
            writer.say(f"{number(answer)} is {word} than {number(other)}."))


def count_to(writer: Writer) -> Exchange:
    last = writer.rng.randint(3, 15)
    down = writer.chance(0.25)
    if down:
        last = min(last, 10)
        listing = ", ".join(number(i) for i in range(last, -1, -1))
        question = f"Count down from {number(last)}."
    else:
        digits = writer.chance(0.3)
        listing = ", ".join(str(i) if digits else number(i) for i in range(1, last + 1))
        shown = str(last) if digits else number(last)
        first = "1" if digits else "one"
        question = writer.fill(f"[Count to {shown}.|Can you count to {shown}?|Please count from {first} to "
                               f"{shown}.|Count from {first} to {shown}.]")
    return question, writer.say(listing + ".")


def opposite_question(writer: Writer) -> Exchange:
    a, b = writer.pick(facts.OPPOSITES)
    if writer.chance(0.5) and b not in ("light", "short"):
        a, b = b, a
    question = writer.fill(f"[What is the opposite of {a}?|What is the opposite of \"{a}\"?|Tell me the "
                           f"opposite of {a}.|Which word is the opposite of {a}?]")
    return question, writer.fill(f"The opposite of {a} is {b}.")


def synonym_question(writer: Writer) -> Exchange:
    a, b = writer.pick(facts.SYNONYMS)
    question = writer.fill(f"[What is another word for {a}?|Give me a word that means {a}.|What word means "
                           f"the same as {a}?]")
    return question, f"Another word for {a} is {b}."


def job_question(writer: Writer) -> Exchange:
    job = writer.pick(tuple(facts.JOBS))
    work = facts.JOBS[job]
    question, answer = writer.pick((
        (f"[What does a {job} do?|What is a {job}?|What is the job of a {job}?|Tell me about the work of a "
         f"{job}.]", f"A {job} {work}."),
        (f"Who {work}?", f"A {job} {work}."),
    ))
    return writer.say(question), writer.say(answer)


def object_question(writer: Writer) -> Exchange:
    thing = writer.pick(tuple(facts.OBJECTS))
    use, stuff, where = facts.OBJECTS[thing]
    plural_form = thing in ("scissors",)
    noun = thing if plural_form or thing == "soap" else f"a {thing}"
    do = "are" if plural_form else "is"
    question, answer = writer.pick((
        (f"[What {do} {noun} for?|What do you do with {noun}?|What can I do with {noun}?|What do we use "
         f"{noun} for?]", f"You use {noun} to {use}."),
        (f"[What {do} {noun} made of?|What {do} {noun} made from?]", f"{noun} {do} made of {stuff}."),
        (f"[Where can I find {noun}?|Where do you find {noun}?|Where {do} {noun} kept?]",
         f"You can find {noun} {where}."),
        (f"[What {do} {noun}?|Tell me about {noun}.|What do you know about {noun}?]",
         f"{noun} {do} something you use to {use}. [It {do}|It {do}] made of {stuff}. You can find it "
         f"{where}." if not plural_form else f"{noun} are a tool to {use}. They are made of {stuff}."),
    ))
    return writer.say(question), writer.say(answer)


def nature_question(writer: Writer) -> Exchange:
    thing = writer.pick(tuple(facts.NATURE))
    question = writer.say(f"[What is {thing}?|What is {thing}?|Tell me about {thing}.|Can you explain "
                          f"what {thing} is?|Do you know what {thing} is?|Explain {thing}.]")
    return question, writer.say(f"{thing} is {facts.NATURE[thing]}.")


def why_question(writer: Writer) -> Exchange:
    reason = writer.pick(tuple(facts.WHY))
    question = writer.fill(f"[Why {reason}?|Why {reason}?|Can you tell me why {reason}?]")
    return question.replace("why do we ", "why we ").replace("why does it ", "why it ").replace(
        "me why do ", "me why "), facts.WHY[reason] + "."


def taste_question(writer: Writer) -> Exchange:
    food = writer.pick(tuple(facts.TASTES))
    mass = food in ("honey", "sugar", "salt", "chocolate", "bread", "cheese", "pepper", "ice cream",
                    "soup", "cake", "coffee", "tea")
    noun = food if mass else f"a {food}"
    return (writer.say(f"[How does {noun} taste?|What does {noun} taste like?]"),
            writer.say(f"{noun} tastes {facts.TASTES[food]}."))


def body_question(writer: Writer) -> Exchange:
    part = writer.pick(tuple(facts.BODY))
    verb = "is" if part in ("nose", "mouth", "tongue", "skin", "brain", "heart") else "are"
    use = facts.BODY[part]
    question = f"[What do you do with your {part}?|What {verb} your {part} for?|Why do we have a {part}?]"
    if verb == "are":
        question = question.replace("have a ", "have ")
    return writer.fill(question), f"We use our {part} to {use}."


def how_many(writer: Writer) -> Exchange:
    thing = writer.pick(tuple(facts.COUNTS))
    return f"How many {thing}?", facts.COUNTS[thing] + "."


def season_question(writer: Writer) -> Exchange:
    season = writer.pick(words.SEASONS)
    question = writer.fill(f"[What happens in the {season}?|Tell me about {season}.|What is {season}?|"
                           f"What is the weather like in the {season}?|Describe the {season}.]")
    return question, writer.say(f"{season} is one of the four seasons. {facts.SEASON_NOTES[season]}.")


def capital_question(writer: Writer) -> Exchange:
    land = writer.pick(tuple(facts.CAPITALS))
    return (f"What is the capital of {land}?", f"The capital of {land} is {facts.CAPITALS[land]}.")


def plural_question(writer: Writer) -> Exchange:
    noun = writer.pick(list(facts.PLURALS) + words.TOYS)
    return (writer.fill(f"[What is the plural of {noun}?|What is the plural of \"{noun}\"?]"),
            f"The plural of {noun} is {facts.plural(noun)}.")


RANKS = {"tiny": 0, "small": 1, "medium": 2, "large": 3, "very large": 4}


def compare_animals(writer: Writer) -> Exchange:
    while True:
        a, b = writer.some(facts.ANIMALS, 2)
        if RANKS[a.size] != RANKS[b.size]:
            break
    bigger, smaller = (a, b) if RANKS[a.size] > RANKS[b.size] else (b, a)
    yes = writer.say(f"yes, a {bigger.name} is bigger than a {smaller.name}.")
    question, answer = writer.pick((
        (f"Which is bigger, a {a.name} or a {b.name}?", f"a {bigger.name} is bigger than a {smaller.name}."),
        (f"Which is smaller, a {a.name} or a {b.name}?", f"a {smaller.name} is smaller than a {bigger.name}."),
        (f"Is a {bigger.name} bigger than a {smaller.name}?", yes),
        (f"Is a {smaller.name} bigger than a {bigger.name}?",
         f"no, a {smaller.name} is smaller than a {bigger.name}."),
    ))
    return writer.say(question), writer.say(answer)


def riddle(writer: Writer) -> Exchange:
    """From a sound, a young animal or a note back to the animal."""
    animal = writer.pick([a for a in facts.ANIMALS if "almost" not in a.sound])
    same_sound = [a.name for a in facts.ANIMALS if a.sound == animal.sound]
    same_young = [a.name for a in facts.ANIMALS if a.young == animal.young]
    options = [(f"What animal lives {animal.home} and eats {animal.food}?",
                f"a {animal.name} lives {animal.home} and eats {animal.food}.")]
    if len(same_sound) == 1:
        options.append((f"[Which|What] animal {animal.sound}?", f"a {animal.name} {animal.sound}."))
    if len(same_young) == 1 and not animal.young.startswith("baby"):
        options.append((f"What is a {animal.young}?", f"a {animal.young} is a baby {animal.name}."))
    question, answer = writer.pick(options)
    return writer.say(question), writer.say(answer)


QUESTIONS: tuple[tuple[float, Callable[[Writer], Exchange]], ...] = (
    (6, animal_question), (3, color_question), (1, color_check), (4.5, sum_question), (1.5, word_sum),
    (1.5, order_question), (1, compare_numbers), (0.8, count_to), (1.5, opposite_question),
    (0.7, synonym_question), (1.2, job_question), (2, object_question), (2.2, nature_question),
    (1.5, why_question), (0.7, taste_question), (0.6, body_question), (1, how_many),
    (0.6, season_question), (1, compare_animals), (1, riddle), (0.5, capital_question), (0.6, plural_question),
)


def make_question(writer: Writer) -> Exchange:
    return writer.weighted(QUESTIONS)(writer)
