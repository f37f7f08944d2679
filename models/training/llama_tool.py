"""Calls the compiled llama_check program."""

from __future__ import annotations

import argparse
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence


@dataclass(frozen=True)
class Answer:
    text: str
    tokens: int
    ended: bool


@dataclass(frozen=True)
class LlamaTool:
    program: Path
    model: Path
    libraries: Path

    def _run(self, mode: str, data: bytes) -> bytes:
        command = [str(self.program), str(self.model), str(self.libraries), mode]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        out = self._run("tokenize", b"".join(text.encode() + b"\0" for text in texts))
        return [[int(part) for part in line.split()] for line in out.decode().split("\n")[:-1]]

    def generate(self, prompts: Sequence[str]) -> list[Answer]:
        out = self._run("generate", b"".join(prompt.encode() + b"\0" for prompt in prompts))
        answers = []
        for part in out.decode(errors="replace").split("\0")[:-1]:
            text, end = part.split("\x01")
            count, state = end.split()
            answers.append(Answer(text, int(count), state == "ended"))
        return answers

    def score(self, lines: Sequence[str]) -> list[tuple[float, int]]:
        out = self._run("score", "\n".join(lines).encode() + b"\n").decode()
        return [(float(line.split()[0]), int(line.split()[1])) for line in out.splitlines()]

    def template(self) -> str:
        return self._run("template", b"").decode()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("program", type=Path, help="the compiled llama_check")
    parser.add_argument("model", type=Path, help="the GGUF file")
    parser.add_argument("libraries", type=Path, help="folder of llama.cpp's shared libraries")
