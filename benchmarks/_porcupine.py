"""Porcupine: Go's linearizability checker, built from the module beside this file, and asked about our histories."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from actorproof.harness.provision.golang import Module, dotted, machine_go
from actorproof.properties.formats.values import FrozenMap, spelled
from actorproof.properties.linearizability.operation import Operation

FOLDER = Path(__file__).parent / "porcupine"
NOTHING = -1  # None as a value: Porcupine's registers hold whole numbers
NUMBERS = frozenset({"register", "cas-register", "counter", "pn-counter"})  # models of one whole number
PART, NAMES = "\x1f", "\x1e"  # between the parts of what an object holds; between a key and its value
TELLING = frozenset({"read", "get", "balance", "count", "contains", "dequeue"})  # what is not answered is nothing


class Said(NamedTuple):
    """What Porcupine says of a history, and the seconds that it took, by the wall clock and of CPU time."""

    word: Literal["ok", "illegal", "unknown"]
    wall_s: float
    cpu_s: float


class MissingError(Exception):
    """Porcupine can't be built here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A history of one object, and for how long Porcupine may think about it.

    `initial` is the number that a register or counter holds at first, `holds` the words that another object holds.
    """

    model: str
    operations: Sequence[Operation]
    initial: int | None = None
    holds: str = ""
    limit_s: float = 60.0

    def encoded(self) -> bytes:
        rows = [
            {
                "client": number,  # each operation a client of its own: Porcupine does not look at it
                "function": operation.function,
                "start": operation.start_ns,
                "end": operation.end_ns if operation.outcome == "ok" else None,
                **(
                    {"value": _numbers(operation.value), "result": _result(operation)}
                    if self.model in NUMBERS
                    else {"words": _words(operation), "answer": _answer(operation)}
                ),
            }
            for number, operation in enumerate(self.operations)
            if operation.outcome != "fail"
        ]
        initial = NOTHING if self.initial is None else self.initial
        asked = {
            "model": self.model,
            "initial": initial,
            "holds": self.holds,
            "limit_s": self.limit_s,
            "operations": rows,
        }
        return json.dumps(asked).encode() + b"\n"


def build(folder: Path) -> Path:
    """Build the program into a folder; MissingError without Go, or when the module can't be had."""
    module = Module(FOLDER)
    go = machine_go()
    if go is None or go.version < module.wanted_go:
        raise MissingError(f"there is no Go {dotted(module.wanted_go)} or newer here")
    out = folder / "porcupine"
    built = subprocess.run(
        [str(go.path), "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o", str(out), "."],
        cwd=FOLDER,
        env={**os.environ, "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        raise MissingError(f"Go can't build it: {(built.stderr.strip() or 'no reason').splitlines()[-1]}")
    return out


def ask(program: Path, questions: Iterable[Question]) -> list[Said]:
    """What Porcupine says of each history."""
    text = b"".join(question.encoded() for question in questions)
    ran = subprocess.run([str(program)], input=text, check=True, stdout=subprocess.PIPE)
    answers: list[Said] = []
    for line in ran.stdout.decode().splitlines():
        word, wall_s, cpu_s = line.split()
        answers.append(Said(word, float(wall_s), float(cpu_s)))  # type: ignore[arg-type]  # one of the three words
    return answers


def _numbers(value: Any) -> list[int]:
    if value is None:
        return []
    return [NOTHING if each is None else each for each in (value if isinstance(value, tuple) else (value,))]


def _result(operation: Operation) -> int | None:
    """What the caller was told; None for nothing."""
    if operation.outcome != "ok":
        return None
    if operation.function == "cas":
        return 1 if operation.result is None else int(bool(operation.result))
    if operation.function == "read" and operation.result is None:
        return NOTHING
    return operation.result  # type: ignore[return-value]  # a whole number, or None


def held(value: Any) -> str:
    """What an object holds, in the words that the program has for it."""
    if isinstance(value, FrozenMap):
        return PART.join(sorted(f"{_word(name)}{NAMES}{_word(each)}" for name, each in value))
    words = [_word(each) for each in value]
    return PART.join(sorted(words) if isinstance(value, frozenset) else words)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else spelled(value)


def _words(operation: Operation) -> list[str]:
    value: Any = operation.value
    if operation.function == "txn":
        known = operation.outcome == "ok"
        return [
            word
            for function, key, each in value
            for word in (function, _word(key), _word(each) if known or function == "write" else "")
        ]
    if value is None:
        return []
    return [_word(each) for each in (value if isinstance(value, tuple) else (value,))]


def _answer(operation: Operation) -> str | None:
    """What the caller was told; None for nothing."""
    result: Any = operation.result
    if operation.outcome != "ok" or operation.function == "txn":
        return None
    if isinstance(result, FrozenMap | frozenset | tuple):
        return held(result)
    if operation.function == "transfer" and result is None:
        return "true"  # one that says nothing succeeded
    return _word(result) if result is not None or operation.function in TELLING else None
