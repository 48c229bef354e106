"""Random histories, and what a naive implementation says of them."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from actorproof.harness.history import events as ev
from tests.properties.builder import History
from tests.properties.opinion import Opinion, actors
from tests.properties.placement.naive import broken
from tests.properties.placement.parts import BOTH, join, settled

POINTS = 20
CHANCE = 0.2


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Calls to a few actors in two or three epochs, most of them where a fixed hash has them; now and then a fault."""
    h, *apps = settled()
    joins = draw(st.booleans())
    if joins:
        apps.append(join(h))
    at_s = draw(st.integers(0, 120)) / 2
    match draw(st.sampled_from(("none", "none", "none", "cut", "stall", "lame", "pause", "kill", "table", "leader"))):
        case "cut":
            h.fault("cut", "host-1>placement-0", at_s, at_s + 1.0, links=["host-1>placement-0"])
        case "stall":
            h.add(ev.Stalled, at_s + 3.0, late_ns=draw(st.sampled_from((200_000_000, 2_000_000_000))))
        case "lame":
            h.sidecar(at_s, "host-1", placement=False)
            h.sidecar(at_s + 1.0, "host-1")
        case "pause":
            h.pause("host-2/sidecar", at_s, at_s + 1.0)
        case "kill":
            h.start("store", 0.0)
            h.kill("store", at_s + 1.0)
        case "table":
            h.table(at_s, 9, BOTH)
        case "leader":
            h.table(at_s, 9, BOTH, placement="placement-1")
            h.add(ev.TableObserved, at_s + 1.0, placement="placement-1", leader=False, version=0, hosts=())
        case _:
            pass
    unique = 0.0
    order = draw(st.integers(0, 2**16).map(random.Random))
    wild = draw(st.sampled_from((0.0, 0.05, 0.5)))
    for at_s in (10.0, 17.0, 31.0, 50.0):
        for id_ in range(draw(st.sampled_from((0, 3, 9)))):
            unique += 0.003
            owner = id_ % 2
            if at_s > 30.0 and joins and id_ % 3 == 0:
                owner = 2
            if order.random() < wild:
                owner = order.randrange(len(apps))
            start_s = at_s + unique + order.choice((0.0, 0.0, 1.0))
            via = order.choice(BOTH)
            actor = order.choice((f"Counter/{id_}", f"Ledger/{id_}"))
            op = h.operation(actor, start_s - order.choice((0.001, 3.0)), start_s + 0.2, via=via)
            h.turn(actor, apps[owner], start_s, start_s + 0.1, op=op, cause=order.choice(("call",) * 9 + ("timer",)))
    h.close(80.0)
    return h


OPINION = Opinion(
    guarantee="placement",
    histories=histories(),
    shown=actors,
    naive=lambda events: broken(events, chance=CHANCE, points=POINTS),
    same=lambda each: each[1],
    examples=100,
    is_of_cases=False,
    limits={"chance": CHANCE, "virtual_nodes": POINTS},
)
