"""Subject: what the calls of an actor that we ship mean to a model, and what its saves leave behind.

Each kind reads a call's name and arguments as a function with a value, and its JSON answer as a result. The function
``stored`` is in no interface: it puts a turn's own save in place, whatever was there before. It stands for turns of
which only their saves are to be believed, and only the models in `Kind.loose` know it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from actorproof.properties.linearizability.model import Model, State, UnknownFunctionError, unknown_or_equal
from actorproof.properties.linearizability.models.counter import Counter
from actorproof.properties.linearizability.models.ledger import Ledger
from actorproof.properties.linearizability.models.register import CasRegister
from actorproof.properties.linearizability.operation import Operation
from actorproof.properties.views.state.ledger import COUNT, index_of

Asked = tuple[str, Hashable]
Args = Mapping[str, Any]
STORED = "stored"
VALUE = "value"
ACCOUNT = "account-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One actor type.

    Attributes:
        model: what it promises.
        loose: the same, with ``stored``.
        ask: (method, arguments, turn) to function and value; None for a call that neither changes nor tells anything.
            KeyError, TypeError or ValueError for one that is not understood.
        result: (method, decoded answer) to a result; likewise.
        stored: decoded writes by key to the value of ``stored``; likewise.
        fired: what a turn did that no call caused, from the value of ``stored`` of its save: function and value, and
            what it would have answered; None where only ``stored`` can be said.
        reads_saves: whether a save says what the actor is like. Where it does not, turns count by what was asked: one
            that did not answer its call may have had its effect, or not.
        partial: methods that tell more than every save writes: what an instance has cached of the rest stays stale when
            a later save has made cache and store equal as far as it goes.
    """

    model: Model
    loose: Model
    ask: Callable[[str, Args, str], Asked | None]
    result: Callable[[str, Any], Hashable]
    stored: Callable[[Mapping[str, Any]], Hashable]
    fired: Callable[[Any], tuple[Asked, Hashable]] | None = None
    partial: frozenset[str] = frozenset()
    reads_saves: bool = True


def plain(value: object) -> Hashable:
    """A JSON value that can be hashed: scalars as they are, anything else as its text."""
    if value is None or isinstance(value, str | int | float):
        return value
    return msgspec.json.encode(value, order="sorted").decode()


def _told(operation: Operation, answer: Hashable) -> bool:
    """Whether an answer is what the model answers, as far as anything is known of it."""
    return operation.result is None or unknown_or_equal(operation, answer)


# ---- models


class LooseCounter(Counter):
    """A counter with ``stored(n)``."""

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        return (True, operation.value) if operation.function == STORED else super().step(state, operation)

    def is_blind(self, operation: Operation) -> bool:
        return operation.function == STORED


class LooseRegister(CasRegister):
    """A register with compare-and-set and ``stored(v)``."""

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        return (True, operation.value) if operation.function == STORED else super().step(state, operation)

    def is_blind(self, operation: Operation) -> bool:
        return operation.function == STORED or super().is_blind(operation)


class LooseLedger(Ledger):
    """A ledger with ``stored((index, entry))``: the entry and the count, as one transaction writes them.

    The state is the count and every entry in the store: a count that goes back hides entries and does not remove them.
    """

    initial = (0, ())

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        count, entries = cast("tuple[int, tuple[Hashable, ...]]", state)
        value = operation.value
        match operation.function:
            case "append":
                legal = _told(operation, count + 1)
                return legal, (count + 1, (*entries[:count], value, *entries[count + 1 :]))
            case "count":
                return unknown_or_equal(operation, count), state
            case "read":
                return unknown_or_equal(operation, entries[:count]), state
            case "stored":
                index, entry = cast("tuple[int, Hashable]", value)
                before = (*entries[: index - 1], *(None,) * (index - 1 - len(entries)))
                return True, (index, (*before, entry, *entries[index:]))
            case _:
                raise UnknownFunctionError(self, operation)

    def is_too_late(self, state: State, operation: Operation) -> bool:  # noqa: ARG002 - it may shrink
        return False


