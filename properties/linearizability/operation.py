"""Operation: one call to one object, with its interval and what its caller knows of its outcome."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

from actorproof.properties.formats.event import BadHistoryError
from actorproof.properties.formats.values import spelled

Outcome = Literal["ok", "fail", "info"]
OUTCOMES = frozenset(("ok", "fail", "info"))
# Functions that are called for their answer, so that none is an answer, too, and is shown.
ASKING = frozenset({"read", "get", "balance", "count", "total", "contains", "dequeue", "pop", "last"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one caller asked of one object.

    Attributes:
        id: unique among the operations of a history.
        function: what was asked for, in the model's words: ``read``, ``write``.
        value: its argument, None without one.
        start_ns: before its first byte was sent. Any unit will do, if it is the same one throughout.
        end_ns: after the last byte of its answer was read; None if there was none.
        outcome: ``ok`` took effect within its interval; ``fail`` took none; ``info`` may take effect at any time
            after its start, or never.
        result: what an ``ok`` one answered. None where nothing is known of it, and so for every other outcome.
        process: who called; for the reader only.
        key: the object.
    """

    id: str
    function: str
    value: Hashable = None
    start_ns: int
    end_ns: int | None = None
    outcome: Outcome = "ok"
    result: Hashable = None
    process: str = ""
    key: str = ""

    def __str__(self) -> str:
        value = "" if self.value is None else spelled(self.value)
        answered = self.result is not None or (self.outcome == "ok" and self.function in ASKING)
        answer = f" -> {spelled(self.result)}" if answered else ""
        doubt = "" if self.outcome == "ok" else f" ({self.outcome})"
        return f"{self.function}({value}){answer}{doubt}"


def validate(operations: Iterable[Operation]) -> None:
    """Raise BadHistoryError, naming the operation, for an id that is used twice, a time that goes backwards, an `ok`
    operation without an end, an unknown outcome, or a value or result that can't be hashed.
    """
    seen: set[str] = set()
    for operation in operations:
        if operation.id in seen:
            raise BadHistoryError(f"operation {operation.id}: invoked twice")
        seen.add(operation.id)
        end_ns, outcome = operation.end_ns, operation.outcome
        if end_ns is None:
            if outcome == "ok":
                raise BadHistoryError(f"operation {operation.id}: ok, but has no end")
        elif end_ns < operation.start_ns:
            raise BadHistoryError(
                f"operation {operation.id}: ends at {end_ns}, before its start at {operation.start_ns}"
            )
        if outcome not in OUTCOMES:
            raise BadHistoryError(f"operation {operation.id}: outcome {outcome!r} is not ok, fail or info")
        try:
            hash((operation.value, operation.result))
        except TypeError as error:
            raise BadHistoryError(f"operation {operation.id}: {error}; use tuples for lists") from error
