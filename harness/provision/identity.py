"""Identity: what an executable says it is. Each program is asked before anything is started, since a file's name proves
nothing.

A question is a command line that makes a program say its name and version and end at once. Nothing is listened on.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from actorproof.harness.errors import ProvisionError
from actorproof.harness.provision.facts import Facts
from actorproof.harness.scratch import scratch_folder

# For a program that says who it is as soon as it starts.
PATIENCE_S = 5.0
# What a program may say; one that says more is none of ours.
LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A program by its own word. `version` is empty where it does not say one."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else f"{self.name} of a version that it does not say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask, and how to read the answer.

    Attributes:
        words: the arguments.
        answer: its groups are ``version`` and, where several programs answer alike, ``name``; either may be missing.
        names: the program's name by what the answer calls it; "" is the name where the answer has none.
    """

    words: tuple[str, ...]
    answer: re.Pattern[str]
    names: Mapping[str, str] = field(default_factory=dict)

    def read(self, said: str) -> Identity | None:
        """Who answered so; None when it is no answer to this question."""
        found = self.answer.search(said)
        if found is None:
            return None
        groups = found.groupdict()
        name = self.names.get(groups.get("name") or "")
        return None if name is None else Identity(name=name, version=groups.get("version") or "")


# What keeps the state and what stands between, whatever the runtime.
COMMON = (
    Question(
        words=("--version",),
        answer=re.compile(r"^(?:Redis|Valkey) server v=(?P<version>\d+\.\d+\.\d+)", re.MULTILINE),
        names={"": "redis-server"},
    ),
    Question(
        words=("--version",),
        answer=re.compile(r"^postgres \(PostgreSQL\) (?P<version>\d+(?:\.\d+)*)", re.MULTILINE),
        names={"": "postgres"},
    ),
    Question(
        words=("--version",),
        answer=re.compile(r"^toxiproxy(?:-server)? version (?P<version>\S+)", re.MULTILINE),
        names={"": "toxiproxy"},
    ),
    Question(
        words=("--version",),
        answer=re.compile(r"^actorproof-witness version (?P<version>\S+)", re.MULTILINE),
        names={"": "witness"},
    ),
)


class Ask(Protocol):
    """Asks one question and returns what is printed. TimeoutError when there is no end by `deadline_s` (monotonic)."""

    def __call__(self, path: Path, words: tuple[str, ...], *, deadline_s: float) -> str: ...


class Interview:
    """Asks programs who they are; what one said is remembered while its file stays as it is."""

    def __init__(
        self,
        questions: Sequence[Question],
        *,
        facts: Facts | None,
        answer: Ask | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`answer` asks one question of a program; without `facts` nothing is remembered.

        `patience_s` is for all questions to one program together.
        """
        self._questions = tuple(questions)
        self._patience_s = patience_s
        self._facts = facts
        self._answer = answer or _answer

    def ask(self, path: Path) -> Identity | None:
        """Who a program says it is; None when it answers nothing that is known.

        ProvisionError when it has not ended within `patience_s`; it is ended then.
        """
        said = self._ask(path) if self._facts is None else self._facts.ask(path, "identity", lambda: self._ask(path))
        name, _, version = said.partition(" ")
        return Identity(name=name, version=version) if name else None

    def _ask(self, path: Path) -> str:
        deadline_s = time.monotonic() + self._patience_s
        answers: dict[tuple[str, ...], str] = {}
        for question in self._questions:
            if question.words not in answers:
                answers[question.words] = self._said(path, question.words, deadline_s=deadline_s)
            found = question.read(answers[question.words])
            if found is not None:
                return f"{found.name} {found.version}"
        return ""

    def _said(self, path: Path, words: tuple[str, ...], *, deadline_s: float) -> str:
        try:
            return self._answer(path, words, deadline_s=deadline_s)
        except TimeoutError:
            raise ProvisionError(
                f"{path} was asked `{' '.join(words)}` and has not answered within {self._patience_s:g} s, so it was"
                " ended: name a program that can run here"
            ) from None


def _answer(path: Path, words: tuple[str, ...], *, deadline_s: float) -> str:
    """What a program prints, both streams, whatever its exit code. TimeoutError when it has to be ended."""
    with scratch_folder() as folder:
        try:
            process = subprocess.Popen(
                [str(path), *words],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            return ""
        with process:
            try:
                return _read(process, deadline_s=deadline_s)
            finally:
                if process.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], *, deadline_s: float) -> str:
    """Read until the program ends or has said too much. TimeoutError at the deadline."""
    assert process.stdout is not None
    said = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(said) < LIMIT_BYTES:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or not selector.select(left_s):
                raise TimeoutError
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                try:
                    process.wait(max(0.0, deadline_s - time.monotonic()))
                except subprocess.TimeoutExpired:
                    raise TimeoutError from None
                break
            said += chunk
    return said.decode(errors="replace")
