"""Chats: one or more exchanges, with or without a system prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import facts
import words
from describe import make_description
from odd_text import dictionary
from questions import make_question
from stories import Story, make_story, make_title
from talk import identity, name_talk, small_talk, unknown
from tasks import make_task
from template import Writer, tidy

Exchange = tuple[str, str]

SYSTEM = (
    "You are a helpful assistant.", "You are a helpful assistant.", "You are a helpful assistant.",
    "You are Ryot Tiny, a very small demonstration model.", "You are Ryot Tiny.",
    "You are a friendly assistant who likes to tell stories.", "Answer in simple words.",
    "You are a kind teacher.", "You are a storyteller for children.", "Be brief.", "Be polite.",
    "You are a helpful, honest and harmless assistant.", "Answer the questions of the user.",
    "Use short sentences.", "You tell stories to children.", "You are a chat bot.",
    "Always be friendly and answer in English.", "You are an AI assistant. Help the user.",
    "Please keep the answers short and simple.", "You are a test model.",
)
STORY_ASK = (
    "[Tell me a story about|Tell me a story about|Tell a story about|Write a story about|Write a short "
    "story about|Can you tell me a story about|Please tell me a story about|I want to hear a story about|"
    "Tell me a bedtime story about|Make up a story about|Give me a story about|Could you write a story "
    "about|Tell me a short story about|A story about|tell me a story about|Do you know a story about]"
)
ANY_ASK = ("[Tell me a story.|Tell me a story|Can you tell me a story?|Write a story.|Please tell me a story.|"
           "I want to hear a story.|Tell me a bedtime story.|Do you know a story?|Write a short story.|A "
           "story, please.|Tell a story.|tell me a story|Tell me a short story.|Make up a story.|Tell me a "
           "fairy tale.|Once upon a time]")
PLOT_TOPICS = {
    "lost_thing": "[a lost toy|something that was lost|looking for something]",
    "new_friend": "[friendship|a new friend|two friends|being lonely]",
    "storm": "[a storm|the rain|a rainy day|bad weather|thunder]",
    "rescue": "[helping others|a rescue|a hero|being kind]",
    "learn": "[learning something new|not giving up|practice]", "share": "[sharing|being hungry|food]",
    "fear": "[being afraid|being brave|courage]", "build": "[building something|working together]",
    "adventure": "[an adventure|a treasure|a journey|a map]",
    "birthday": "[a birthday|a birthday party|a surprise]", "gift": "[a gift|a present|love]",
    "honest": "[telling the truth|being honest|a mistake]", "wish": "[a wish|a dream|a falling star]",
    "race": "[a race|winning|a game]", "seed": "[a seed|a plant|waiting|being patient]",
    "way_home": "[getting lost|the way home|being lost]",
}
INTRO = ("", "", "", "", "[Of course!|Sure!|Yes!] Here is a story about {topic}.\n\n", "Here is a story about "
         "{topic}.\n\n", "[Of course!|Yes, of course!|Sure!|Gladly!] ")
YES = ("[Yes|Yes!|Yes, please.|Yes please|yes|Sure|Please do.|OK|Of course!|I would like that.|Yes, tell me "
       "the story.|yes please|Go on.|Tell me.]")
NO = "[No|No, thank you.|No thanks|Not now.|no|Maybe later.]"
NO_ANSWER = ("[That is all right.|All right!|No problem.] [What else can I do for you?|Is there something else "
             "you would like to know?|Just ask me when you want a story.]")


@dataclass(frozen=True)
class Chat:
    system: str | None
    turns: tuple[Exchange, ...]


def _with_article(kind: str) -> str:
    return ("the " if kind in ("moon", "sun") else "a ") + kind


def story_turn(writer: Writer, kind: str | None = None) -> tuple[Exchange, Story]:
    way = "kind" if kind else writer.weighted(((6, "kind"), (2, "any"), (2, "plot"), (1, "pair"), (1, "place"),
                                               (1, "name")))
    if way == "plot":
        plot = writer.pick(tuple(PLOT_TOPICS))
        story = make_story(writer, plot=plot)
        topic = writer.fill(PLOT_TOPICS[plot])
    else:
        brief = writer.pick((True, False, None, None))
        story = make_story(writer, kind=kind, brief=brief)
        trait = story.slots["trait"] + " " if writer.chance(0.15) else ""
        topic = {"kind": _with_article(trait + story.hero.kind) if not trait else f"a {trait}{story.hero.kind}",
                 "any": "", "pair": f"a {story.hero.kind} and a {story.friend.kind}",
                 "place": f"a {story.hero.kind} {story.slots['where']}",
                 "name": f"a {story.hero.kind} named {story.hero.name}" if story.hero.named
                 else f"a {story.hero.kind}"}[way]
        if way == "pair" and story.friend.kind not in story.text:
            topic = f"a {story.hero.kind}"
    if way == "any":
        question, intro = writer.fill(ANY_ASK), ""
    else:
        question = writer.fill(STORY_ASK) + " " + topic
        if way != "plot" and brief is not None and writer.chance(0.3):
            question = question.replace(" short story", " story").replace(
                " story about", " short story about" if brief else " long story about", 1)
        lower = question.startswith("t")
        question += "?" if question.startswith(("Can", "Could", "Do")) else ("" if lower else ".")
        question = question if lower else tidy(question)
        intro = writer.pick(INTRO).replace("{topic}", topic)
        if writer.chance(0.05):
            intro = make_title(writer, story) + "\n\n"
    return (tidy(question) if not question.startswith("t") else question.replace(" a a", " an a").replace(
        " a o", " an o").replace(" a e", " an e"), writer.fill(intro and tidy_intro(writer, intro)) + story.text), \
        story


def tidy_intro(writer: Writer, intro: str) -> str:
    end = "\n\n" if intro.endswith("\n\n") else " "
    return writer.say(intro.strip()) + end


def story_follow_up(writer: Writer, story: Story) -> Exchange:
    """A question about the story just told."""
    hero, friend = story.hero, story.friend
    options: list[Exchange] = [
        (f"[Where did {hero.name} live?|Where does the {hero.kind} live?]",
         f"{hero.name} lived {story.slots['where']}."),
        ("[What is the moral of the story?|What does the story teach us?|What can we learn from it?|What is "
         "the lesson?]", f"The story teaches us that {story.lesson}."),
        ("[Who is the story about?|Who is the hero of the story?|What was the story about?]",
         f"The story is about a {story.slots['trait']} {hero.kind}"
         + (f" called {hero.name}." if hero.named else ".")),
        ("[Thank you!|Thanks!|That was nice.|I like this story!|What a nice story!|That was a good story.|"
         "Great story!|I love it!]", "[I am glad you liked it!|You are welcome!|Thank you! I am happy that you "
         "like it.] [Would you like to hear another one?|Shall I tell you another one?|]"),
    ]
    if hero.named:
        options.append((f"[What was the name of the {hero.kind}?|What is the {hero.kind} called?|What was the "
                        f"{hero.kind}'s name?]", f"The {hero.kind} was called {hero.name}."))
    if friend.named and friend.name in story.text:
        options.append((f"[Who is {friend.name}?|Who was {friend.name}?]",
                        f"{friend.name} is a {friend.kind}"
                        f"[, a friend of {hero.name}|]."))
    question, answer = writer.pick(options)
    return writer.say(question), writer.say(answer)


def _story_chat(writer: Writer) -> list[Exchange]:
    turn, story = story_turn(writer)
    turns = [turn]
    if writer.chance(0.3):
        follow = story_follow_up(writer, story)
        turns.append(follow)
        if "another one" in follow[1] and writer.chance(0.5):
            turns.append((writer.fill(YES), make_story(writer, brief=True).text))
    elif writer.chance(0.1):
        turns.append((writer.fill("[Another one, please.|Another one!|Tell me another story.|One more!|More|"
                                  "Again!]"), make_story(writer, brief=True).text))
    return turns


EXTRA = ("Is there something else you would like to know?", "Do you have another question?", "I hope this helps!")


def _question_turn(writer: Writer) -> Exchange:
    question, answer = make_question(writer)
    if writer.chance(0.12):
        answer += " " + writer.pick(EXTRA)
    return _casual(writer, question), answer


CONTRACTIONS = (("What is", "What's"), ("Who is", "Who's"), ("Where is", "Where's"), ("I am", "I'm"),
                ("Tell me", "Please tell me"), ("Can you", "Could you please"))


def _casual(writer: Writer, text: str) -> str:
    """Sometimes users write in small letters, without the mark, or with more politeness."""
    point = writer.rng.random()
    if point < 0.06:
        return text[:1].lower() + text[1:].rstrip("?.!")
    if point < 0.10:
        return text.rstrip("?.!") if len(text) > 6 else text
    if point < 0.20:
        for long, short in CONTRACTIONS:
            text = text.replace(long, short)
        return text
    if point < 0.23:
        return writer.pick(("Hello! ", "Hi, ", "Please: ", "I have a question. ")) + text
    return text


def _casual_turn(writer: Writer, turn: Exchange) -> Exchange:
    return _casual(writer, turn[0]), turn[1]


def _unknown_turn(writer: Writer) -> list[Exchange]:
    question, answer, kind = unknown(writer)
    turns = [(question, answer)]
    if writer.chance(0.3):
        if writer.chance(0.8):
            turns.append((writer.fill(YES), make_story(writer, kind=kind).text))
        else:
            turns.append((writer.fill(NO), writer.fill(NO_ANSWER)))
    return turns


MAKERS: tuple[tuple[float, Callable[[Writer], list[Exchange]]], ...] = (
    (6.5, _story_chat),
    (9.0, lambda writer: [_question_turn(writer)]),
    (2.6, lambda writer: [make_description(writer)]),
    (3.0, lambda writer: [make_task(writer)]),
    (2.2, lambda writer: [_casual_turn(writer, small_talk(writer))]),
    (1.2, lambda writer: [_casual_turn(writer, identity(writer))]),
    (0.5, name_talk),
    (3.2, _unknown_turn),
)


STUDY_MAKERS = tuple(zip((2.0, 30.0, 3.0, 8.0, 2.2, 1.4, 0.5, 2.4), (make for _, make in MAKERS)))


def make_chat(writer: Writer) -> Chat:
    turns: list[Exchange] = []
    if writer.chance(0.08):
        turns.append(small_talk(writer))
    count = writer.weighted(((6, 1), (2, 2), (1.2, 3), (2.5 if writer.study else 0.5, 5)))
    for _ in range(count):
        turns += writer.weighted(STUDY_MAKERS if writer.study else MAKERS)(writer)
    system = None
    if writer.chance(0.3):
        system = writer.pick(SYSTEM)
        if writer.chance(0.15):
            system = " ".join(writer.some(dictionary(), writer.rng.randint(2, 9))).capitalize() + "."
    return Chat(system, tuple(turns))
