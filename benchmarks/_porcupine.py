"""Porcupine: Go's linearizability checker, built from the module beside this file, and asked about our histories."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from actorproof.harness.provision.golang import Module, dotted, machine_go
from actorproof.properties.linearizability.operation import Operation

FOLDER = Path(__file__).parent / "porcupine"
NOTHING = -1  # None as a value: Porcupine's registers hold whole numbers
Said = Literal["ok", "illegal", "unknown"]


class MissingError(Exception):
    """Porcupine can't be built here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A history of one register, cas-register or counter, and for how long Porcupine may think about it."""

    model: str
    operations: Sequence[Operation]
    initial: int | None = None
    limit_s: float = 60.0

    def encoded(self) -> bytes:
        rows = [
            {
                "client": number,  # each operation a client of its own: Porcupine does not look at it
                "function": operation.function,
                "value": _numbers(operation.value),
                "start": operation.start_ns,
                "end": operation.end_ns if operation.outcome == "ok" else None,
                "result": _result(operation),
            }
            for number, operation in enumerate(self.operations)
            if operation.outcome != "fail"
        ]
        initial = NOTHING if self.initial is None else self.initial
        asked = {"model": self.model, "initial": initial, "limit_s": self.limit_s, "operations": rows}
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


def ask(program: Path, questions: Iterable[Question]) -> list[tuple[Said, float]]:
    """What Porcupine says of each history, and the seconds that it took."""
    text = b"".join(question.encoded() for question in questions)
    ran = subprocess.run([str(program)], input=text, check=True, stdout=subprocess.PIPE)
    answers: list[tuple[Any, float]] = []
    for line in ran.stdout.decode().splitlines():
        said, took_s = line.split()
        answers.append((said, float(took_s)))
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
