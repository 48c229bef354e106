"""Accounts: transfers between keys of one actor; their sum never changes."""

from __future__ import annotations

from actorproof.harness.subjects.actors.subject import Args, Subject, SubjectError, Turn, method, number, text


class Accounts(Subject):
    """Keys ``account-NAME``: {"balance": amount, "turn": writer}, and ``names``: {"names": all, "turn": writer}.

    The state API can't list keys, hence ``names``.
    """

    __slots__ = ("_balances",)
    MODEL = "accounts"

    def __init__(self) -> None:
        self._balances: dict[str, int] | None = None

    def forget(self) -> None:
        self._balances = None

    @method("writes")
    async def open(self, turn: Turn, args: Args) -> dict[str, int]:
        """Open accounts with `balances`. One that is open keeps its balance, so doing it twice changes nothing."""
        wanted = args.get("balances")
        if not isinstance(wanted, dict):
            raise SubjectError(f"argument balances is {wanted!r}: an object of whole numbers is wanted")
        held = await self._read(turn)
        new = {name: number(wanted, name) for name in wanted if name not in held}
        await turn.hold()
        if not new:
            return held
        balances = {**held, **new}
        accounts = {f"account-{name}": {"balance": balance} for name, balance in new.items()}
        await turn.save({**accounts, "names": {"names": sorted(balances)}})
        self._balances = balances
        return balances

    @method("writes")
    async def transfer(self, turn: Turn, args: Args) -> dict[str, int]:
        """Move `amount` from `source` to `target`; returns both balances, unchanged when the source has too little."""
        held = await self._read(turn)
        source, target, amount = text(args, "source"), text(args, "target"), number(args, "amount")
        missing = [name for name in (source, target) if name not in held]
        if missing or amount < 0:
            raise SubjectError(f"no account {missing[0]}" if missing else f"amount is {amount}: 0 or more is wanted")
        await turn.hold()
        if held[source] < amount or source == target:
            return {source: held[source], target: held[target]}
        moved = {source: held[source] - amount, target: held[target] + amount}
        await turn.save({f"account-{name}": {"balance": balance} for name, balance in moved.items()})
        self._balances = {**held, **moved}
        return moved

    @method("reads")
    async def total(self, turn: Turn, _args: Args) -> dict[str, int]:
        """Every balance."""
        held = await self._read(turn)
        await turn.hold()
        return held

    async def _read(self, turn: Turn) -> dict[str, int]:
        if self._balances is None:
            stored = await turn.load("names")
            balances: dict[str, int] = {}
            for name in stored["names"] if stored else ():
                account = await turn.load(f"account-{name}")
                if account is None:
                    raise SubjectError(f"account {name} is not in the store")
                balances[name] = int(account["balance"])
            self._balances = balances
        return self._balances
