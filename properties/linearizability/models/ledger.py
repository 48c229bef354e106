"""Ledger: a list that is only ever appended to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, cast

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import is_whole
from actorproof.properties.linearizability.model import (
    Model,
    State,
    UnknownFunctionError,
    operation_of,
    unknown_or_equal,
    unsaid_or_equal,
)
from actorproof.properties.linearizability.operation import Operation


class Entries:
    """A list that is only ever appended to: sharing its front, comparing and hashing in constant time as a rule."""

    __slots__ = ("before", "count", "digest", "entry")

    def __init__(self, before: Entries | None = None, entry: Hashable = None) -> None:
        self.before = before
        self.entry = entry
        self.count: int = before.count + 1 if before else 0
        self.digest: int = hash((before.digest, entry)) if before else 0

    def __hash__(self) -> int:
        return self.digest

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entries) or other.digest != self.digest or other.count != self.count:
            return False
        mine: Entries | None = self
        yours: Entries | None = other
        while mine is not yours:  # the same digest: nearly always equal, so this walk is the rare case
            if mine is None or yours is None or mine.entry != yours.entry:
                return False
            mine, yours = mine.before, yours.before
        return True

    def __repr__(self) -> str:
        return some(self.count, "entry", "entries") + (f", the last {self.entry!r}" if self.count else "")

    @property
    def listed(self) -> tuple[Hashable, ...]:
        """All entries, the oldest first."""
        found = []
        at: Entries = self
        while at.before is not None:
            found.append(at.entry)
            at = at.before
        return tuple(reversed(found))


class Ledger(Model):
    """``append(entry) -> its index from 1, or nothing``, ``count() -> n``, ``read() -> all``, the oldest first."""

    name = "ledger"
    functions: ClassVar[Mapping[str, str]] = {"append": "any value", "count": "nil", "read": "nil"}
    asking = frozenset({"count", "read"})
    initial: State = Entries()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        entries = cast("Entries", state)
        match operation.function:
            case "append":
                return unsaid_or_equal(operation, entries.count + 1), Entries(entries, operation.value)
            case "count":
                return unknown_or_equal(operation, entries.count), entries
            case "read":
                return self._reads(entries, operation), entries
            case _:
                raise UnknownFunctionError(self, operation)

    @staticmethod
    def _reads(entries: Entries, operation: Operation) -> bool:
        if operation.outcome != "ok":
            return True
        seen = operation.result
        # A wrong length or last entry is the rule in a search, and cheap to see.
        if not isinstance(seen, tuple) or len(seen) != entries.count or (seen and seen[-1] != entries.entry):
            return False
        return entries.listed == seen

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in {"read", "count"}

    def is_too_late(self, state: State, operation: Operation) -> bool:
        entries = cast("Entries", state)
        seen = operation.result
        if operation.outcome != "ok" or seen is None:
            return False
        if operation.function == "read":
            seen = len(seen) if isinstance(seen, tuple) else -1
        return isinstance(seen, int) and entries.count + (operation.function == "append") > seen

    def read_call(self, call: Call) -> Operation:
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        if call.function == "append":
            told = call.answer if call.answer != call.asked else None
            if told is not None and not is_whole(told):
                raise call.answer_refused("its index from 1, nil, or the entry itself")
            return operation_of(call, value=call.asked, result=told)
        right = is_whole(call.answer) if call.function == "count" else isinstance(call.answer, tuple)
        if call.outcome == "ok" and not right:
            raise call.answer_refused(
                "the number of entries" if call.function == "count" else "a vector of all entries"
            )
        return operation_of(call, result=call.answer)

    def suited(self, operations: Sequence[Operation]) -> Model:
        if type(self) is not Ledger:
            return self
        reads = [op.result for op in operations if op.function == "read" and op.outcome == "ok"]
        return _ShownLedger(max((seen for seen in reads if isinstance(seen, tuple)), key=len, default=()))


class _ShownLedger(Ledger):
    """A ledger whose longest answer to ``read`` is known beforehand.

    It only grows, so at the read's place it is what was read, and each entry up to there stands in its place from the
    beginning; those after it are never read, so only their number matters. The state is the number of entries.
    """

    initial = 0

    def __init__(self, shown: tuple[Hashable, ...]) -> None:
        self._shown = shown

    @property
    def foresees(self) -> bool:
        return True

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        count = cast("int", state)
        if operation.function == "append":
            fits = count >= len(self._shown) or self._shown[count] == operation.value
            return fits and unsaid_or_equal(operation, count + 1), count + 1
        if operation.function == "count":
            return unknown_or_equal(operation, count), count
        if operation.function == "read":
            if operation.outcome != "ok":
                return True, count
            seen = operation.result
            return isinstance(seen, tuple) and len(seen) == count and seen == self._shown[:count], count
        raise UnknownFunctionError(self, operation)

    def is_too_late(self, state: State, operation: Operation) -> bool:
        seen = operation.result
        if operation.outcome != "ok" or seen is None:
            return False
        if operation.function == "read":
            seen = len(seen) if isinstance(seen, tuple) else -1
        return isinstance(seen, int) and cast("int", state) + (operation.function == "append") > seen
