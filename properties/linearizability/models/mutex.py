"""Mutex: a lock that one holder has at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from actorproof.properties.formats.calls import Call
from actorproof.properties.linearizability.model import Model, State, UnknownFunctionError, operation_of
from actorproof.properties.linearizability.operation import Operation

FREE, HELD = "free", "held"


class Mutex(Model):
    """``acquire()`` of a free one, ``release()`` of a held one; it is not asked whose."""

    name = "mutex"
    functions: ClassVar[Mapping[str, str]] = {"acquire": "nil", "release": "nil"}
    asking = frozenset()
    initial: State = FREE

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function == "acquire":
            return state == FREE, HELD
        if operation.function == "release":
            return state == HELD, FREE
        raise UnknownFunctionError(self, operation)

    def read_call(self, call: Call) -> Operation:
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        return operation_of(call)
