"""A host is off the network for longer than placement waits for it, and comes back as if nothing had been."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# Placement of 1.18.2 gives a silent host up after 3 s.
OFF_S = 6.0
AFTER_S = 12.0
# Until every probed actor lives somewhere.
BEFORE_S = 1.5


def plan(setting: Setting) -> Plan:
    """Disconnect one host after the other, under load."""
    planner = Planner(setting)

    def cycle() -> None:
        host = planner.host()
        planner.hold(BEFORE_S)
        planner.open_turns()
        planner.fault("disconnect", host, for_s=OFF_S)
        planner.wait(AFTER_S)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="lost-network",
    summary="a host is off the network for 6 s and comes back (docker)",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "durability", "recovery", "failover", "bystanders"),
    # No proxy between a host and placement, which would end connections where a network only goes silent.
    topology=Topology(hosts=3, spare_hosts=0, proxied=False),
    # With 8 probes no actor of them lives on the host that is lost in one run of 25.
    load=Load(probes=16),
    plan=plan,
    owes={"quick": {"disconnect host": ("turn open", "call queued")}},
    duration_s={"quick": 20, "standard": 150, "soak": 1200},
    machines=True,
)
