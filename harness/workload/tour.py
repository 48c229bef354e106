"""Tour: a plan that goes through what the records of some kinds of faults say, with load under each fault."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.faults.kind import FaultKind, Strikes, TourStop
from actorproof.harness.faults.registry import kinds
from actorproof.harness.session.scenario import Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan, Settle
from actorproof.harness.workload.targets import targets

LINK_FAULT_S = 1.0
FAULT_S = 2.0
SETTLE_S = 45.0


def stops(topology: Topology, *strikes: Strikes) -> list[tuple[FaultKind, TourStop]]:
    """What a tour of all kinds that strike such things does, in order, as far as the topology has the targets."""
    there = targets(topology)
    found = [
        (kind, stop)
        for kind in kinds().values()
        if kind.strikes in strikes
        for stop in kind.tour
        if stop.target in there
    ]
    return sorted(found, key=lambda each: each[1].last)


def tour(setting: Setting, *strikes: Strikes) -> Plan:
    """Each fault for a while, then a wait until the runtime agrees with itself: after each, or after those of a kind on
    links.
    """
    planner = Planner(setting)
    steps = []
    found = stops(setting.topology, *strikes)
    for at, (kind, stop) in enumerate(found):
        if kind.strikes is Strikes.LINKS:
            planner.fault(kind.verb, stop.target, for_s=LINK_FAULT_S, **stop.params)
            if found[at + 1 : at + 2] and found[at + 1][0] is kind:
                continue
        else:
            # So that turns are open when the fault takes effect.
            planner.bursts("Sleeper", "hold", actors=4, hold_s=1.0)
            planner.hold(0.3)
            planner.fault(kind.verb, stop.target, for_s=FAULT_S, **stop.params)
        steps += [*planner.take(), Settle(timeout_s=SETTLE_S)]
    return Plan(steps=tuple(steps))
