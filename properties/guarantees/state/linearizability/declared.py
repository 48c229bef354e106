"""Declared: how the calls of an actor type are read that says itself what its methods are to its model.

Such a type names one of the models of properties/linearizability/models whose state is the one value that it saves. So
a save can be read as well, whatever the key and the field are called.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any

from actorproof.harness.history import events as ev
from actorproof.properties.guarantees.state.linearizability.subject import KINDS, STORED, Args, Asked, Kind, plain
from actorproof.properties.linearizability.model import Model, State
from actorproof.properties.linearizability.models import MODELS
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.linearizability.users import Step, UsersModel, json_text, users_step

TURN = "turn"


def kind_of_type(declared: ev.DeclaredType) -> Kind | None:
    """How the calls of a type are read; None when it names no model, or one that it can't be held to."""
    step = users_step(declared.model)
    return _shipped(declared) if step is None else _of_user(declared, step)


def _of_user(declared: ev.DeclaredType, step: Step) -> Kind:
    """How calls are read that a user's own function has a model of."""
    reads = frozenset(method.name for method in declared.methods if method.effect == "reads")
    fails = frozenset(method.name for method in declared.methods if method.effect == "fails")
    model = UsersModel(declared.model.rpartition("/")[2], step, reads=reads)
    return Kind(
        model=model,
        loose=model,
        ask=lambda name, args, _: None if name in fails else (name, json_text(args)),
        result=lambda _, answer: json_text(answer),
        stored=_unreadable,
        reads_saves=False,
    )


def _unreadable(_: Mapping[str, Any]) -> Hashable:
    raise ValueError("a model of a user's own does not say what is saved")


@cache
def _shipped(declared: ev.DeclaredType) -> Kind | None:
    ours = ev.TYPES_BEFORE.get(declared.name)
    if ours is not None and ours.model == declared.model:
        return KINDS.get(declared.name)
    model = MODELS.get(declared.model)
    if model is None or not model.holds_what_is_saved:
        return None
    methods = {method.name: method for method in declared.methods}

    def ask(name: str, args: Args, _turn: str) -> Asked | None:
        method = methods[name]
        if method.effect == "none" or not method.function:
            return None
        values = tuple(plain(args[argument]) for argument in method.takes)
        return method.function, values if len(values) > 1 else (values[0] if values else None)

    return Kind(
        model=model(),
        loose=Loose(model()),
        ask=ask,
        result=lambda _, answer: plain(answer),
        stored=_saved,
    )


def unread(declared: ev.DeclaredType) -> str:
    """Why a type that keeps state is not judged, for people; empty for one that keeps none, or is judged."""
    keeps = any(method.effect != "none" for method in declared.methods)
    if not keeps or kind_of_type(declared) is not None:
        return ""
    if ":" in declared.model:
        return f"its model {declared.model} can't be had"
    if not declared.model:
        return "its type declares no model"
    if declared.model not in MODELS:
        return f"its model {declared.model} is none of {', '.join(sorted(MODELS))}"
    return f"what it saves can't be read as a state of model {declared.model}"


class Loose(Model):
    """A model that holds what is saved, with ``stored(value)``."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.initial = model.initial

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        return (True, operation.value) if operation.function == STORED else self._model.step(state, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function != STORED and self._model.is_pure(operation)

    def is_blind(self, operation: Operation) -> bool:
        return operation.function == STORED or self._model.is_blind(operation)


def _saved(writes: Mapping[str, Any]) -> Hashable:
    """The one value of the one key: beside the turn that wrote it, or all of it where no turn stands in it."""
    (value,) = writes.values()
    if not isinstance(value, dict) or TURN not in value:
        return plain(value)
    (saved,) = (each for name, each in value.items() if name != TURN)
    return plain(saved)
