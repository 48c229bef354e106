"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.application.naive import broken
from tests.properties.application.parts import Seen
from tests.properties.builder import History
from tests.properties.opinion import Opinion, actors

METHODS = (
    ev.DeclaredMethod(name="status", effect="reads"),
    ev.DeclaredMethod(name="pay", effect="writes"),
    ev.DeclaredMethod(name="refuse", effect="fails"),
)
ONE = [("order", "{}")]
ENDS = ("lives", "lives", "ends", "told", "told and answers", "fails")
END_S = 200.0
seldom = st.sampled_from((False,) * 7 + (True,))


class Orders(Seen):
    """An application as it is drawn: whether it saves, and reads its state; `how` it fails, if in one way above all.

    One that ``forgets`` saves nothing; a reader of one that ``leaks`` saves what a failed turn left.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__(
            idle_timeout_s=4.0,
            types=(ev.DeclaredType(name="Order", methods=METHODS),),
            health=draw(st.sampled_from((200, 200, 204, 0, 404, None))),
            unread=(("a", "b"),) if draw(seldom) else (),
        )
        self.draw = draw
        self.how = draw(st.sampled_from(("any", "any", "forgets", "leaks")))
        self.saves = {"any": draw(st.booleans()), "forgets": False, "leaks": True}[self.how]
        self.is_reading = draw(st.booleans())
        more = (("status", "pay"), ("status", "pay", "refuse"))
        self.names = ("status",) if self.how == "forgets" else draw(st.sampled_from(more))
        self.failed: dict[str, bool] = {}

    def runs(self, actor: str, at_s: float, *, number: int = 1, instance: int = 1) -> float:
        """One turn, what it asks for, and what comes after it; when the next one may come."""
        draw = self.draw
        name = draw(st.sampled_from(self.names))
        to_s = at_s + draw(st.sampled_from((0.5, 0.5, 0.5, 3.7, 3.9, 6.0)))
        works = draw(seldom) if name == "refuse" else not draw(st.booleans() if self.how == "leaks" else seldom)
        result = number if self.how == "forgets" else draw(st.sampled_from((1, 2)))
        outcome: ev.Outcome = "ok" if works else "info"
        status, reason = (200, "") if works else (500, "status-500")
        op = self.operation(
            actor, at_s - 0.01, to_s + 0.01, name=name, result=result, outcome=outcome, reason=reason, status=status
        )
        turn = self.turn(
            actor, self.host, at_s, to_s, op=op, name=name, instance=instance, completed=works, result=result
        )
        if self.is_reading and not draw(seldom):
            self.reads(turn, at_s + 0.1)
        left = self.failed.get(actor, False) if self.how == "leaks" else draw(seldom)
        self.failed[actor] = not works
        if self.saves and (left if name == "status" else draw(st.booleans())):
            stored, why = draw(st.sampled_from(((True, ""), (True, ""), (False, "status-400 no"), (False, "cut"))))
            by_s = draw(st.sampled_from((at_s + 0.3, at_s + 0.3, to_s + 0.2)))
            self.save(turn, ONE, at_s + 0.2, by_s, acknowledged=stored, reason=why)
        if draw(seldom):
            self.add(ev.InvariantBroken, to_s + 0.02, op=op, reason="it is not so")
        after_s = to_s + draw(st.sampled_from((0.5, 0.9, 1.1, 4.0)))
        for later_s in range(draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2, 4)))):
            self.asks(after_s + later_s, actor=actor, what="save" if self.saves else "read")
        return after_s + draw(st.sampled_from((5.0, 9.0)))

    def lives(self, actor: str, at_s: float) -> None:
        """Turns of one actor, one after the other, with a deactivation now and then."""
        instance = 1
        for number in range(3 if self.how == "forgets" else self.draw(st.integers(1, 3))):
            at_s = self.runs(actor, at_s, number=number + 1, instance=instance)
            if self.draw(st.sampled_from((False, False, True))):
                status = self.draw(st.sampled_from((200, 200, 500, None)))
                self.deletes(at_s, actor=actor, instance=instance, status=status)
                if self.draw(seldom):
                    self.asks(at_s + 0.05, actor=actor)
                instance, at_s = instance + 1, at_s + 1.0

    def ends(self, how: str) -> None:
        """Its process ends, and another one begins."""
        if how.startswith("told"):
            self.add(ev.Deactivated, 99.0, process=self.host, actor="Order/0", instance=0)
        if how == "told and answers":
            self.add(ev.DeactivationAnswered, 99.1, process=self.host, actor="Order/0", instance=0, status=200)
        if how == "fails":
            turn = self.turn("Order/z", self.host, 98.5, None, name="pay")
            by_s = self.draw(st.sampled_from((98.7, 99.5)))
            self.save(turn, ONE, 98.6, by_s, acknowledged=False, reason="status-400 no")
        self.exit("host-1/app", self.draw(st.sampled_from((100.0, 101.05))), code=1, expected=False)
        if self.draw(seldom):
            self.kill("host-1/sidecar", 95.0)
        self.host = self.app("host-1", 105.0, sidecar=False)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Actors of one application that are called one after the other, with a mistake now and then."""
    h = Orders(draw)
    for number in range(3 if h.how == "leaks" else 0):
        h.turn(f"Order/well{number}", h.host, 0.5, 0.6, name="status")
    for number in range(draw(st.integers(1, 3))):
        h.lives(f"Order/{number}", 1.0 + number / 100)
    how = "ends" if h.how == "forgets" else draw(st.sampled_from(ENDS))
    if how != "lives":
        h.ends(how)
        for number in range(draw(st.integers(0, 3))):
            h.runs(f"Order/{number}", 110.0 + number / 100)
    h.close(END_S)
    return h


# With a save that is missing, what its actor asked for may be another mistake.
OPINION = Opinion(
    guarantee="application", histories=histories(), shown=actors, naive=broken, same=lambda each: each[1], examples=300
)
