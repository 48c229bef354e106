"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.bystanders.naive import broken
from tests.properties.losses import lost, probe
from tests.properties.opinion import Opinion


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A change or two, and two actors that answer or don't, for a while each."""
    h = History(hosts=3)
    apps = [h.app(f"host-{number}") for number in (1, 2, 3)]
    match draw(st.sampled_from(("kill", "kill", "kill", "cut", "pause", "join"))):
        case "kill":
            lost(h, "host-3", at_s=40.0, back_s=draw(st.sampled_from((None, None, 43.0, 55.0))))
        case "cut":
            h.fault("cut", "host-3>store", 40.0, draw(st.sampled_from((None, 45.0, 90.0))), links=["host-3>store"])
        case "pause":
            h.fault("pause", "host-3/app", 40.0, 50.0, units=["host-3/app"])
            h.pause("host-3/app", 40.0, 49.5)
        case _:
            h.start("host-4/sidecar", 40.5)
            h.start("host-4/app", 40.5, ready_s=draw(st.sampled_from((40.5, 50.0))))
            h.fault("add", "host-4", 40.0, 60.0, units=["host-4/sidecar", "host-4/app"])
            h.signal("host-4/app", 58.0, "SIGTERM")
            h.exit("host-4/app", 59.0, code=0)
    match draw(st.sampled_from(("none", "none", "none", "store", "stall", "exit"))):
        case "store":
            at_s = draw(st.integers(20, 80))
            h.fault("cut", "store", at_s, at_s + 1, links=[])
        case "stall":
            h.add(ev.Stalled, draw(st.integers(20, 90)), late_ns=draw(st.sampled_from((200_000_000, 2_000_000_000))))
        case "exit":
            h.exit("host-2/app", draw(st.integers(20, 90)), code=1, expected=False)
        case _:
            pass
    for actor in ("Counter/probe0", "Counter/probe1"):
        at_s = draw(st.integers(30, 38))
        for _ in range(draw(st.integers(2, 6))):
            until_s = at_s + draw(st.sampled_from((1, 3, 4, 6, 20)))
            via = draw(st.sampled_from(("host-2", "host-2", "host-2", "host-3")))
            match draw(st.sampled_from(("ok", "silent", "silent", "hangs", "nothing"))):
                case "ok":
                    app = draw(st.sampled_from((apps[0], apps[0], apps[0], apps[2])))
                    probe(h, app, at_s, until_s, ok=True, actor=actor, via=via)
                case "silent":
                    probe(h, apps[0], at_s, until_s, ok=False, actor=actor, via=via)
                case "hangs":
                    client = f"probe-{actor}"
                    h.operation(actor, at_s + 0.1, until_s, client=client, outcome="info", reason="deadline", via=via)
                case _:
                    pass
            at_s = until_s
        probe(h, apps[0], at_s, at_s + 2, ok=True, actor=actor)
    h.close(200.0)
    return h


OPINION = Opinion(
    guarantee="bystanders",
    histories=histories(),
    shown=lambda verdict, _: {(violation.actor, violation.at_ns) for violation in verdict.violations},
    naive=broken,
    same=lambda each: each[0],
    examples=120,
)
