"""Hosts join, leave and die while callers go on, with turns open at every change."""

from __future__ import annotations

from actorproof.harness.faults.fault import Verb
from actorproof.harness.scenario import Scenario, Setting
from actorproof.harness.topology import Topology
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan


def plan(setting: Setting) -> Plan:
    """Join, leave, kill, in turn; open turns of up to 3 s stand in the way of each."""
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]

    def cycle() -> None:
        planner.bursts("Sleeper", "hold_save", actors=30, callers=2, hold_s=2.5)
        joined = planner.inject(Verb.ADD, spare)
        planner.wait(2)
        planner.bursts("Sleeper", "hold_save", actors=30, callers=2, hold_s=2.0)
        planner.heal(joined)
        planner.wait(2)
        if setting.topology.hosts > 1:
            planner.bursts("Ledger", "append", actors=10, callers=3, hold_s=0.5)
            planner.wait(0.5)
            planner.fault(Verb.KILL, planner.host(), for_s=1.0)
            planner.wait(3)
            planner.bursts("Sleeper", "hold_save", actors=30, callers=2, hold_s=2.0)
            planner.fault(Verb.REMOVE, planner.host(), for_s=1.0)
            planner.wait(3)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="churn",
    summary="hosts join, leave and die under load",
    guarantees=("turns", "activation", "durability", "recovery"),
    topology=Topology(hosts=3, spare_hosts=1),
    load=Load(mix=STANDARD_MIX, clients=12),
    plan=plan,
    duration_s={"quick": 45, "standard": 180, "soak": 1800},
)
