"""Placement loses its leader, one replica, and all of them; actors, old and new, go on being called meanwhile."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# Whatever was faulted disturbs for 15 s after its heal.
APART_S = 17.0
# The budget of a return (catalogue), and some attempts after it.
RETURN_S = 38.0


def plan(setting: Setting) -> Plan:
    """Kill and pause the leader, then all replicas."""
    planner = Planner(setting)

    def cycle() -> None:
        for verb, target, for_s, after_s in (
            ("kill", "placement:leader", 4.0, 5.0),
            ("pause", "placement:leader", 12.0, APART_S),
            ("kill", "placement:all", 4.0, RETURN_S),
        ):
            planner.bursts("Sleeper", "hold_save", actors=20, callers=2, hold_s=1.0)
            planner.fault(verb, target, for_s=for_s)
            planner.hold(after_s)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="placement-loss",
    summary="placement loses its leader, and all of its replicas",
    profiles=("standard",),
    guarantees=("turns", "activation", "durability", "recovery", "availability", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, placements=3),
    load=Load(mix=STANDARD_MIX, newcomers=2),
    plan=plan,
    owes={
        "standard": {
            "kill placement:leader": ("turn open", "call queued"),
            "pause placement:leader": ("turn open", "call queued"),
            "kill placement:all": ("turn open", "call queued"),
        }
    },
    duration_s={"quick": 85, "standard": 85, "soak": 1200},
)
