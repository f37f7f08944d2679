"""Inputs that the model cannot answer: other topics, nonsense, emoji, other scripts."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import facts
import words
from template import Writer

DICTIONARY = Path(os.environ.get("TINY_DICTIONARY", "/usr/share/dict/american-english"))

TOPICS = (
    "[Write|Can you write|Please write] [a program|some code|a function|a script] [in Python|in C#|in "
    "Java|in C|that sorts a list|that adds numbers|for my website|to read a file].",
    "[Explain|Tell me about|What is|Can you explain] [quantum physics|relativity|machine learning|the stock "
    "market|inflation|algebra|calculus|chemistry|DNA|evolution|democracy|philosophy|black holes|the "
    "internet|politics|economics|a database|recursion|photosynthesis|gravity|blockchain|Kubernetes].",
    "[Who|Tell me who] [was|is] [the president|the first man on the moon|Albert Einstein|Napoleon|Caesar|"
    "Shakespeare|Mozart|the prime minister|Plato|the inventor of the telephone|the richest person]?",
    "[When|In which year] [did the war end|was the first computer built|did the Roman empire fall|was the "
    "telephone invented|did dinosaurs live|was Shakespeare born|did Columbus sail]?",
    "[Translate|Please translate] [\"good morning\"|this sentence|\"I love you\"|\"thank you\"|the word "
    "\"house\"] [into French|into German|into Spanish|to Japanese].",
    "[Solve|Please solve] [the equation x + {n} = {m}|this puzzle|x * {n} = {m}|this integral|2x - {n} = {m}].",
    "What is [the square root of {m}|{m} times {m2}|{m} * {m2}|the meaning of life|{m} divided by {n}|{m2} "
    "plus {m3}|the {n}th prime number|the value of pi|the speed of light]?",
    "How [do I|can I|do you] [fix my car|install Linux|lose weight|make money|get a visa|file my taxes|"
    "learn French|cook a turkey|build a rocket|train a neural network|open a bank account|delete a file|"
    "repair a phone|use Git|invest my savings]?",
    "[Summarize|Review|Analyze|Compare] [this article|the book|the history of Rome|my essay|these two "
    "products|the news of today|the causes of the war|this contract].",
    "[Which|What is the best] [laptop should I buy|movie|restaurant in Paris|football team|phone|"
    "programming language|diet|operating system|hotel in London]?",
    "[I have a headache. What should I do?|What is wrong with my back?|Is this medicine safe?|Can I sue my "
    "landlord?|Should I quit my job?|What is the price of gold?|Who will win the election?]",
    "[Give me|Write|I need] [a recipe for lasagna|a business plan|a love letter|a cover letter|a speech|a "
    "legal contract|an essay about freedom|the lyrics of a song|a tweet|SQL for this table|a JSON example].",
)
UNKNOWN_WORD = (
    "What is [a {w}|{w}]?", "What does \"{w}\" mean?", "Explain {w}.", "Tell me about {w}.",
    "How do I {w} the {v}?", "Why is the {w} so {v}?", "Define {w}.", "Where is the {w} {v}?",
    "What do you think about {w} and {v}?", "Can you {w} a {v}?", "Who invented the {w}?",
    "Is {w} better than {v}?", "I want {w}.", "{w} {v} {u}", "{w}", "{w} {v}", "Who is {W}?",
    "Write about {w} and {v}.", "What is the difference between {w} and {v}?", "Compare {w} with {v}.",
)
EMOJI = [chr(c) for start, end in ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF),
                                   (0x1F900, 0x1F9FF), (0x2600, 0x27BF)) for c in range(start, end)]
SCRIPTS = ((0x4E00, 0x9FA5), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x0430, 0x044F), (0x03B1, 0x03C9),
           (0x05D0, 0x05EA), (0x0627, 0x064A), (0xAC00, 0xD7A3), (0x0905, 0x0939), (0x00E0, 0x00FF),
           (0x0E01, 0x0E2E))


@functools.cache
def dictionary() -> tuple[str, ...]:
    known = set(words.MORE_ANIMALS + words.MORE_PEOPLE + words.MORE_THINGS + words.ANIMALS
                + words.ANY_KINDS + words.LIVING_THINGS + words.TOYS + words.SEASONS)
    known.update(facts.OBJECTS, facts.JOBS, facts.COLORS_OF, facts.TASTES, facts.PLURALS.values())
    known.update(noun.split()[-1] for noun in facts.NATURE)
    text = DICTIONARY.read_text(encoding="utf-8")
    return tuple(w for w in text.split() if w.isascii() and w.isalpha() and w.islower()
                 and len(w) > 6 and w not in known and w.removesuffix("s") not in known)


def _foreign(writer: Writer) -> str:
    low, high = writer.pick(SCRIPTS)
    length = writer.rng.randint(1, 9)
    letters = "".join(chr(writer.rng.randint(low, high)) for _ in range(length))
    return letters + writer.pick(("", "?", "!", " " + letters[::-1], "？", "。"))


def _emoji(writer: Writer) -> str:
    face = "".join(writer.pick(EMOJI) for _ in range(writer.rng.randint(1, 4)))
    return writer.pick((face, face, face, f"{face}?", f"What does {face} mean?", f"{face} {face[::-1]}"))


def _keys(writer: Writer) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz" + writer.pick(("", "0123456789", " ;,.-", "ASDFGHJKL", "    "))
    return "".join(writer.pick(letters) for _ in range(writer.rng.randint(2, 18)))


def _symbols(writer: Writer) -> str:
    return "".join(writer.pick("!?.,;:()[]{}<>|/\\#$%&*+-=~^@'\"_0123456789 ")
                   for _ in range(writer.rng.randint(1, 12)))


def _topic(writer: Writer) -> str:
    low, high = writer.rng.randint, writer.rng.randint
    return writer.fill(writer.pick(TOPICS), {
        "n": str(low(2, 30)), "m": str(high(21, 999)), "m2": str(high(21, 99)), "m3": str(high(100, 999))})


def _unknown_word(writer: Writer) -> str:
    a, b, c = writer.some(dictionary(), 3)
    name = f"{a.capitalize()} {b.capitalize()}"
    return writer.fill(writer.pick(UNKNOWN_WORD), {"w": a, "v": b, "u": c, "W": name})


def odd_input(writer: Writer) -> str:
    make = writer.weighted(((5, _topic), (5, _unknown_word), (2, _emoji), (2, _foreign), (1, _keys),
                            (0.6, _symbols)))
    text = make(writer)
    return text.strip() or "?"
