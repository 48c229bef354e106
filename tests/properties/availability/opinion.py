"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.availability.naive import broken
from tests.properties.availability.parts import A, asks, lost
from tests.properties.builder import History
from tests.properties.opinion import Opinion, actors


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Spells of answers and silence around a loss; now and then something else."""
    h, app = lost(takes_over=draw(st.booleans()), led=draw(st.sampled_from(("placement-1",) * 4 + ("placement-2",))))
    at_s = draw(st.integers(1, 60))
    match draw(st.sampled_from(("none", "none", "none", "cut", "stall", "pause", "exit"))):
        case "cut":
            h.fault("cut", "host-1>app", at_s, at_s + 1.0, links=["host-1>app"])
        case "stall":
            h.add(ev.Stalled, at_s, late_ns=draw(st.sampled_from((100_000_000, 900_000_000))))
        case "pause":
            h.pause("host-1/app", at_s, at_s + 2.0)
        case "exit":
            h.start("store", 0.0)
            h.exit("store", at_s, code=1, expected=False)
        case _:
            pass
    for actor in (A, "new"):
        now_s = 17
        asks(h, app, now_s, now_s + draw(st.sampled_from((0, 3))), ok=True, actor=actor)
        now_s = 20
        while now_s < 60:
            lasts_s = draw(st.sampled_from((1, 2, 3, 9, 26)))
            asks(h, app, now_s, min(60, now_s + lasts_s), ok=draw(st.booleans()), actor=actor)
            now_s += lasts_s
    h.close(70.0)
    return h


OPINION = Opinion(guarantee="availability", histories=histories(), shown=actors, naive=broken, examples=100)
