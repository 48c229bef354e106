"""Queues: elements that are put in and taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.linearizability.model import Model, State, UnknownFunctionError, operation_of
from actorproof.properties.linearizability.operation import Operation


class FifoQueue(Model):
    """``enqueue(element)``, ``dequeue() -> the oldest element``, or None from an empty queue."""

    name = "fifo-queue"
    functions: ClassVar[Mapping[str, str]] = {"enqueue": "any value but nil", "dequeue": "nil"}
    asking = frozenset({"dequeue"})
    initial: State = ()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        held = cast("tuple[Hashable, ...]", state)
        if operation.function == "enqueue":
            return True, (*held, operation.value)
        if operation.function != "dequeue":
            raise UnknownFunctionError(self, operation)
        if operation.outcome != "ok":
            return True, held[1:]
        first = held[0] if held else None
        return operation.result == first, held[1:]

    def read_call(self, call: Call) -> Operation:
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        if call.function == "dequeue":
            return operation_of(call, result=call.answer)
        if call.asked is None:
            raise call.refused(self.functions["enqueue"])
        return operation_of(call, value=call.asked)


class UnorderedQueue(FifoQueue):
    """A queue that gives any of its elements.

    The state has each element as often as it is in. Of a ``dequeue`` that nobody answered it is not known what it took:
    what it took is never answered, so leaving it in changes nothing but answers of an empty queue.
    """

    name = "unordered-queue"
    initial: State = frozenset()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        held = cast("frozenset[tuple[Hashable, int]]", state)
        if operation.function == "enqueue":
            return True, _changed(held, operation.value, 1)
        if operation.function != "dequeue":
            raise UnknownFunctionError(self, operation)
        if operation.outcome != "ok":
            return False, held
        if operation.result is None:
            return not held, held
        taken = _changed(held, operation.result, -1)
        return taken is not None, taken if taken is not None else held

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "dequeue" and (operation.outcome != "ok" or operation.result is None)

    def undecidable(self, operations: Sequence[Operation]) -> str | None:
        said = Counter((op.outcome, op.result is None) for op in operations if op.function == "dequeue")
        lost, empty = sum(said[key] for key in said if key[0] == "info"), said["ok", True]
        if not lost or not empty:
            return None
        return (
            f"{lost} dequeues have no answer and may have taken any element, and {empty} found the queue empty;"
            " without either it could be decided"
        )


def _changed(
    held: frozenset[tuple[Hashable, int]], element: Hashable, by: int
) -> frozenset[tuple[Hashable, int]] | None:
    """The elements with one more or less of one; None when it is not there."""
    counts = dict(held)
    counts[element] = counts.get(element, 0) + by
    if counts[element] < 0:
        return None
    if not counts[element]:
        del counts[element]
    return frozenset(counts.items())
