"""Txn: a transaction as its client saw it, read from a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from actorproof.properties.formats.calls import Call, Outcome
from actorproof.properties.formats.values import Value, shortened, spelled, word

MICRO = 3
BARE = 2  # a read as it is asked for, without the place of what it will see
READ = "r"
NAMES = {"r": "r", "read": "r", "w": "w", "write": "w", "append": "append"}


class Micro(NamedTuple):
    """One step of a transaction: a read with what it saw, or a write with what it wrote."""

    function: str
    key: Value
    value: Value


class Txn(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A transaction; `start` and `end` are places among the events, `end` None if its outcome is not known."""

    name: str
    process: str
    outcome: Outcome
    steps: tuple[Micro, ...]
    start: int
    end: int | None
    line: int

    def __str__(self) -> str:
        return shortened(spelled(tuple((_Word(step.function), step.key, step.value) for step in self.steps)))


class _Word:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f":{self._name}"


def txns_of(calls: Sequence[Call], *, write: str) -> list[Txn]:
    """The transactions of calls; `write` is the function that writes.

    BadHistoryError, with the line, for a value that is no list of steps, or an answer to other steps.
    """
    form = f"[[:{write} key value] [:r key nil] ...]"
    known: dict[Value, str] = {}
    found = []
    for call in calls:
        asked = _steps(call.asked, write, known, may_be_bare=True)
        if asked is None:
            raise call.refused(form)
        steps = asked
        if call.outcome == "ok":
            answered = _steps(call.answer, write, known)
            if answered is None or not _same(asked, answered):
                raise call.answer_refused("the steps that it was asked for, with what they read")
            steps = answered
        found.append(
            Txn(
                name=call.id,
                process=call.process,
                outcome=call.outcome,
                steps=steps,
                start=call.start,
                end=call.end,
                line=call.line,
            )
        )
    return found


def _steps(value: Value, write: str, known: dict[Value, str], *, may_be_bare: bool = False) -> tuple[Micro, ...] | None:
    if not isinstance(value, tuple):
        return None
    steps = []
    for each in value:
        if not isinstance(each, tuple) or len(each) not in {BARE, MICRO}:
            return None
        function, key, *seen = each
        name = known.get(function)
        if name is None:
            name = known.setdefault(function, NAMES.get(word(function) or "", ""))
        if name not in {READ, write} or not (seen or (may_be_bare and name == READ)):
            return None
        steps.append(Micro(name, key, seen[0] if seen else None))
    return tuple(steps)


def _same(asked: tuple[Micro, ...], answered: tuple[Micro, ...]) -> bool:
    return len(asked) == len(answered) and all(
        a.function == b.function and a.key == b.key and (a.function == READ or a.value == b.value)
        for a, b in zip(asked, answered, strict=True)
    )
