"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.opinion import Opinion, by_fault
from tests.properties.recovery.naive import broken
from tests.properties.recovery.parts import probe

TARGETS = ("host-1", "store", "placement-0", "host-1>store")
HAPPENINGS = ("none", "none", "none", "stall", "exit", "exit", "restart", "pause", "join")


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to three faults, and two actors that answer or don't, for a while each."""
    h = History()
    app = h.app("host-1")
    h.app("host-2")
    for _ in range(draw(st.integers(1, 3))):
        from_s = draw(st.integers(1, 30)) + draw(st.sampled_from((0.0, 0.5)))
        lasts_s = draw(st.sampled_from((1.0, 1.0, 5.0, None)) if draw(st.booleans()) else st.just(2.0))
        target = draw(st.sampled_from(TARGETS))
        h.fault("cut", target, from_s, None if lasts_s is None else from_s + lasts_s, took=draw(st.integers(0, 4)) > 0)
    match draw(st.sampled_from(HAPPENINGS)):
        case "stall":
            h.add(ev.Stalled, draw(st.integers(1, 90)), late_ns=draw(st.sampled_from((300_000_000, 2_000_000_000))))
        case "exit":
            h.exit("host-2/app", draw(st.integers(5, 90)), code=1, expected=False)
        case "restart":
            at_s = draw(st.integers(5, 60))
            h.exit("host-2/app", at_s, code=1, expected=False)
            h.start("host-2/app", at_s + draw(st.integers(1, 9)))
        case "pause":
            at_s = draw(st.integers(5, 60))
            h.pause("host-2/app", at_s, draw(st.none() | st.just(at_s + 4)))
        case "join":
            h.app("host-3", 2.0)
            h.fault("add", "host-3", 1.5, draw(st.none() | st.just(9.5)), units=["host-3/sidecar", "host-3/app"])
            for part in ("sidecar", "app"):
                h.exit(f"host-3/{part}", 9.0, code=1, expected=draw(st.booleans()))
        case _:
            pass
    for actor in ("Counter/probe0", "Counter/probe1"):
        at_s = draw(st.integers(0, 20))
        for _ in range(draw(st.integers(1, 3))):
            until_s = at_s + draw(st.sampled_from((1, 5, 20, 40)))
            match draw(st.sampled_from(("ok", "silent", "silent", "unheard", "hangs"))):
                case "ok":
                    probe(h, app, at_s, until_s, ok=True, actor=actor)
                case "silent":
                    probe(h, app, at_s, until_s, ok=False, actor=actor)
                case "hangs":
                    h.operation(actor, at_s + 0.1, until_s, client="probe-x", outcome="info", reason="deadline")
                case _:
                    op = h.operation(actor, at_s + 0.1, at_s + 0.2, client="probe-y", outcome="info")
                    h.turn(actor, app, at_s + 0.15, until_s - 0.1, op=op, completed=draw(st.booleans()))
            at_s = until_s
    h.close(160.0)
    return h


OPINION = Opinion(
    guarantee="recovery", histories=histories(), shown=by_fault, naive=broken, same=lambda _: "broken", examples=150
)
