"""Accounts: balances, and transfers between them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, Self, cast

from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import FrozenMap, Value, is_whole
from actorproof.properties.linearizability.model import (
    Model,
    State,
    UnknownFunctionError,
    operation_of,
    parts_of,
    refused,
    unknown_or_equal,
)
from actorproof.properties.linearizability.operation import Operation

TRANSFER = "[from to amount] or {:from account, :to account, :amount n}, the amount a whole number"
DEPOSIT = "[account amount] or {:account account, :amount n}, the amount a whole number"
BALANCES = "a map of accounts and their balances, in whole numbers"


class Accounts(Model):
    """Balances by account: ``transfer((from, to, amount)) -> bool``, ``deposit((account, amount))``,
    ``balance(account) -> n``, ``read() -> FrozenMap of balances``, ``total() -> n``.

    A transfer that the balance doesn't cover, or of an account that doesn't exist, changes nothing and answers False;
    with `overdraft` only the latter. An `ok` one that says nothing succeeded.
    """

    name = "accounts"
    functions: ClassVar[Mapping[str, str]] = {
        "read": "nil",
        "balance": "an account",
        "total": "nil",
        "deposit": DEPOSIT,
        "transfer": TRANSFER,
    }
    asking = frozenset({"read", "balance", "total"})
    init_form = BALANCES
    has_parts = True

    def __init__(self, balances: Mapping[Hashable, int] | None = None, *, overdraft: bool = False) -> None:
        self.initial: State = FrozenMap((balances or {}).items())
        self.overdraft = overdraft

    @classmethod
    def opened(cls, init: Value) -> Self:
        held = balances(init)
        if held is None:
            raise ValueError(BALANCES)
        return cls(held)

    def with_opening(self, calls: Sequence[Call]) -> Model:
        """The first snapshot's balances, if nothing was deposited or moved before it was read."""
        for call in calls:
            if call.function not in self.asking:
                return self
            if call.function == "read" and (held := balances(call.answer)):
                later = next((each for each in calls if each.function not in self.asking), None)
                is_first = later is None or (call.end is not None and call.end < later.start)
                return type(self)(held, overdraft=self.overdraft) if is_first else self
        return self

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        function = operation.function
        if function == "read":
            return operation.outcome != "ok" or operation.result == state, state
        held = cast("FrozenMap", state)
        if function == "transfer":
            return self._transfer(held, operation)
        if function == "balance":
            return unknown_or_equal(operation, held.pairs.get(operation.value)), state
        if function == "total":
            return unknown_or_equal(operation, sum(_amounts(held).values())), state
        if function == "deposit":
            account, amount = parts_of(self, operation, 2)
            return True, held.put(account, _amounts(held).get(account, 0) + amount)
        raise UnknownFunctionError(self, operation)

    def _transfer(self, held: FrozenMap, operation: Operation) -> tuple[bool, State]:
        source, target, amount = parts_of(self, operation, 3)
        there = _amounts(held)
        possible = source in there and target in there and (self.overdraft or there[source] >= amount)
        if operation.outcome == "ok" and refused(operation) is possible:
            return False, held
        if not possible:
            return True, held
        left = held.put(source, there[source] - amount)
        return True, left.put(target, _amounts(left)[target] + amount)

    def is_pure(self, operation: Operation) -> bool:
        return operation.function in self.asking or (operation.function == "transfer" and refused(operation))

    def only_in(self, operation: Operation) -> tuple[State] | None:
        return (operation.result,) if operation.function == "read" and operation.outcome == "ok" else None

    def read_call(self, call: Call) -> Operation:
        match call.function:
            case "read":
                seen = balances(call.answer)
                if call.outcome == "ok" and seen is None:
                    raise call.answer_refused(BALANCES)
                return operation_of(call, result=FrozenMap(seen.items()) if seen is not None else None)
            case "balance":
                return operation_of(call, value=account(call.asked), result=call.answer)
            case "total":
                return operation_of(call, result=call.answer)
            case "deposit":
                return operation_of(call, value=_fields(call, ("account", "amount"), DEPOSIT))
            case "transfer":
                told = call.answer if refused(operation_of(call, result=call.answer)) else None
                return operation_of(call, value=_fields(call, ("from", "to", "amount"), TRANSFER), result=told)
        raise call.unknown(self.functions)


class OverdraftAccounts(Accounts):
    """Accounts whose balances may fall below zero."""

    name = "accounts-overdraft"

    def __init__(self, balances: Mapping[Hashable, int] | None = None, *, overdraft: bool = True) -> None:
        super().__init__(balances, overdraft=overdraft)


def _amounts(held: FrozenMap) -> dict[Value, int]:
    return cast("dict[Value, int]", held.pairs)


def account(name: Value) -> Value:
    """An account's name: a string of digits is the number, since JSON's objects have no other names."""
    return int(name) if isinstance(name, str) and name.isascii() and name.isdigit() and str(int(name)) == name else name


def balances(value: Value) -> dict[Value, int] | None:
    """What is in each account, from a map or from pairs; None when it is something else."""
    if isinstance(value, FrozenMap):
        pairs = list(value)
    elif isinstance(value, tuple) and all(isinstance(each, tuple) and len(each) == 2 for each in value):  # noqa: PLR2004 - a pair
        pairs = [cast("tuple[Value, Value]", each) for each in value]
    else:
        return None
    held = {account(name): each for name, each in pairs}
    return cast("dict[Value, int]", held) if len(held) == len(pairs) and all(map(is_whole, held.values())) else None


def _fields(call: Call, names: tuple[str, ...], form: str) -> tuple[Value, ...]:
    """The accounts and the amount, the last of `names`, that a call was asked with."""
    asked = call.asked
    if isinstance(asked, FrozenMap):
        try:
            asked = tuple(asked.named(name) for name in names)
        except KeyError:
            raise call.refused(form) from None
    if not isinstance(asked, tuple) or len(asked) != len(names) or not is_whole(asked[-1]):
        raise call.refused(form)
    return (*map(account, asked[:-1]), asked[-1])
