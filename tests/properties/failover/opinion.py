"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.failover.naive import broken
from tests.properties.losses import lost, probe
from tests.properties.opinion import Opinion, by_fault


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A loss of host-1, now and then something beside it, and two actors that answer or don't, for a while each."""
    h = History(drain_timeout_s=4.0)
    one, two = h.app("host-1"), h.app("host-2")
    back_s = draw(st.sampled_from((None, 30.0, 70.0)))
    match draw(st.sampled_from(("host", "app", "sidecar", "pause"))):
        case "pause":
            healed_s = draw(st.sampled_from((17.0, 70.0)))
            h.fault("pause", "host-1", 10.0, healed_s, units=["host-1/sidecar", "host-1/app"])
            if draw(st.booleans()):
                h.table(draw(st.sampled_from((9.0, 14.0, 20.0))), 2, draw(st.sampled_from((["host-2"], []))))
        case "host":
            lost(h, "host-1", at_s=10.0, back_s=back_s)
        case part:
            lost(h, "host-1", part, at_s=10.0, back_s=back_s)
    match draw(st.sampled_from(("none", "none", "none", "fault", "stall", "exit"))):
        case "fault":
            from_s = draw(st.integers(1, 60))
            h.fault("cut", "store", from_s, from_s + draw(st.sampled_from((2, 20))), took=draw(st.booleans()))
        case "stall":
            h.add(ev.Stalled, draw(st.integers(1, 90)), late_ns=draw(st.sampled_from((200_000_000, 2_000_000_000))))
        case "exit":
            h.exit("host-2/app", draw(st.integers(5, 90)), code=1, expected=False)
        case _:
            pass
    for actor in ("Counter/probe0", "Counter/probe1"):
        probe(h, draw(st.sampled_from((one, one, two))), 2, 9, ok=True, actor=actor)
        at_s = draw(st.integers(10, 14))
        for _ in range(draw(st.integers(1, 3))):
            until_s = at_s + draw(st.sampled_from((5, 20, 40)))
            via = draw(st.sampled_from(("host-2", "host-2", "host-1")))
            match draw(st.sampled_from(("ok", "silent", "silent", "hangs"))):
                case "ok":
                    probe(h, two, at_s, until_s, ok=True, actor=actor, via=via)
                case "silent":
                    probe(h, two, at_s, until_s, ok=False, actor=actor, via=via)
                case _:
                    client = f"probe-{actor}"
                    h.operation(actor, at_s + 0.1, until_s, client=client, outcome="info", reason="deadline", via=via)
            at_s = until_s
    h.close(160.0)
    return h


OPINION = Opinion(
    guarantee="failover", histories=histories(), shown=by_fault, naive=broken, same=lambda each: each[1], examples=120
)
