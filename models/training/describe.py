"""Descriptions of things, places, animals and people."""

from __future__ import annotations

from typing import Callable

import facts
import words
from template import Writer

Exchange = tuple[str, str]
ASK = ("[Describe|Please describe|Can you describe|Could you describe|Describe|Give me a description "
       "of|Write a description of|What does {it} look like?|Tell me what {it} looks like.|Write a few "
       "sentences about]")

BUILDINGS = {
    "house": "[a family|an old man and his dog|four children and a cat|a baker|a kind woman]",
    "castle": "[a king and a queen|a proud princess|an old knight|a friendly giant]",
    "cottage": "[an old woman|a gardener|two sisters|a painter]",
    "farmhouse": "[a farmer and his family|a farmer and her animals]",
    "tower": "[an owl|an old wizard|a princess]", "cabin": "[a hunter|a family|two brothers]",
    "lighthouse": "[an old sailor|a man with a white beard]",
    "barn": "[six cows|some hens and a horse|a donkey and two goats]",
}
ROOMS = {
    "kitchen": "a big table,a warm oven,red pots on the wall,a basket of apples,the smell of bread",
    "bedroom": "a soft bed,a blue blanket,a small lamp,a shelf of books,a window with white curtains",
    "living room": "a green sofa,a fireplace,a round carpet,pictures on the wall,an old clock",
    "classroom": "rows of desks,a map on the wall,a big board,a shelf of books,many happy voices",
    "library": "tall shelves,old books,soft chairs,a quiet corner,a round lamp",
    "shop": "jars of candy,a wooden counter,a small bell,bright boxes,baskets of fruit",
    "workshop": "a long bench,a hammer and a saw,boxes of nails,pieces of wood,a dusty window",
    "bakery": "fresh bread,sweet cakes,a hot oven,white flour,a smiling baker",
}
OUTSIDE = [p for p in words.PLACES
           if p.name not in ("the castle", "the cave", "the school", "the market", "the desert")]
LOOKS = ("[short|long|curly|straight] [brown|black|red|golden|gray|white] hair and [blue|brown|green|"
         "gray|dark] eyes")


def _ask(writer: Writer, noun: str) -> str:
    text = writer.fill(writer.pick((ASK,)), {"it": noun})
    if text.endswith(("?", ".")):
        return writer.say(text)
    mark = "?" if text.startswith(("Can", "Could")) else "."
    return writer.say(f"{text} {noun}{mark}")


def building(writer: Writer) -> Exchange:
    kind = writer.pick(tuple(BUILDINGS) + ("house", "house"))
    while True:
        color, place = writer.pick(words.PLAIN_COLORS), writer.pick(OUTSIDE)
        if writer.allowed(kind, color, place.name):
            break
    slots = {"k": kind, "c": color, "where": place.where, "who": BUILDINGS[kind],
             "sight": writer.pick(place.sights), "c2": writer.pick(words.PLAIN_COLORS)}
    text = writer.pick((
        "The {k} stands {where}. It is {size} and {old}, with {c} walls and a {c2} roof. ",
        "It is a {size}, {old} {k} {where}. The walls are {c} and the roof is {c2}. ",
        "The {k} is {size} and {old}. It has {c} walls, a {c2} door and {n} windows. ",
    ))
    more = (
        "In front of it there is [a garden with many flowers|a wooden bench|an old apple tree]. ",
        "[Smoke comes out of the chimney.|The windows shine in the sun.|The door is never locked.] ",
        "Near it, you can see {sight}. ", "Inside it is [warm and quiet|bright and clean|dark and "
        "cool]. ", "At night, a light shines in the window. ",
    )
    text += "".join(writer.some(more, writer.rng.randint(1, 3)))
    text += writer.pick(("^{who} [live|live] there.", "It is the home of {who}.",
                         "Everyone who comes by likes it."))
    slots |= {"size": writer.pick(("small", "big", "tall", "large", "little")),
              "old": writer.pick(("old", "new", "strong", "pretty", "cozy")),
              "n": writer.pick(words.NUMBERS[2:9])}
    if "^{who}" in text:
        text = text.replace("^{who} [live|live] there.", "It belongs to {who}.")
    return _ask(writer, f"a {kind}" if writer.chance(0.8) else f"a {slots['size']} {kind}"), \
        writer.say(text, slots)


