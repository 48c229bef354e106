"""Parts of histories of applications of users' own."""

from __future__ import annotations

from actorproof.harness.history import events as ev
from tests.properties.builder import History

A = "Order/1"


class Seen(History):
    """A history of an application that was seen from outside."""

    def __init__(
        self,
        *,
        health: int | None = 200,
        idle_timeout_s: float = 20.0,
        types: tuple[ev.DeclaredType, ...] = (),
        unread: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(subject="application", idle_timeout_s=idle_timeout_s, types=types)
        self.add(ev.ApplicationAsked, 0.0, types=("Order",), health=health, unread=unread)
        self.host = super().app("host-1")

    def asks(self, at_s: float, *, actor: str = A, what: ev.Asked = "save", turns: int = 0) -> None:
        self.add(ev.Unattributed, at_s, process=self.host, actor=actor, what=what, name="", open=turns)

    def loses(self, turn: str, at_s: float) -> None:
        self.add(ev.TurnLost, at_s, process=self.host, turn=turn, reason="the caller hung up")

    def deletes(self, at_s: float, *, actor: str = A, instance: int = 1, status: int | None = 200) -> None:
        self.add(ev.Deactivated, at_s, process=self.host, actor=actor, instance=instance)
        self.add(ev.DeactivationAnswered, at_s + 0.1, process=self.host, actor=actor, instance=instance, status=status)

    def reads(self, turn: str, at_s: float) -> None:
        self.ask(turn, "read", at_s, at_s + 0.001)


def reading(
    *, failed: bool = True, writes: bool = False, readers: int = 3, beside: tuple[float, float] | None = None
) -> Seen:
    """Of three actors `status` saves nothing; of one more it does, after `pay` ended, perhaps beside another turn."""
    declared = (ev.DeclaredMethod(name="status", effect="reads"), ev.DeclaredMethod(name="pay", effect="writes"))
    h = Seen(types=(ev.DeclaredType(name="Order", methods=declared),))
    for number in range(readers):
        turn = h.turn(f"Order/{number + 5}", h.host, 1.0, 1.5, name="status")
        h.save(turn, [("order", "{}")] if writes else [], 1.2, 1.3)
    h.turn(A, h.host, 2.0, 2.5, name="pay", completed=not failed)
    if beside is not None:
        h.turn(A, h.host, *beside, name="pay")
    turn = h.turn(A, h.host, 3.0, 3.5, name="status")
    h.save(turn, [("order", '{"status": "paid"}')], 3.2, 3.3)
    return h
