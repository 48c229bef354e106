"""Registers: one value that is read and written, and perhaps compared and set."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Truth, Value
from actorproof.properties.linearizability.model import (
    Model,
    State,
    UnknownFunctionError,
    operation_of,
    refused,
)
from actorproof.properties.linearizability.operation import Operation

PAIR = 2


class Register(Model):
    """``read() -> v``, ``write(v)``. A register that was never written reads None."""

    name = "register"
    holds_what_is_saved = True
    functions: ClassVar[Mapping[str, str]] = {"read": "nil", "write": "any value"}
    init_form = "any value"

    def __init__(self, initial: Hashable = None) -> None:
        self.initial = initial

    @classmethod
    def opened(cls, init: Value) -> Self:
        return cls(init)

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function == "read":
            return operation.result == state or operation.outcome != "ok", state
        if operation.function == "write":
            return True, operation.value
        raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "read"

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def is_blind(self, operation: Operation) -> bool:
        return operation.function == "write"

    def guesses(self, stuck: Operation) -> Iterable[Value]:
        if stuck.function == "read":
            yield stuck.result

    def read_call(self, call: Call) -> Operation:
        if call.function == "read":
            return operation_of(call, result=call.answer)
        if call.function == "write":
            return operation_of(call, value=call.asked)
        raise call.unknown(self.functions)


class CasRegister(Register):
    """A register with ``cas((old, new)) -> bool``; an `ok` one that does not answer false succeeded."""

    name = "cas-register"
    holds_what_is_saved = True
    functions: ClassVar[Mapping[str, str]] = {"read": "nil", "write": "any value", "cas": "[old new]"}

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function == "read":
            return operation.result == state or operation.outcome != "ok", state
        if operation.function == "write":
            return True, operation.value
        if operation.function != "cas":
            raise UnknownFunctionError(self, operation)
        # Not by calls: it is the step of every compare-and-set that is looked at.
        value = operation.value
        if type(value) is not tuple or len(value) != PAIR:
            raise UnknownFunctionError(self, operation)
        old, new = value
        if operation.outcome != "ok":
            return True, new if state == old else state
        succeeded = operation.result is None or not refused(operation)
        return succeeded is (state == old), new if succeeded else state

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "read" or (operation.function == "cas" and refused(operation))

    def guesses(self, stuck: Operation) -> Iterable[Value]:
        yield from super().guesses(stuck)
        if stuck.function == "cas":
            yield cast("tuple[Value, Value]", stuck.value)[0]

    def read_call(self, call: Call) -> Operation:
        if call.function != "cas":
            return super().read_call(call)
        if not isinstance(call.asked, tuple) or len(call.asked) != PAIR:
            raise call.refused(self.functions["cas"])
        told = call.answer if isinstance(call.answer, Truth) else None
        return operation_of(call, value=call.asked, result=told)
