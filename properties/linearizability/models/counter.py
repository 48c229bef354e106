"""Counters: a number that is added to and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import Value, is_whole
from actorproof.properties.linearizability.model import Model, Repeated, State, UnknownFunctionError, operation_of
from actorproof.properties.linearizability.operation import Operation

BY = "a whole number"
FAR = 100_000_000  # more than this is not added up, for the room that it takes: a bit for each sum
ONE_OR = "nil, or a whole number"
ANSWER = "the new count, nil, or what it was asked with"


class Counter(Model):
    """``read() -> n``, ``add(n) -> the new n, or nothing``, ``increment()`` as ``add(1)``. Starts at 0.

    One that starts at None reads None until something is added, and then counts from 0.
    """

    name = "counter"
    holds_what_is_saved = True
    functions: ClassVar[Mapping[str, str]] = {"read": "nil", "add": BY, "increment": ONE_OR}
    init_form = "a whole number, or nil"

    def __init__(self, initial: int | None = 0) -> None:
        self.initial: State = initial

    @classmethod
    def opened(cls, init: Value) -> Self:
        if init is not None and not is_whole(init):
            raise ValueError(cls.init_form)
        return cls(cast("int | None", init))

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        count: int = state  # type: ignore[assignment]  # a cast would cost a call in each step
        if operation.function == "read":
            return operation.result == count or operation.outcome != "ok", count
        if operation.function == "add" or operation.function == "increment":  # noqa: PLR1714 - faster than a set
            by = operation.value if operation.function == "add" else 1
            if not isinstance(by, int):
                raise UnknownFunctionError(self, operation)
            following = (count or 0) + by
            return operation.result is None or operation.result == following or operation.outcome != "ok", following
        raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "read"

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def suited(self, operations: Sequence[Operation]) -> Model:
        goes_down = any(isinstance(o.value, int) and o.value < 0 for o in operations if o.function == "add")
        counts = isinstance(self.initial, int) and type(self) in {Counter, PnCounter}
        return self if goes_down or not counts else _GrowingCounter(cast("int", self.initial))

    def guesses(self, stuck: Operation) -> Iterable[Value]:
        if stuck.function == "read" and (stuck.result is None or is_whole(stuck.result)):
            yield stuck.result

    def read_call(self, call: Call) -> Operation:
        if call.function == "read":
            return operation_of(call, result=call.answer)
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        by = 1 if call.asked is None and call.function != "add" else call.asked
        if not is_whole(by):
            raise call.refused(self.functions[call.function])
        told = call.answer if call.answer != call.asked else None
        if told is not None and not is_whole(told):
            raise call.answer_refused(ANSWER)
        signed = -cast("int", by) if call.function == "decrement" else by
        return operation_of(call, value=signed, result=told, function="add")


class PnCounter(Counter):
    """A counter with ``decrement``, too."""

    name = "pn-counter"
    holds_what_is_saved = True
    functions: ClassVar[Mapping[str, str]] = {"read": "nil", "add": BY, "increment": ONE_OR, "decrement": ONE_OR}


def _amount(operation: Operation) -> int:
    return cast("int", operation.value) if operation.function == "add" else 1


class _GrowingCounter(Counter):
    """A counter that is never taken from."""

    only_grows = True

    def only_in(self, operation: Operation) -> tuple[State] | None:
        seen = operation.result
        if operation.outcome != "ok" or operation.function == "read":
            return (seen,) if operation.outcome == "ok" else None
        by = operation.value if operation.function == "add" else 1
        return (seen - by,) if isinstance(seen, int) and isinstance(by, int) else None

    def may_follow(self, state: State, operation: Operation, others: Iterable[Repeated]) -> bool:
        wanted = operation.result
        if operation.outcome != "ok" or not isinstance(wanted, int):
            return True
        left = wanted - cast("int", state) - (_amount(operation) if operation.function != "read" else 0)
        return left >= 0 and (left > FAR or _adds_up(left, ((_amount(other), count) for other, count in others)))

    def is_too_late(self, state: State, operation: Operation) -> bool:
        if operation.outcome != "ok" or not isinstance(operation.result, int):
            return False
        if operation.function == "read":
            return state > operation.result  # type: ignore[operator]  # as in `step`
        return state + _amount(operation) > operation.result  # type: ignore[operator]


def _adds_up(wanted: int, amounts: Iterable[tuple[int, int]]) -> bool:
    """Whether some of the amounts, each there so many times, add up to what is wanted."""
    within = (1 << (wanted + 1)) - 1
    sums = 1  # a bit for each sum
    for amount, count in amounts:
        if not 0 < amount <= wanted:
            continue
        left, some = min(count, wanted // amount), 1
        while left > 0:  # 1, 2, 4 ... of them, and the rest
            sums |= (sums << amount * min(some, left)) & within
            left -= some
            some *= 2
        if sums >> wanted & 1:
            return True
    return wanted == 0
