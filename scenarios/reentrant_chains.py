"""Actors call themselves and each other, up to the depth that is allowed and beyond, while strangers want them too."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

DEPTH = 4
HOLD_S = 0.06
# Long enough for the last caller in the longest chain to be sure that nobody lets it in.
PATIENCE_S = 8.0
# Where reentrancy is off nothing comes of waiting. A chain calls before strangers come: one that gives up while it
# waits behind others lets the next one in (see the deviation queued-caller-frees-the-actor).
PATIENCE_OFF_S = 1.2
HOLD_OFF_S = 0.01
STRANGERS = 3
# So many that some are of two hosts, wherever the runtime puts them.
PAIRS = 10


def plan(setting: Setting) -> Plan:
    """A to A and A to B to A, as deep as is allowed, one call deeper, from a reminder, and where reentrancy is off."""
    planner = Planner(setting)
    depth = setting.topology.max_stack_depth
    batch = 0

    def walk(*route: str, hold_s: float = HOLD_S, patience_s: float = PATIENCE_S) -> None:
        planner.walk(*route, hold_s=hold_s, patience_s=patience_s, strangers=STRANGERS)

    def cycle() -> None:
        nonlocal batch
        planner.hold(1.0)
        for number in range(batch, batch + 3):
            planner.remind(f"Chain/r{number}", due_s=0.5)
        for number in range(batch, batch + PAIRS):
            a, b = f"Chain/a{number}", f"Chain/b{number}"
            walk(a, a)
            walk(b, f"Chain/c{number}", b)
            planner.hold(0.2)
        for number in range(batch, batch + 3):
            deepest, too_deep = f"Chain/d{number}", f"Chain/e{number}"
            walk(*[deepest] * depth)
            walk(*[too_deep] * (depth + 1))
            a, b = f"Chain/f{number}", f"Chain/g{number}"
            walk(*[a, b] * depth)
            planner.hold(0.3)
            walk(*[f"Chain/h{number}", f"Chain/i{number}"] * depth, f"Chain/h{number}")
            planner.hold(0.3)
        for number in range(batch, batch + 3):
            a, b = f"Lone/b{number}", f"Lone/c{number}"
            for route in ((f"Lone/a{number}",) * 2, (a, b, a)):
                walk(*route, hold_s=HOLD_OFF_S, patience_s=PATIENCE_OFF_S)
            planner.hold(0.3)
        # Whoever is stuck has given up by then.
        planner.hold(PATIENCE_S)
        batch += PAIRS

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="reentrant-chains",
    summary="actors call themselves and each other, with strangers in between, as deep as allowed and deeper",
    profiles=("quick", "standard", "soak"),
    guarantees=("turns", "reentrancy"),
    # Nobody is collected before a stranger has given up: that would let the next one in.
    topology=Topology(
        hosts=2,
        spare_hosts=0,
        idle_timeout_s=30.0,
        reentrancy=True,
        max_stack_depth=DEPTH,
        reentrancy_exceptions=("Lone",),
    ),
    load=Load(mix=STANDARD_MIX, clients=3, fickle=0, probes=2),
    plan=plan,
    duration_s={"quick": 12, "standard": 60, "soak": 300},
)
