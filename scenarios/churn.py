"""Hosts join, leave and die while callers go on, with turns open at every change."""

from __future__ import annotations

from actorproof.harness.cluster.topology import Topology
from actorproof.harness.session.scenario import Scenario, Setting
from actorproof.harness.workload.load import STANDARD_MIX, Load
from actorproof.harness.workload.planner import Planner
from actorproof.harness.workload.step import Plan

# Dapr before 1.17 waits 2 s for calls under way when an actor moves, whatever drainOngoingCallTimeout says; turns of up
# to 5 s outlast that, and end within the time-out that hosts ask for.
DRAIN_S = 6.0


def plan(setting: Setting) -> Plan:
    """Join, leave, kill, in turn; turns of up to 5 s are open all the time."""
    planner = Planner(setting)
    spare = setting.topology.host_names[-1]

    def cycle() -> None:
        planner.bursts("Ledger", "append", actors=10, callers=3, hold_s=0.5)
        joined = planner.inject("add", spare)
        planner.wait(4)
        planner.heal(joined)
        planner.wait(2)
        if setting.topology.hosts > 1:
            planner.bursts("Ledger", "append", actors=10, callers=3, hold_s=0.5)
            planner.wait(0.5)
            planner.fault("kill", planner.host(), for_s=1.0)
            planner.wait(3)
            planner.fault("remove", planner.host(), for_s=1.0)
            planner.wait(3)

    return planner.repeat(cycle)


SCENARIO = Scenario(
    name="churn",
    summary="hosts join, leave and die under load",
    profiles=("standard", "soak"),
    guarantees=("turns", "activation", "durability", "recovery", "bystanders", "linearizability"),
    topology=Topology(hosts=3, spare_hosts=1, drain_timeout_s=DRAIN_S),
    load=Load(mix=STANDARD_MIX, clients=8, sleepers=32),
    plan=plan,
    owes={
        "standard": {
            "add host": ("turn open", "call queued", "drain"),
            "kill host": ("turn open",),
            "remove host": ("turn open",),
        }
    },
    duration_s={"quick": 45, "standard": 150, "soak": 1800},
)
