"""Users: models of a user's own, each a function of what an actor is like, a method, and its argument.

It returns what the actor answers and what it is like afterwards, or None where such a call can't be answered so::

    def cart(state, method, argument):
        total = state or 0  # None at first
        match method:
            case "add":
                return total + argument["n"], total + argument["n"]
            case "total":
                return total, total

An answer of `...` may be any. States are values that JSON can say. A reminder or timer that may have saved is asked for
as well, by its name and with its data; what it answers counts for nothing. Functions are not loaded here: whoever
judges a history brings them, by the names that its types declare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.operation import Operation

Step = Callable[[Any, str, Any], tuple[Any, Any] | None]
FIRED = "fired:"
"""Stands before the name of a reminder or timer, as a function."""
NOTHING = "null"
_steps: ContextVar[Mapping[str, Step]] = ContextVar("_steps")


@contextmanager
def users_models(steps: Mapping[str, Step]) -> Iterator[None]:
    """While histories are judged: the functions of users by the name of each."""
    token = _steps.set(steps)
    try:
        yield
    finally:
        _steps.reset(token)


def users_step(name: str) -> Step | None:
    """The function of that name; None where nobody brought it."""
    return _steps.get({}).get(name)


class UsersModelError(BadHistoryError):
    """The user's function failed, or answered what is no answer; the message says which."""


class UsersModel(Model):
    """An actor as a user's function has it. `reads` are the methods that change nothing.

    Values, results and states are JSON texts, so that no call can change what another one sees.
    """

    def __init__(self, name: str, step: Step, *, reads: frozenset[str]) -> None:
        self._title = name
        self._step = step
        self._reads = reads
        self.initial: State = NOTHING
        self._known: dict[tuple[State, str, State], tuple[str | None, State] | None] = {}

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        key = state, operation.function, operation.value
        if key not in self._known:
            self._known[key] = self._asked(*key)
        found = self._known[key]
        if found is None:
            return False, state
        answer, following = found
        legal = operation.outcome != "ok" or operation.result is None or answer is None or answer == operation.result
        return legal, state if operation.function in self._reads else following

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in self._reads

    def _asked(self, state: State, function: str, value: State) -> tuple[str | None, State] | None:
        """Answer, None for any, and the next state; None where it can't be."""
        fired = function.startswith(FIRED)
        method = function.removeprefix(FIRED)
        try:
            said = self._step(_read(state), method, _read(value))
            if said is None and not fired:
                return None
            answer, following = said  # type: ignore[misc]  # what is no pair is told
            text = None if answer is ... else json_text(answer)
            return text, json_text(following)
        except Exception as error:  # whatever a user's function raises
            raise UsersModelError(
                f"{self._title} of {method}({value}) in state {state}: {type(error).__name__}: {error}"
            ) from error


def json_text(value: object) -> str:
    """A value as JSON text; the same value has the same text."""
    return msgspec.json.encode(value, order="sorted").decode()


def _read(text: State) -> Any:
    return msgspec.json.decode(str(text))
