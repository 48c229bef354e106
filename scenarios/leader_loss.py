"""The placement replica that leads dies: another takes over, and actors, old and new, go on being called meanwhile."""

from __future__ import annotations

from actorproof.harness.faults.fault import Verb
from actorproof.harness.scenario import Scenario, Setting
from actorproof.harness.topology import Topology
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

ACTIVE = 8
# New actors a second, while the leader is away. After some 5 s another one of 1.18.2 leads, and after up to 10 s all
# hosts answer again (measured).
NEW = 4
AWAY_S = 12


def plan(setting: Setting) -> Plan:
    """Use some actors, kill the leader, call them and new ones as long as it is away, and bring it back."""
    planner = Planner(setting)
    first = 0

    def cycle() -> None:
        nonlocal first
        active = first
        planner.bursts("Ledger", "append", actors=ACTIVE, callers=2, first=active)
        planner.bursts("Sleeper", "hold_save", actors=20, callers=2, hold_s=1.0)
        planner.wait(1.5)
        first += ACTIVE
        leader = planner.inject(Verb.KILL, "placement:leader")
        for _ in range(AWAY_S):
            planner.bursts("Ledger", "append", actors=ACTIVE, first=active)
            planner.bursts("Ledger", "append", actors=NEW, first=first)
            first += NEW
            planner.hold(1.0)
        planner.heal(leader)
        planner.wait(6)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="leader-loss",
    summary="the placement replica that leads is killed, and another one leads",
    guarantees=("turns", "activation", "durability", "recovery", "linearizability"),
    topology=Topology(hosts=2, spare_hosts=0, placements=3),
    plan=plan,
    duration_s={"quick": 19, "standard": 100, "soak": 1200},
)
