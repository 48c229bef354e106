"""Event: one line of a history that others recorded, whatever its format; and what is said of a bad one."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import msgspec

from actorproof.properties.formats.values import Keyword, Value, spelled, word

TYPES = ("invoke", "ok", "fail", "info", "timed-out")
NEMESIS = "nemesis"
NAMES = ("process", "type", "f", "value", "time", "index", "key")
TRANSACTION = "txn"


class BadHistoryError(ValueError):
    """A history that can't be read, or can't have happened. The message says what was found and what was expected.

    `line` and `column` count from 1; None where the place is not known. `field` names a field of the event on this
    line, if the place is its value.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.field = field

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        column = f", column {self.column}" if self.column is not None else ""
        return f"line {self.line}{column}: {self.message}"


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event.

    Attributes:
        line: where it begins in the file, from 1.
        process: who did it, as text.
        type: one of `TYPES`.
        function: what was asked for.
        value: what with, or what came back.
        time: as it stands in the file, in its own unit.
        index: the place that the file gives it.
        key: the object, where the file names it in a field of its own.
    """

    line: int
    process: str
    type: str
    function: str
    value: Value = None
    time: int | None = None
    index: int | None = None
    key: Hashable = None


def event_of(line: int, get: Callable[[str], Value]) -> Event:
    """The event whose fields `get` knows by their names; BadHistoryError for one without a known type.

    Without a process it belongs to the process ``nil``. Without a function it is a transaction.
    """
    type_ = word(get("type"))
    if type_ not in TYPES:
        found = "no :type" if type_ is None else f"event type {type_} is unknown"
        raise BadHistoryError(f"{found}: expected one of {', '.join(TYPES)}", line=line, field="type")
    function = get("f")
    named = word(function) if function is not None else TRANSACTION
    if named is None:
        raise BadHistoryError(f":f is {spelled(function)}: expected a name such as :read", line=line, field="f")
    time, index = get("time"), get("index")
    if type(index) is not int and index is not None:
        raise BadHistoryError(f":index is {spelled(index)}: expected a whole number", line=line, field="index")
    return Event(
        line=line,
        process=process_of(get("process")),
        type=type_,
        function=named,
        value=get("value"),
        time=time if type(time) is int else None,
        index=index,
        key=get("key"),
    )


def process_of(value: Value) -> str:
    """A process as text; the nemesis is known by its keyword."""
    if value is Keyword(NEMESIS):
        return NEMESIS
    return value if isinstance(value, str) else spelled(value)
