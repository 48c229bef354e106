"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from actorproof.properties.verdict.verdict import Verdict
from tests.properties.builder import History
from tests.properties.mailbox_order.naive import broken
from tests.properties.opinion import Opinion
from tests.properties.placement.parts import BOTH, settled


def shown(verdict: Verdict, events: list[ev.Event]) -> set[str]:
    """The calls of which a turn began behind that of a later call."""
    asked = {(event.process, event.seq): event.op for event in events if isinstance(event, ev.Invoked)}
    return {asked[event.process, event.seq] for v in verdict.violations for event in v.events if event.label == "call"}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Two callers' calls to two actors, some of them run again or never answered; now and then a disturbance."""
    h, one, two = settled()
    at_s = draw(st.integers(80, 160)) / 10
    match draw(st.sampled_from(("none", "none", "cut", "stall", "table"))):
        case "cut":
            h.fault("cut", "host-1>app", at_s, at_s + 0.1, links=["host-1>app"])
        case "stall":
            h.add(ev.Stalled, at_s + 0.5, late_ns=500_000_000)
        case "table":
            h.table(at_s, 3, BOTH)
        case _:
            pass
    for client in ("ann", "bob"):
        now_s = 9.0 if client == "ann" else 9.0005
        for _ in range(draw(st.integers(0, 6))):
            now_s += draw(st.sampled_from((0.01, 0.3, 2.0)))
            actor = draw(st.sampled_from(("Counter/a", "Counter/a", "Counter/b")))
            app = draw(st.sampled_from((one, one, two)))
            outcome: ev.Outcome = draw(st.sampled_from(("ok", "ok", "ok", "info")))
            lasts_s = draw(st.sampled_from((0.1, 0.1, 0.4, 1.5)))
            op = h.operation(actor, now_s, now_s + lasts_s, client=client, outcome=outcome)
            h.turn(actor, app, now_s + 0.02, now_s + 0.05, op=op)
            if draw(st.integers(0, 3)) == 0:
                again_s = now_s + draw(st.sampled_from((0.06, 0.5, 3.0)))
                h.turn(actor, app, again_s, again_s + 0.02, op=op)
            now_s += lasts_s
    h.close(80.0)
    return h


OPINION = Opinion(guarantee="mailbox-order", histories=histories(), shown=shown, naive=broken)
