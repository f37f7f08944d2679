"""Whole training documents, plain and chat, as text parts with or without loss."""

from __future__ import annotations

from dataclasses import dataclass

from chats import Chat, make_chat
from describe import make_description
from questions import make_question
from stories import make_story, make_title
from template import Writer
from tokenizer import BOS, CHAT_END, CHAT_START, EOS, Tokenizer

LONGEST = 512
NO_LOSS = 0x8000  # this bit of a stored token says that the model need not predict it
PLAIN_SHARE = 0.25
STUDY_PLAIN_SHARE = 0.06
BARE_SHARE = 0.1  # documents without BOS


@dataclass(frozen=True)
class Document:
    kind: str
    tokens: list[int]


def plain_text(writer: Writer) -> tuple[str, str]:
    point = writer.rng.random()
    if point < 0.72:
        return "story", make_story(writer).text
    if point < 0.84:
        story = make_story(writer)
        return "story", make_title(writer, story) + "\n\n" + story.text
    if point < 0.92:
        return "text", make_description(writer)[1]
    pairs = [make_question(writer) for _ in range(writer.rng.randint(1, 4))]
    return "text", "\n\n".join(f"Question: {question}\nAnswer: {answer}" for question, answer in pairs)


def encode_chat(tokenizer: Tokenizer, chat: Chat) -> list[int]:
    """The ChatML of a chat; only what the assistant says counts for the loss."""
    out: list[int] = []

    def add(role: str, text: str, loss: bool) -> None:
        head = [CHAT_START, *tokenizer.encode(role + "\n")]
        body = [*tokenizer.encode(text), CHAT_END]
        out.extend(token | NO_LOSS for token in head)
        out.extend(body if loss else [token | NO_LOSS for token in body])
        out.extend(token | NO_LOSS for token in tokenizer.encode("\n"))

    if chat.system is not None:
        add("system", chat.system, loss=False)
    for question, answer in chat.turns:
        add("user", question, loss=False)
        add("assistant", answer, loss=True)
    return out[:-1]


def make_document(writer: Writer, tokenizer: Tokenizer) -> Document:
    start = [] if writer.chance(BARE_SHARE) else [BOS | NO_LOSS]
    if writer.chance(STUDY_PLAIN_SHARE if writer.study else PLAIN_SHARE):
        kind, text = plain_text(writer)
        return Document(kind, [*start, *tokenizer.encode(text), EOS])
    chat = make_chat(writer)
    tokens = start + encode_chat(tokenizer, chat)
    while len(tokens) > LONGEST and len(chat.turns) > 1:
        chat = Chat(chat.system, chat.turns[:-1])
        tokens = start + encode_chat(tokenizer, chat)
    return Document("chat", tokens)
