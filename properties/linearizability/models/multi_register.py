"""Multi-register: several registers that one transaction reads and writes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import FrozenMap, Value, word
from actorproof.properties.linearizability.model import Model, State, UnknownFunctionError, operation_of
from actorproof.properties.linearizability.operation import Operation

TXN = "[[:read key nil] [:write key value] ...]"
MICRO = 3
BARE = 2  # a read as it is asked for, without the place of what it will see
READS, WRITES = frozenset({"read", "r"}), frozenset({"write", "w"})
NOTHING = FrozenMap(())


class MultiRegister(Model):
    """``txn(((function, key, value), ...))``, whose reads carry what they answered. A register at first reads None."""

    name = "multi-register"
    functions: ClassVar[Mapping[str, str]] = {"txn": TXN}
    asking = frozenset()
    init_form = "a map of keys and values"
    has_parts = True

    def __init__(self, initial: FrozenMap = NOTHING) -> None:
        self.initial: State = initial

    @classmethod
    def opened(cls, init: Value) -> Self:
        if not isinstance(init, FrozenMap):
            raise ValueError(cls.init_form)  # noqa: TRY004 - a value of a history, not a type of Python
        return cls(init)

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function != "txn":
            raise UnknownFunctionError(self, operation)
        held = cast("FrozenMap", state)
        for function, key, value in cast("tuple[tuple[str, Hashable, Hashable], ...]", operation.value):
            if function == "write":
                held = held.put(key, value)
            elif operation.outcome == "ok" and held.pairs.get(key) != value:
                return False, state
        return True, held

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "txn" and all(
            function == "read" for function, *_ in cast("tuple[tuple[str], ...]", operation.value)
        )

    def guesses(self, stuck: Operation) -> Iterable[Value]:
        micro = cast("tuple[tuple[str, Value, Value], ...]", stuck.value)
        yield FrozenMap((key, value) for function, key, value in micro if function == "read")

    def read_call(self, call: Call) -> Operation:
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        asked = _micro(call.asked, may_be_bare=True)
        if asked is None:
            raise call.refused(TXN)
        done = asked
        if call.outcome == "ok":
            answered = _micro(call.answer)
            if answered is None or [each[:2] for each in answered] != [each[:2] for each in asked]:
                raise call.answer_refused("the micro-operations that it was asked for, with what they read")
            done = answered
        return operation_of(call, value=done, function="txn")


def _micro(value: Value, *, may_be_bare: bool = False) -> tuple[tuple[str, Value, Value], ...] | None:
    if not isinstance(value, tuple):
        return None
    found: list[tuple[str, Value, Value]] = []
    for each in value:
        if not isinstance(each, tuple) or len(each) not in {BARE, MICRO}:
            return None
        function, key, *seen = each
        named = word(function)
        if named not in READS | WRITES or not (seen or (may_be_bare and named in READS)):
            return None
        found.append(("read" if named in READS else "write", key, seen[0] if seen else None))
    return tuple(found)
