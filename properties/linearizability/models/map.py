"""Maps: values by key."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import FrozenMap, Value, spelled
from actorproof.properties.linearizability.model import (
    Model,
    Parts,
    Repeated,
    State,
    UnknownFunctionError,
    operation_of,
    parts_of,
    unknown_or_equal,
)
from actorproof.properties.linearizability.operation import Operation

PAIR = 2
BEFORE = -1  # before every place of a history
PUT = "[key value] or {:key k, :value v}"
GET = "a key, or [key nil]"
NOTHING = FrozenMap(())
MISSING = object()
UNSEEN = object()  # what a key holds that no answer tells: no value that a history can have


class Map(Model):
    """``put((key, value))``, ``get(key) -> value or None``, ``delete(key)``, ``read() -> FrozenMap``.

    Judged key by key, if no operation reads them all.
    """

    name = "map"
    functions: ClassVar[Mapping[str, str]] = {"put": PUT, "get": GET, "delete": "a key", "read": "nil"}
    asking = frozenset({"get", "read"})
    init_form = "a map"
    has_parts = True

    def __init__(self, initial: FrozenMap = NOTHING) -> None:
        self.initial: State = initial

    @classmethod
    def opened(cls, init: Value) -> Self:
        if not isinstance(init, FrozenMap):
            raise ValueError(cls.init_form)  # noqa: TRY004 - a value of a history, not a type of Python
        return cls(init)

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        function = operation.function
        if function == "read":
            return operation.outcome != "ok" or operation.result == state, state
        held = cast("FrozenMap", state)
        if function == "get":
            return unknown_or_equal(operation, held.pairs.get(operation.value)), state
        if function == "put":
            return True, held.put(*parts_of(self, operation, PAIR))
        if function == "delete":
            return True, held.without(operation.value)
        raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in self.asking

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def serves(self, state: State, operation: Operation, other: Operation) -> bool:
        if operation.function not in {"put", "delete"} or type(self) is not Map:
            return True
        if other.outcome != "ok" or other.function not in self.asking:
            return False
        key = _key_of(operation)
        there = cast("FrozenMap", state).pairs
        if other.function == "get":
            return other.value == key and (operation.function == "delete" or _value_of(operation) == other.result)
        wanted = cast("FrozenMap", other.result).pairs
        if operation.function == "delete":
            return key in there and key not in wanted
        return key in wanted and wanted[key] == _value_of(operation) and (key not in there or there[key] != wanted[key])

    def may_follow(self, state: State, operation: Operation, others: Iterable[Repeated]) -> bool:
        if operation.function not in self.asking:
            return True
        wanted = dict(_differing(state, operation))
        for other, _ in others:
            key = _key_of(other) if other.function not in self.asking else None
            if key in wanted and (other.function == "append" or (_leaves(other) or None) == (wanted[key] or None)):
                del wanted[key]
        return not wanted

    def pressing(self, state: State, called: Operation, waiting: Iterable[Operation]) -> Container[Hashable]:
        keys = {key for operation in waiting for key, _ in _differing(state, operation)}
        return keys if called.function in self.asking else {*keys, _key_of(called)}

    def part(self, operation: Operation) -> Hashable:
        return _key_of(operation)

    def parts(self, operations: Sequence[Operation]) -> Parts | None:
        if any(operation.function == "read" for operation in operations):
            return None
        found: dict[Hashable, list[Operation]] = {}
        for key, value in cast("FrozenMap", self.initial):
            found[key] = [Operation(id="at first", function="put", value=(key, value), start_ns=BEFORE, end_ns=BEFORE)]
        for operation in operations:
            found.setdefault(_key_of(operation), []).append(operation)
        return Parts(model=Cell(), operations={spelled(key): of_key for key, of_key in found.items()})

    def read_call(self, call: Call) -> Operation:
        match call.function:
            case "read":
                if call.outcome == "ok" and not isinstance(call.answer, FrozenMap):
                    raise call.answer_refused("a map of all keys and values")
                return operation_of(call, result=call.answer)
            case "get":
                key, answer = _got(call)
                return operation_of(call, value=key, result=answer)
            case "delete":
                return operation_of(call, value=_got(call)[0])
        if call.function not in self.functions:
            raise call.unknown(self.functions)
        return operation_of(call, value=_put(call))


class Cell(Model):
    """One key of a map: what is put there, and what else a map does with it. An empty one is None."""

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        match operation.function:
            case "get":
                return unknown_or_equal(operation, state) or (operation.result == "" and state is None), state
            case "put":
                return True, cast("tuple[Hashable, Hashable]", operation.value)[1]
            case "append":
                return True, appended(state, cast("tuple[Hashable, Hashable]", operation.value)[1])
        return True, None

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "get"

    def only_in(self, operation: Operation) -> tuple[State] | None:
        one = operation.function == "get" and operation.outcome == "ok" and operation.result != ""
        return (operation.result,) if one else None

    def is_blind(self, operation: Operation) -> bool:
        return operation.function in {"put", "delete"}

    def suited(self, operations: Sequence[Operation]) -> Model:
        if type(self) is not Cell or not any(operation.function == "append" for operation in operations):
            return self
        changes = [operation for operation in operations if operation.function in {"put", "append"}]
        if not all(isinstance(_value_of(operation), str) for operation in changes):
            return self
        told = {op.result for op in operations if op.function == "get" and op.outcome == "ok"}
        kinds = {operation.function for operation in operations}
        return (_GrowingText if kinds <= {"get", "append"} else _Text)(each for each in told if isinstance(each, str))


class _Text(Cell):
    """One key that texts are appended to, whose answers are known beforehand.

    A text that none of them begins with is seen by nobody, however it goes on: all of those are one state.
    """

    def __init__(self, told: Iterable[str]) -> None:
        self._told = sorted(told)

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        function = operation.function
        if function == "get":
            seen = operation.result
            return operation.outcome != "ok" or seen == state or (seen == "" and state is None), state
        if function == "delete":
            return True, None
        text = cast("str", _value_of(operation))
        return True, self._seen(text if function == "put" else _continued(state, text))

    def _seen(self, text: str | None) -> State:
        """A text, or that nobody sees it."""
        if text is None:
            return UNSEEN
        at = bisect_left(self._told, text)
        return text if at < len(self._told) and self._told[at].startswith(text) else UNSEEN

    def serves(self, state: State, operation: Operation, other: Operation) -> bool:
        if other.function != "get" or other.outcome != "ok":
            return True
        wanted = other.result or ""
        if operation.function == "delete":
            return True
        text = cast("str", _value_of(operation))
        begun = text if operation.function == "put" else _continued(state, text)
        return begun is not None and cast("str", wanted).startswith(begun)


class _GrowingText(_Text):
    """One key that texts are appended to, and nothing else is done with but to get it."""

    only_grows = True

    def is_too_late(self, state: State, operation: Operation) -> bool:
        if operation.function != "get" or operation.outcome != "ok":
            return False
        seen, there = operation.result or "", state or ""
        return state is UNSEEN or not isinstance(seen, str) or not seen.startswith(cast("str", there))


def _continued(state: State, text: str) -> str | None:
    """A text with another one behind it; None where nobody sees it."""
    return None if state is UNSEEN else f"{state or ''}{text}"


class KeyValue(Map):
    """A map with ``append((key, text))``, which puts a text behind the one that is there, or a value behind others.

    A key that is not there reads None, or as an empty text.
    """

    name = "kv"
    functions: ClassVar[Mapping[str, str]] = {"put": PUT, "append": PUT, "get": GET, "delete": "a key", "read": "nil"}

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function == "append":
            held = cast("FrozenMap", state)
            key, value = parts_of(self, operation, PAIR)
            return True, held.put(key, appended(held.pairs.get(key), value))
        if operation.function == "get" and operation.result == "":
            return cast("FrozenMap", state).pairs.get(operation.value) in {"", None}, state
        return super().step(state, operation)


def appended(before: Hashable, value: Hashable) -> Hashable:
    """What is there after something was appended: texts behind texts, other values one by one."""
    if isinstance(value, str) and (before is None or isinstance(before, str)):
        return (before or "") + value
    return (*(before if isinstance(before, tuple) else ()), value)


def _differing(state: State, asking: Operation) -> Iterable[tuple[Hashable, Hashable]]:
    """The keys that are not as an answered operation found them, and what it found."""
    there = cast("FrozenMap", state).pairs
    if asking.function == "get":
        return () if there.get(asking.value) == asking.result else ((asking.value, asking.result),)
    seen = cast("FrozenMap", asking.result).pairs
    if there == seen:
        return ()
    return [
        (key, seen.get(key)) for key in there.keys() | seen.keys() if there.get(key, MISSING) != seen.get(key, MISSING)
    ]


def _leaves(operation: Operation) -> Hashable:
    """What a put or a delete leaves under its key."""
    return _value_of(operation) if operation.function == "put" else None


def _value_of(operation: Operation) -> Hashable:
    return cast("tuple[Hashable, Hashable]", operation.value)[1]


def _key_of(operation: Operation) -> Hashable:
    value = operation.value
    return value if operation.function in {"get", "delete"} else cast("tuple[Hashable, Hashable]", value)[0]


def _put(call: Call) -> tuple[Value, Value]:
    """The key and the value of a call that changes one key."""
    asked = call.asked
    if call.key is not None:
        return call.key, asked
    if isinstance(asked, FrozenMap):
        try:
            key = asked.named("key")
            return key, next(each for name in ("value", "val") if (each := _named(asked, name)) is not asked)
        except (KeyError, StopIteration):
            raise call.refused(PUT) from None
    if not isinstance(asked, tuple) or len(asked) != PAIR:
        raise call.refused(PUT)
    return cast("tuple[Value, Value]", asked)


def _named(asked: FrozenMap, name: str) -> Value:
    """What a field holds; the map itself when it has none."""
    try:
        return asked.named(name)
    except KeyError:
        return asked


def _got(call: Call) -> tuple[Value, Value]:
    """The key that a call is for, and the value that it answered."""
    asked, answer = call.asked, call.answer
    if call.key is not None:
        return call.key, answer
    if isinstance(asked, FrozenMap):
        try:
            key = asked.named("key")
        except KeyError:
            raise call.refused(GET) from None
        if isinstance(answer, FrozenMap):
            answer = next((each for name in ("value", "val") if (each := _named(answer, name)) is not answer), None)
        return key, answer
    if isinstance(asked, tuple) and len(asked) == PAIR and asked[1] is None:
        if call.outcome == "ok" and isinstance(answer, tuple) and len(answer) == PAIR and answer[0] == asked[0]:
            return asked[0], answer[1]
        if call.outcome == "ok":
            raise call.answer_refused(f"[{spelled(asked[0])} value]")
        return asked[0], None
    if asked is None:
        raise call.refused(GET)
    return asked, answer
