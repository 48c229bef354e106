"""A host loses the rest of the world, one link at a time and all at once."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Cut a host off from placement, from its peers, and from both with the store left reachable."""
    planner = Planner(setting)

    def cycle() -> None:
        host = planner.host()
        for links in (
            (f"{host}>placement-0",),
            (f"peers>{host}",),
            (f"{host}>placement-0", f"peers>{host}"),
        ):
            planner.open_turns()
            cuts = [planner.inject("cut", link) for link in links]
            planner.hold(5.0)
            for cut in cuts:
                planner.heal(cut)
            # Long enough for every actor to answer before the next fault.
            planner.wait(8)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="partitioned-host",
    summary="a host is cut off from placement, from its peers, and from both",
    profiles=("quick", "standard"),
    guarantees=("turns", "activation", "durability", "recovery", "linearizability"),
    topology=Topology(hosts=3, spare_hosts=0),
    plan=plan,
    owes={
        "quick": {"cut host>placement": ("turn open", "call queued"), "cut peers>host": ("turn open", "call queued")}
    },
    # Quick has time for the first two, and does not begin a third that it would heal at once.
    duration_s={"quick": 26, "standard": 150, "soak": 1200},
)
