"""Bank: every read of all accounts shows the same total, of the same accounts, and no balance below zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self, cast

from actorproof.plural import some
from actorproof.properties.formats.calls import Call
from actorproof.properties.formats.values import FrozenMap, Value, is_whole, spelled
from actorproof.properties.linearizability.checker import Checker, Told
from actorproof.properties.linearizability.models.accounts import BALANCES, TRANSFER, account
from actorproof.properties.verdict.outcome import Outcome

SHOWN = 3
INIT = "the total, a whole number, or a map of accounts and balances"


class Bank(Checker):
    """``transfer``, which keeps the total, and ``read``, which answers a map of all balances.

    The total and the accounts are those of the first answered read, or of `--init`.
    """

    name = "bank"
    functions: ClassVar[Mapping[str, str]] = {"read": "nil", "transfer": TRANSFER}
    init_form = INIT
    overdraft: ClassVar[bool] = False

    def __init__(self, *, total: int | None = None, accounts: frozenset[Value] | None = None) -> None:
        self._total = total
        self._accounts = accounts

    @classmethod
    def opened(cls, init: Value) -> Self:
        if is_whole(init):
            return cls(total=cast("int", init))
        if not isinstance(init, FrozenMap) or not all(map(is_whole, init.pairs.values())):
            raise ValueError(INIT)
        held = {account(name): cast("int", balance) for name, balance in init}
        return cls(total=sum(held.values()), accounts=frozenset(held))

    def check(self, calls: Sequence[Call]) -> Told:
        reads = [(call, _balances(call)) for call in calls if self.known(call) == "read" and call.outcome == "ok"]
        if not reads:
            return Told(outcome=Outcome.UNKNOWN, why="no read was answered, so nothing was tested")
        first, opening = min(reads, key=lambda read: read[0].end or 0)
        total, accounts = self._total, self._accounts or frozenset(opening)
        if total is None:
            total = sum(balance for balance in opening.values() if balance is not None)
        faults = [(call, fault) for call, held in reads if (fault := self._fault(held, total, accounts))]
        if faults:
            where = [f"line {call.end_line}: read() -> {spelled(call.answer)}: {fault}" for call, fault in faults]
            opened = "" if self._total is not None else f", as the first read showed at line {first.end_line}"
            return Told(
                outcome=Outcome.VIOLATED,
                why=f"{some(len(faults), 'read')} of {len(reads)} {'is' if len(faults) == 1 else 'are'} wrong:"
                f" {faults[0][1]}",
                details=(f"the total is {total}{opened}", *where[:SHOWN]),
                lines_of_calls=tuple(call.line for call, _ in faults),
            )
        if len(reads) == 1 and self._total is None:
            why = f"one read alone was answered: its total, {total}, can be compared with nothing but --init {total}"
            return Told(outcome=Outcome.UNKNOWN, why=why)
        return Told(
            outcome=Outcome.HOLDS,
            why=f"{some(len(reads), 'read')} of {some(len(accounts), 'account')} show the total {total}",
        )

    def _fault(self, held: dict[Value, int | None], total: int, accounts: frozenset[Value]) -> str | None:
        strange = [name for name in held if name not in accounts]
        if strange:
            return f"account {spelled(strange[0])} was not there before"
        empty = [name for name, balance in held.items() if balance is None]
        if empty:
            return f"account {spelled(empty[0])} has no balance"
        seen = sum(balance for balance in held.values() if balance is not None)
        if seen != total:
            return f"total {seen}, not {total}"
        below = [name for name, balance in held.items() if balance is not None and balance < 0]
        if below and not self.overdraft:
            return f"account {spelled(below[0])} is below zero; if it may be, use --model bank-overdraft"
        return None


class OverdraftBank(Bank):
    """A bank whose balances may fall below zero."""

    name = "bank-overdraft"
    overdraft = True


def _balances(call: Call) -> dict[Value, int | None]:
    seen = call.answer
    pairs = list(seen) if isinstance(seen, FrozenMap) else seen
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(each, tuple) and len(each) == SHOWN - 1 for each in pairs
    ):
        raise call.answer_refused(BALANCES)
    held = {account(name): balance for name, balance in cast("list[tuple[Value, Value]]", pairs)}
    if len(held) != len(pairs) or not all(balance is None or is_whole(balance) for balance in held.values()):
        raise call.answer_refused(BALANCES)
    return cast("dict[Value, int | None]", held)
