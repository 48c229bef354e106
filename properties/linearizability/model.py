"""Model: what an object does when it is called by one caller at a time.

A new one takes a few lines. `step` says whether the operation can have answered what it did, and what the object is
like afterwards::

    class Queue(Model):
        initial = ()

        def step(self, state, operation):
            match operation.function:
                case "put":
                    return True, (*state, operation.value)
                case "take" if state:
                    return unknown_or_equal(operation, state[0]), state[1:]
                case "take":
                    return unknown_or_equal(operation, None), state
            raise UnknownFunctionError(self, operation)

The answer of an `info` operation is not known (`result` is None), so `step` accepts any. States and values are
hashable.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, cast

from actorproof.properties.linearizability.operation import BadHistoryError, Operation

State = Hashable


class Model(ABC):
    """A sequential object. Subclasses set `name` and `initial`, and define `step`.

    `is_pure`, `only_in` and `is_blind` make the search faster. They are promises for every state, so they can't be
    found out by comparing states: writing 5 onto 5 changes nothing, and is no pure operation.
    """

    name: ClassVar[str] = ""
    only_grows: ClassVar[bool] = False
    """Whether a state that was left never comes again."""
    initial: State = None

    @abstractmethod
    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        """Whether the operation, in this state, can have ended as it did; and the next state (unused if it can't)."""

    def is_pure(self, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether it leaves every state in which it is legal as it was."""
        return False

    def only_in(self, operation: Operation) -> tuple[State] | None:  # noqa: ARG002 - for subclasses
        """The one state in which an operation is legal; None when there is no such single one, or it isn't known.

        Of interest for pure operations, and for all of an object that only grows. Comparing states is cheaper than
        taking a step.
        """
        return None

    def is_blind(self, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether it is legal in every state, and leaves the same state whatever was before, like a plain write."""
        return False

    def is_too_late(self, state: State, operation: Operation) -> bool:  # noqa: ARG002 - for subclasses
        """Whether the operation is legal in neither this state nor any that can follow, for objects that only grow."""
        return False

    def suited(self, operations: Sequence[Operation]) -> Model:  # noqa: ARG002 - for subclasses
        """The same object for one history, perhaps knowing more: a counter that is only added to never goes down."""
        return self

    @property
    def foresees(self) -> bool:
        """Whether `suited` made use of answers, so that a part of the history would be judged by what comes later."""
        return False


class UnknownFunctionError(BadHistoryError):
    """The model doesn't know the function of an operation, or not with such a value."""

    def __init__(self, model: Model, operation: Operation) -> None:
        super().__init__(f"operation {operation.id}: {model.name or type(model).__name__} has no {operation}")


def unknown_or_equal(operation: Operation, answer: Hashable) -> bool:
    """Whether an operation's result is what the model answers; an `info` operation's may be anything."""
    return operation.outcome != "ok" or operation.result == answer


def _unsaid_or_equal(operation: Operation, answer: Hashable) -> bool:
    """As `unknown_or_equal`, for functions that need not answer: None says nothing."""
    return operation.result is None or operation.outcome != "ok" or operation.result == answer


class Register(Model):
    """``read() -> v``, ``write(v)``. A register that was never written reads None."""

    name = "register"

    def __init__(self, initial: Hashable = None) -> None:
        self.initial = initial

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


class CasRegister(Register):
    """A register with ``cas((old, new)) -> bool``; an `ok` one that says nothing (None) succeeded."""

    name = "cas-register"

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        if operation.function != "cas":
            return super().step(state, operation)
        old, new = _parts(self, operation, 2)
        if operation.outcome != "ok":
            return True, new if state == old else state
        succeeded = operation.result is None or bool(operation.result)
        return succeeded is (state == old), new if succeeded else state

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "read" or (operation.function == "cas" and operation.result is False)


class Counter(Model):
    """``read() -> n``, ``add(n) -> the new n, or nothing``, ``increment()`` as ``add(1)``. Starts at 0."""

    name = "counter"

    def __init__(self, initial: int = 0) -> None:
        self.initial: State = initial

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        count: int = state  # type: ignore[assignment]  # a cast would cost a call in each step
        if operation.function == "read":
            return operation.result == count or operation.outcome != "ok", count
        if operation.function == "add" or operation.function == "increment":  # noqa: PLR1714 - faster than a set
            by = operation.value if operation.function == "add" else 1
            if not isinstance(by, int):
                raise UnknownFunctionError(self, operation)
            following = count + by
            return operation.result is None or operation.result == following or operation.outcome != "ok", following
        raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "read"

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def suited(self, operations: Sequence[Operation]) -> Model:
        goes_down = any(isinstance(o.value, int) and o.value < 0 for o in operations if o.function == "add")
        return self if goes_down or type(self) is not Counter else _GrowingCounter(cast("int", self.initial))


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

    def is_too_late(self, state: State, operation: Operation) -> bool:
        if operation.outcome != "ok" or not isinstance(operation.result, int):
            return False
        if operation.function == "read":
            return state > operation.result  # type: ignore[operator]  # as in `step`
        return state + _amount(operation) > operation.result  # type: ignore[operator]


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
        return f"{self.count} entries" + (f", the last {self.entry!r}" if self.count else "")

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
    initial: State = Entries()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        entries = cast("Entries", state)
        match operation.function:
            case "append":
                return _unsaid_or_equal(operation, entries.count + 1), Entries(entries, operation.value)
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
            return fits and _unsaid_or_equal(operation, count + 1), count + 1
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


class Accounts(Model):
    """Balances by account: ``transfer((from, to, amount)) -> bool``, ``deposit((account, amount))``,
    ``balance(account) -> n``, ``read() -> ((account, balance), ...)`` in any order, ``total() -> n``.

    A transfer that the balance doesn't cover, or of an account that doesn't exist, changes nothing and answers False;
    with `overdraft` only the latter. An `ok` one that says nothing succeeded.
    """

    name = "accounts"

    def __init__(self, balances: dict[str, int] | None = None, *, overdraft: bool = False) -> None:
        self.initial = frozenset((balances or {}).items())
        self.overdraft = overdraft

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        balances = cast("frozenset[tuple[str, int]]", state)
        held = dict(balances)
        match operation.function:
            case "read":
                seen = operation.result
                return operation.outcome != "ok" or (isinstance(seen, tuple) and frozenset(seen) == balances), state
            case "balance":
                return unknown_or_equal(operation, held.get(cast("str", operation.value))), state
            case "total":
                return unknown_or_equal(operation, sum(held.values())), state
            case "deposit":
                account, amount = _parts(self, operation, 2)
                held[account] = held.get(account, 0) + amount
                return True, frozenset(held.items())
            case "transfer":
                return self._transfer(held, operation, state)
            case _:
                raise UnknownFunctionError(self, operation)

    def _transfer(self, held: dict[str, int], operation: Operation, state: State) -> tuple[bool, State]:
        source, target, amount = _parts(self, operation, 3)
        possible = source in held and target in held and (self.overdraft or held[source] >= amount)
        if operation.outcome == "ok" and (operation.result is None or bool(operation.result)) is not possible:
            return False, state
        if not possible:
            return True, state
        held[source] -= amount
        held[target] += amount
        return True, frozenset(held.items())

    def is_pure(self, operation: Operation) -> bool:
        refused = operation.function == "transfer" and operation.result is False
        return refused or operation.function in {"read", "balance", "total"}


class Map(Model):
    """``put((key, value))``, ``get(key) -> value or None``, ``delete(key)``, ``read() -> ((key, value), ...)``.

    A map whose keys are never read together is better judged key by key: see `check.by_part`.
    """

    name = "map"
    initial: State = frozenset()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        pairs = cast("frozenset[tuple[Hashable, Hashable]]", state)
        match operation.function:
            case "get":
                return unknown_or_equal(operation, dict(pairs).get(operation.value)), state
            case "put":
                key, value = _parts(self, operation, 2)
                return True, frozenset((dict(pairs) | {key: value}).items())
            case "delete":
                return True, frozenset(pair for pair in pairs if pair[0] != operation.value)
            case "read":
                seen = operation.result
                return operation.outcome != "ok" or (isinstance(seen, tuple) and frozenset(seen) == pairs), state
            case _:
                raise UnknownFunctionError(self, operation)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in {"get", "read"}


def _parts(model: Model, operation: Operation, count: int) -> tuple[Any, ...]:
    value = operation.value
    if not isinstance(value, tuple) or len(value) != count:
        raise UnknownFunctionError(model, operation)
    return value


MODELS: dict[str, type[Model]] = {
    model.name: model for model in (Register, CasRegister, Counter, Ledger, Accounts, Map)
}
