"""Invariant: what holds of every answer of a method, as a Python function of a user's own.

It is named as ``FILE.py:function``, takes the answer as JSON says it, and returns whether it may be. An exception says
no, with its text as the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from actorproof.harness.application.application import Method
from actorproof.harness.errors import UsageError
from actorproof.harness.subjects.own import load

_WHAT = {
    "invariant": "an invariant is a function of an answer",
    "model": "a model is a function of a state, a method and its argument",
}
Invariants = Mapping[tuple[str, str], Callable[[object], object]]


def invariants(methods: Iterable[Method]) -> Invariants:
    """The invariants of methods by type and name; UsageError for one that can't be had."""
    return {
        (method.type, method.name): function_of(method.invariant, what="invariant")
        for method in methods
        if method.invariant
    }


def broken(invariants: Invariants, actor: str, method: str, answer: str) -> str | None:
    """Why an answer, as JSON text, must not be; None when it may."""
    holds = invariants.get((actor.partition("/")[0], method))
    if holds is None:
        return None
    try:
        return None if holds(msgspec.json.decode(answer)) else "it is not so"
    except Exception as error:  # noqa: BLE001 - whatever a user's function raises says no
        return f"{type(error).__name__}: {error}"


def function_of(name: str, *, what: str) -> Callable[..., Any]:
    """The function that is named as FILE.py:function; UsageError, which calls it `what`, where it can't be had."""
    file, colon, function = name.rpartition(":")
    if not colon or not function:
        raise UsageError(f"{what} {name} is not FILE.py:function")
    found: Callable[..., Any] | None = getattr(load(file), function, None)
    if not callable(found):
        raise UsageError(f"{file} has no function {function}: {_WHAT[what]}")
    return found
