"""Sets: elements that are added, and perhaps removed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import FALSE, TRUE, Value
from actorproof.properties.linearizability.model import (
    Model,
    State,
    UnknownFunctionError,
    operation_of,
    unknown_or_equal,
)
from actorproof.properties.linearizability.operation import Operation

ANY = "any value"
ELEMENTS = "a set or a vector of elements, each once"


class Set(Model):
    """``add(element)``, ``remove(element)``, ``contains(element) -> bool``, ``read() -> frozen set``."""

    name = "set"
    functions: ClassVar[Mapping[str, str]] = {
        "add": "any value",
        "remove": "any value",
        "contains": "any value",
        "read": "nil",
    }
    asking = frozenset({"read", "contains"})
    init_form = ELEMENTS

    def __init__(self, initial: frozenset[Hashable] = frozenset()) -> None:
        self.initial: State = initial

    @classmethod
    def opened(cls, init: Value) -> Self:
        seen = elements(init)
        if seen is None:
            raise ValueError(ELEMENTS)
        return cls(seen)

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        held = cast("frozenset[Hashable]", state)
        match operation.function:
            case "read":
                return unknown_or_equal(operation, held), held
            case "add":
                return True, held if operation.value in held else held | {operation.value}
            case "remove":
                return True, held - {operation.value}
            case "contains":
                return unknown_or_equal(operation, TRUE if operation.value in held else FALSE), held
        raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in self.asking

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def read_call(self, call: Call) -> Operation:
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        if call.function == "read":
            seen = elements(call.answer)
            if call.outcome == "ok" and seen is None:
                raise call.answer_refused(ELEMENTS)
            return operation_of(call, result=seen)
        if call.function == "contains" and call.outcome == "ok" and call.answer not in {TRUE, FALSE}:
            raise call.answer_refused("true or false")
        return operation_of(call, value=call.asked, result=call.answer if call.function == "contains" else None)


class GrowOnlySet(Set):
    """A set that nothing is removed from."""

    name = "grow-only-set"
    functions: ClassVar[Mapping[str, str]] = {"add": ANY, "contains": ANY, "read": "nil"}
    only_grows = True

    def is_too_late(self, state: State, operation: Operation) -> bool:
        held = cast("frozenset[Hashable]", state)
        if operation.outcome != "ok":
            return False
        if operation.function == "read":
            return not held <= cast("frozenset[Hashable]", operation.result)
        return operation.function == "contains" and operation.result is FALSE and operation.value in held


def elements(value: Value) -> frozenset[Hashable] | None:
    """The elements of a set, or of a vector that has each once; None for anything else."""
    if isinstance(value, frozenset):
        return value
    if not isinstance(value, tuple):
        return None
    found = frozenset(value)
    return found if len(found) == len(value) else None