def room(writer: Writer) -> Exchange:
    kind = writer.pick(tuple(ROOMS))
    a, b, c = writer.some(ROOMS[kind].split(","), 3)
    text = (f"The {kind} is [small but cozy|large and bright|warm and quiet|clean and sunny]. "
            f"[There you can find|In it you find|You can see] {a}, {b} and {c}. "
            "[Sunlight comes in through the window.|It is a good place to rest.|People like to meet "
            "there.|It smells nice.|In the evening, a lamp makes it bright.]")
    return _ask(writer, f"a {kind}"), writer.say(text)


def place(writer: Writer) -> Exchange:
    spot = writer.pick(words.PLACES)
    noun = spot.name.removeprefix("the ")
    a, b = writer.some(spot.sights, 2)
    weather = writer.pick(("sunny", "cloudy", "windy", "warm", "cold"))
    text = (f"[It is a {weather} day {spot.where}.|The {noun} is a [beautiful|quiet|busy|wide|lovely] "
            f"place.] [You can see|There are|One can find] {a} and {b}. "
            "[The air smells of [flowers|rain|grass|salt].|The wind is soft.|Birds are singing.|"
            "Somewhere a dog barks.|The light is golden.] [Many people like to go there.|It is a good "
            "place for a walk.|In the evening it becomes quiet.|You could sit there all day.]")
    text = text.replace("There are", "There you find")
    return _ask(writer, writer.pick((spot.name, f"a {noun}"))), writer.say(text)


def animal(writer: Writer) -> Exchange:
    beast = writer.pick(facts.ANIMALS)
    legs = words.NUMBERS[beast.legs] if beast.legs else "no"
    size = "neither big nor small" if beast.size == "medium" else beast.size
    color = "it can have many colors" if beast.color == "many colors" else f"its color is {beast.color}"
    text = (f"A {beast.name} is {size}, and {color}. It has {legs} legs. It lives {beast.home}. "
            f"[It eats {beast.food}.|{beast.note}.|It eats {beast.food}. {beast.note}.]")
    return _ask(writer, f"a {beast.name}"), writer.say(text)


def person(writer: Writer) -> Exchange:
    girl = writer.chance(0.5)
    name = writer.pick(words.GIRLS if girl else words.BOYS)
    he, his = ("she", "her") if girl else ("he", "his")
    kind = writer.pick(("girl" if girl else "boy", "friend", "teacher", "baker", "farmer", "king"
                        if not girl else "queen", "grandmother" if girl else "grandfather"))
    text = (f"{name} is a [kind|cheerful|quiet|clever|friendly|funny] {kind} with {LOOKS}. ^{he} wears a "
            f"{writer.pick(words.PLAIN_COLORS)} [coat|hat|shirt|scarf] and always carries a "
            f"{writer.pick(words.TOYS)}. ^{he} likes to [sing|read|dance|swim|paint|tell jokes|help "
            f"others]. When ^{name} smiles, [everyone smiles, too|{his} eyes shine].")
    return _ask(writer, f"a {kind}"), writer.say(text)


def thing(writer: Writer) -> Exchange:
    item = writer.pick([o for o in facts.OBJECTS if o not in ("scissors", "soap", "house")])
    use, stuff, where = facts.OBJECTS[item]
    color = writer.pick(words.PLAIN_COLORS)
    text = (f"[It is|This is|Imagine] a [small|big|old|new|pretty|simple] {color} {item}. It is made of "
            f"{stuff}. You can find it {where}. People use it to {use}. "
            f"[It is very useful.|It is not heavy.|Somebody made it with care.|It looks nice.|]")
    return _ask(writer, f"a {item}"), writer.say(text)


def season(writer: Writer) -> Exchange:
    name = writer.pick(words.SEASONS)
    text = (f"In the {name}, [everything changes|the world looks different|there is a lot to see]. "
            f"{facts.SEASON_NOTES[name]}. [Many people like this time of the year.|It is a good time to "
            "be with friends.|Every season has its own beauty.]")
    return _ask(writer, f"the {name}"), writer.say(text)


DESCRIPTIONS: tuple[tuple[float, Callable[[Writer], Exchange]], ...] = (
    (4, building), (2, room), (3, place), (3, animal), (2, person), (3, thing), (0.7, season),
)


def make_description(writer: Writer) -> Exchange:
    return writer.weighted(DESCRIPTIONS)(writer)