class AccountsActor(Model):
    """``open(balances)``, ``transfer((source, target, amount))`` and ``total()``, which answer balances.

    ``open`` and ``total`` answer all of them, ``transfer`` its two, which stay as they are when the source has too
    little. Balances are frozen sets of (account, balance). ``stored(balances)`` puts some in place.
    """

    name = "accounts of an actor"
    initial: State = frozenset()

    def step(self, state: State, operation: Operation) -> tuple[bool, State]:
        held = dict(cast("frozenset[tuple[str, int]]", state))
        match operation.function:
            case "total":
                return _told(operation, state), state
            case "open":
                following = frozenset((dict(cast("Any", operation.value)) | held).items())
                return _told(operation, following), following
            case "transfer":
                return self._transfer(held, operation, state)
            case "stored":
                return True, frozenset((held | dict(cast("Any", operation.value))).items())
            case _:
                raise UnknownFunctionError(self, operation)

    @staticmethod
    def _transfer(held: dict[str, int], operation: Operation, state: State) -> tuple[bool, State]:
        source, target, amount = cast("tuple[str, str, int]", operation.value)
        if source not in held or target not in held or amount < 0:
            return operation.outcome != "ok", state  # the turn failed
        if held[source] < amount or source == target:
            return _told(operation, frozenset({(source, held[source]), (target, held[target])})), state
        moved = {source: held[source] - amount, target: held[target] + amount}
        return _told(operation, frozenset(moved.items())), frozenset((held | moved).items())

    def is_pure(self, operation: Operation) -> bool:
        return operation.function == "total"


# ---- kinds


def _ask_counter(method: str, args: Args, _turn: str) -> Asked | None:
    match method:
        case "add":
            return "add", _whole(args["by"])
        case "get":
            return "read", None
        case "fail":
            return None
        case _:
            raise ValueError(method)


def _ask_register(method: str, args: Args, _turn: str) -> Asked | None:
    match method:
        case "read":
            return "read", None
        case "write":
            return "write", plain(args["value"])
        case "cas":
            return "cas", (plain(args["old"]), plain(args["new"]))
        case _:
            raise ValueError(method)


def _ask_ledger(method: str, _args: Args, turn: str) -> Asked | None:
    match method:
        case "append":
            return "append", turn
        case "last":
            return "count", None
        case "read":
            return "read", None
        case _:
            raise ValueError(method)


def _ask_accounts(method: str, args: Args, _turn: str) -> Asked | None:
    match method:
        case "open":
            return "open", _balances(args["balances"])
        case "transfer":
            return "transfer", (str(args["source"]), str(args["target"]), _whole(args["amount"]))
        case "total":
            return "total", None
        case _:
            raise ValueError(method)


def _ask_sleeper(method: str, _args: Args, _turn: str) -> Asked | None:
    match method:
        case "hold":
            return None
        case "hold_save":
            return "add", 1
        case _:
            raise ValueError(method)


def _ledger_result(method: str, answer: Any) -> Hashable:
    match method:
        case "append":
            return _whole(answer["index"])
        case "last":
            return _whole(answer["count"])
        case _:
            # An entry that is not in the store has no turn, and so is none that was ever appended.
            entries = tuple(turn for _, _, turn in answer["entries"])
            if [index for index, _, _ in answer["entries"]] != list(range(1, answer["count"] + 1)):
                raise ValueError("its entries are not numbered from 1 to its count")
            return entries


def _ledger_stored(writes: Mapping[str, Any]) -> Hashable:
    index = _whole(writes[COUNT]["count"])
    entry = next(value for key, value in writes.items() if index_of(key) == index)
    return index, entry["turn"]


def _accounts_stored(writes: Mapping[str, Any]) -> Hashable:
    held = {key.removeprefix(ACCOUNT): value["balance"] for key, value in writes.items() if key.startswith(ACCOUNT)}
    return _balances(held)


def _balances(value: Any) -> Hashable:
    return frozenset((str(name), _whole(balance)) for name, balance in value.items())


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


KINDS: Mapping[str, Kind] = {
    "Counter": Kind(
        model=Counter(),
        loose=LooseCounter(),
        ask=_ask_counter,
        result=lambda _, answer: _whole(answer),
        stored=lambda writes: _whole(writes[VALUE]["value"]),
    ),
    "Register": Kind(
        model=CasRegister(),
        loose=LooseRegister(),
        ask=_ask_register,
        result=lambda method, answer: None if method == "write" else plain(answer),
        stored=lambda writes: plain(writes[VALUE]["value"]),
    ),
    "Ledger": Kind(
        model=Ledger(),
        loose=LooseLedger(),
        ask=_ask_ledger,
        result=_ledger_result,
        stored=_ledger_stored,
        fired=lambda stored: (("append", stored[1]), stored[0]),
        partial=frozenset({"read"}),
    ),
    "Accounts": Kind(
        model=AccountsActor(),
        loose=AccountsActor(),
        ask=_ask_accounts,
        result=lambda _, answer: _balances(answer),
        stored=_accounts_stored,
        partial=frozenset({"open", "transfer", "total"}),
    ),
    "Sleeper": Kind(
        model=Counter(),
        loose=LooseCounter(),
        ask=_ask_sleeper,
        result=lambda _, answer: _whole(answer),
        stored=lambda writes: _whole(writes[COUNT]["count"]),
    ),
}
"""Every actor type with state that we ship, by its name."""
