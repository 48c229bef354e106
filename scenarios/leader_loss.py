"""The placement replica that leads dies: another takes over, and actors, old and new, go on being called meanwhile."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTIVE = 8
# Longer than the budget of `availability`, and some attempts: so that who is late is late while the leader is away.
AWAY_S = 28
# Whatever was faulted disturbs for 15 s after its heal.
APART_S = 17.0


def plan(setting: Setting) -> Plan:
    """Use some actors, kill the leader, call them and new ones as long as it is away, and bring it back."""
    planner = Planner(setting)

    def cycle() -> None:
        if planner.planned_s:
            planner.hold(APART_S)
        planner.bursts("Ledger", "append", actors=ACTIVE, callers=2)
        planner.bursts("Sleeper", "hold_save", actors=20, callers=3, hold_s=1.0)
        planner.wait(1.5)
        leader = planner.inject("kill", "placement:leader")
        for _ in range(AWAY_S):
            planner.bursts("Ledger", "append", actors=ACTIVE)
            planner.hold(1.0)
        planner.heal(leader)
        planner.wait(4)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="leader-loss",
    summary="the placement replica that leads is killed, and another one leads",
    profiles=("quick", "standard", "soak"),
    guarantees=("turns", "activation", "durability", "recovery", "availability", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, placements=3),
    load=Load(mix=STANDARD_MIX, newcomers=2),
    plan=plan,
    owes={"quick": {"kill placement:leader": ("turn open", "call queued")}},
    duration_s={"quick": 33, "standard": 110, "soak": 1200},
)
