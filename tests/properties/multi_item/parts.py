"""Parts of histories: transfers between the accounts of one actor, a turn each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.properties.builder import History

A = "Accounts/a"
OPENED = {"ann": 100, "bob": 100, "cid": 100}
Write = tuple[str, str | None]


class Transfers:
    """One actor on one host; a turn each tenth of a second from 1 s on, each with a save in its middle."""

    def __init__(self, h: History, app: str, *, actor: str = A) -> None:
        self.h, self.app, self.at_s, self.instance, self.actor = h, app, 1.0, 1, actor
        self.held: dict[str, int] = {}

    def turn(self, balances: Mapping[str, int], *, acknowledged: bool = True) -> tuple[str, str, list[Write]]:
        """A turn that saves balances, and no commit: its id, its save's and what that wrote."""
        op = self.h.operation(
            self.actor, self.at_s, self.at_s + 0.09, name="transfer", outcome="ok" if acknowledged else "info"
        )
        turn = self.h.turn(
            self.actor,
            self.app,
            self.at_s + 0.01,
            self.at_s + 0.08,
            op=op,
            name="transfer",
            completed=acknowledged,
            instance=self.instance,
        )
        writes: list[Write] = [
            (f"account-{name}", f'{{"balance":{value},"turn":"{turn}"}}') for name, value in sorted(balances.items())
        ]
        save = self.h.save(turn, writes, self.at_s + 0.03, self.at_s + 0.06, acknowledged=acknowledged)
        self.at_s += 0.1
        return turn, save, writes

    def commit(self, writes: Sequence[Write]) -> None:
        """A commit of some writes, in the last turn's save."""
        self.h.commit_writes([(self.actor, key, value) for key, value in writes], self.at_s - 0.06, self.at_s - 0.05)

    def save(self, balances: Mapping[str, int], *, acknowledged: bool = True) -> str:
        """A turn that saves balances as a whole; its id."""
        turn, _, writes = self.turn(balances, acknowledged=acknowledged)
        self.commit(writes)
        self.held = {**self.held, **balances}
        return turn

    def transfer(self, source: str, target: str, amount: int) -> str:
        return self.save({source: self.held[source] - amount, target: self.held[target] + amount})
